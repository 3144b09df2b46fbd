// Which emojis there are, how they are found by a word, and which were used last.

const COMPONENTS = 2;
const FOUND_AT_MOST = 100;
const REMEMBERED = 24;
const TONES = 5;
const FIRST_SUGGESTIONS = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/** The groups of the data, each a string of the page: `emoji-group-0` and so on. */
export const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];

const wordsOf = (text) => text.toLowerCase().split(/[^\p{L}\p{N}+-]+/u).filter(Boolean);

/** As keyboards write it: what is a picture by itself is not told to be one, so that equal ones are equal. */
const written = (text) => text.replace(/^(\p{Emoji_Presentation})\uFE0F$/u, "$1");

/** `{emoji, name, group, words, tones}` of each, in the order of the data, which is Unicode's. */
export function emojisFrom(data) {
  return data
    .filter(({ group }) => group !== undefined && group !== COMPONENTS)
    .sort((one, other) => one.order - other.order)
    .map(({ unicode, label, group, tags = [], skins = [] }) => ({
      emoji: written(unicode),
      name: label,
      group,
      nameWords: wordsOf(label),
      words: [...wordsOf(label), ...tags.flatMap(wordsOf)],
      // Those with more are of two people, each with a tone of their own.
      tones: skins.length === TONES ? skins.map((skin) => skin.unicode) : [],
    }));
}

/** How well an emoji answers a search: 0 not at all. */
function rank({ nameWords, words }, asked) {
  const begins = (list, word) => list.some((candidate) => candidate.startsWith(word));
  if (!asked.every((word) => begins(words, word))) return 0;
  if (nameWords[0] === asked[0]) return 3;
  return begins(nameWords, asked[0]) ? 2 : 1;
}

/** Those whose name or tags have all the words, or beginnings of them; the best first. */
export function findEmojis(emojis, text) {
  const asked = wordsOf(text);
  if (asked.length === 0) return [];
  return emojis
    .map((emoji) => ({ emoji, rank: rank(emoji, asked) }))
    .filter((found) => found.rank > 0)
    .sort((one, other) => other.rank - one.rank || one.emoji.nameWords.length - other.emoji.nameWords.length)
    .slice(0, FOUND_AT_MOST)
    .map((found) => found.emoji);
}

/** In the skin tone that was chosen, 1 to 5; 0 is none. */
export function inTone({ emoji, tones }, tone) {
  return tones[tone - 1] ?? emoji;
}

/** What this browser remembers: the emojis used last, and the skin tone. */
export function createEmojiMemory(storage) {
  function read(key, otherwise) {
    try {
      return JSON.parse(storage.getItem(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  function write(key, value) {
    try {
      storage.setItem(key, JSON.stringify(value));
    } catch {
      // Full or forbidden: then nothing is remembered.
    }
  }

  return {
    recent: () => read("emoji.recent", FIRST_SUGGESTIONS),
    used(emoji) {
      const others = this.recent().filter((other) => other !== emoji);
      write("emoji.recent", [emoji, ...others].slice(0, REMEMBERED));
    },
    tone: () => read("emoji.tone", 0),
    chooseTone: (tone) => write("emoji.tone", tone),
  };
}
