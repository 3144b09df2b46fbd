// Addresses in what people write: which parts of a text are links, where they lead, and how they are shown.

import { LinkifyIt, REBuilder } from "./vendor/linkify-it-6.1.0/build/index.mjs";

const PAIRS = ["（）", "「」", "『』", "【】", "《》", "〈〉"];
/** Where nobody leaves a space between an address and the words around it. */
const UNSPACED = "[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}ー]";
const INVISIBLE = "[\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}\\p{Z}\\u2800]";
/** Emoji, keycaps, arrows, ticks: no address begins with one, and none has one directly behind its host. */
const PICTURE = "[\\p{So}\\p{Emoji_Modifier}\\u20e3\\u2190-\\u21ff\\u27f0-\\u27ff\\u2900-\\u297f\\u2b00-\\u2bff]";
const NEXT = `(?:${UNSPACED}|${PICTURE}|${INVISIBLE})`;
const LETTER = "[\\p{L}\\p{M}\\p{N}_-]";
const DOMAIN = `(?:${LETTER}{1,63}\\.){1,10}[a-z0-9-]{2,63}(?::\\d{1,5})?`;
/** Never an address's last character: a sentence goes on after it, or emphasis ends with it. */
const CLOSING = ":*`";
/** Neither are these, where emphasis ends behind them. */
const SENTENCE_ENDS = ".,;!?";
/** What ends with the same character that stands before it. */
const ENCLOSING = "_~|=^";
// Without a scheme or "www.", only what ends as no file and no word does: nobody means "notes.md" or "know.is" as a site.
const TLDS = ["com", "org", "net", "edu", "gov"];
const BARE = `(?:[a-z0-9-]{1,63}\\.){1,10}(?:${TLDS.join("|")})`;

const START = "https?://|www\\.|mailto:|[\\w.+-]{1,64}@";
const BEFORE = new RegExp(`${NEXT}(?=${START})|${PICTURE}(?=${BARE}(?!${LETTER}))`, "giu");
// Other symbols, as of Markdown, set an address apart only where a word begins and where its host ends: within, they are parts of it.
const WORD_START = "(?:^|[\\s\\p{Ps}\\p{Pi}\"'])";
const SYMBOL_BEFORE = new RegExp(
  `(?:[\\p{S}*](?=${START}|${BARE}(?!${LETTER}))|_(?=https?://|www\\.))(?<=${WORD_START}[\\p{S}*_]{1,64})`,
  "giu",
);
// What goes on as a domain does is one.
const GOES_ON = `[\\p{L}\\p{M}\\p{N}\\p{So}-]*\\.[\\p{L}\\p{N}]`;
const AFTER = new RegExp(`((?:https?://|www\\.|@)${DOMAIN})(${NEXT})(?!${GOES_ON})`, "giu");
const HOST = `(?:${LETTER}{1,63}\\.){0,10}${LETTER}{1,63}(?::\\d{1,5})?`;
const SYMBOL_AFTER = new RegExp(
  `(?<=${WORD_START})((?:https?://|www\\.|(?:mailto:)?[\\w.+-]{1,64}@)${HOST}|${BARE})(${PICTURE}(?!${GOES_ON})|\\p{Sm}|\\p{Sc}|(?!\\p{Emoji_Modifier})\\p{Sk})`,
  "giu",
);
const HIDDEN = new RegExp(INVISIBLE, "gu");
const HIDDEN_END = new RegExp(`${INVISIBLE}$`, "u");
/** What turns around all that stands behind it. */
const TURNING = /[\u202a\u202b\u202d\u202e\u2066-\u2068]/g;
const PERHAPS_ADDRESS = /:\/\/|@|\.\S/;
const ADDRESS = /^(https?:\/\/|mailto:)?(?:([^@/]*)@)?(\[[^\]]*\]|[^/?#:]*)(.*)$/isu;

class Rules extends REBuilder {
  get_path_extra() {
    const pairs = PAIRS.map(([open, close]) => `${this.nestedPairRE(open, close, 1)}|`);
    return (this.cache.src_path_extra ??= new RegExp(pairs.join("")));
  }
}

const www = {
  validate(text, at, { re }) {
    const rest = re.get_relative_proto_validator();
    rest.lastIndex = at;
    return rest.exec(text)?.[0].length ?? 0;
  },
  normalize() {},
};

/** With what the mail is to be about, if that is given. */
const mailto = {
  validate(text, at, { re }) {
    const address = re.get_mailto_validator();
    address.lastIndex = at;
    const length = address.exec(text)?.[0].length ?? 0;
    if (length === 0 || text[at + length] !== "?") return length;
    const query = new RegExp(re.get_path(), "iy");
    query.lastIndex = at + length;
    return length + query.exec(text)[0].length;
  },
  normalize() {},
};

const finder = new LinkifyIt({ fuzzyLink: true, tlds: TLDS, urlAuth: true, rebuilder: new Rules() })
  .add("ftp:", null)
  .add("//", null)
  .add("www.", www)
  .add("mailto:", mailto);

/** The text, as long as it was, with a space wherever an address begins or ends that no space sets apart. */
function apart(text) {
  const blank = (character) => " ".repeat(character.length);
  const blankNext = (_, address, next) => address + blank(next);
  return text
    .replace(BEFORE, blank)
    .replace(SYMBOL_BEFORE, blank)
    .replace(AFTER, blankNext)
    .replace(SYMBOL_AFTER, blankNext);
}

/** What can't be seen is shown as browsers encode it. */
const visible = (text) => text.replace(HIDDEN, encodeURIComponent);

function withoutHiddenEnd(text) {
  let end = text;
  while (HIDDEN_END.test(end)) end = end.replace(HIDDEN_END, "");
  return end;
}

/** An address without what belongs to the text around it. `before` is the character before the address, if there is one. */
function withoutClosing(address, before = "") {
  let end = address.length;
  const isClosing = (last) =>
    CLOSING.includes(last) ||
    (ENCLOSING.includes(last) && last === before) ||
    (SENTENCE_ENDS.includes(last) && end < address.length);
  while (end > 0 && isClosing(address[end - 1])) end -= 1;
  return address.slice(0, end);
}

/**
 * The host as it was written, if nobody can take it for another; else as browsers look it up, such as "xn--80ak6aa92e.com"
 * for a name that is in Cyrillic letters. Where even the last part is not in ASCII it is like no name in ASCII.
 */
function shownHost(written, host) {
  const isLocal = host.split(".").at(-1).startsWith("xn--");
  return written.toLowerCase() === host || isLocal ? visible(written) : host;
}

/** `{text, href}` of an address; or null if it leads nowhere, or a name before the host would pass for that. */
function linkOf(address) {
  const [, scheme = "", user, written, rest] = ADDRESS.exec(address);
  const isMail = !/^https?:/i.test(scheme) && user !== undefined;
  if (user !== undefined && !isMail) return null;
  const start = isMail || scheme === "" ? "http://" : scheme;
  let url;
  try {
    url = new URL(start + written + rest);
  } catch {
    return null;
  }
  const name = isMail ? `${user}@` : "";
  const text = scheme + name + shownHost(written, url.hostname) + visible(rest);
  return { text, href: isMail ? `mailto:${encodeURIComponent(user)}@${url.hostname}${url.search}` : url.href };
}

/** What stands directly behind a link could be read as the rest of it, so nothing turns that around. */
const behindLink = (text) => text.replace(/^\S+/, (word) => word.replace(TURNING, encodeURIComponent));

/** A text in parts: strings, and `{text, href}` for each address in it, to be shown as `text`. */
export function partsOf(text) {
  const parts = [];
  let end = 0;
  const addText = (between) => parts.push(end === 0 ? between : behindLink(between));
  for (const { index, lastIndex } of finder.match(apart(text)) ?? []) {
    const address = withoutClosing(withoutHiddenEnd(text.slice(index, lastIndex)), text[index - 1]);
    addText(text.slice(end, index));
    parts.push(linkOf(address) ?? visible(address));
    end = index + address.length;
  }
  addText(text.slice(end));
  return parts.filter((part) => part !== "");
}

/** The text as it is shown where its links are none. */
export function shownText(text) {
  // It is asked for each row of a list at a time, and most texts have no address.
  if (!PERHAPS_ADDRESS.test(text)) return text;
  return partsOf(text).map((part) => part.text ?? part).join("");
}
