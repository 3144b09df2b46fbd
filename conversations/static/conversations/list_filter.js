// Which conversations of the list, and which people of a group, are looked for.

import { titleOf } from "./model.js";

/** Without case, and without the marks over letters: who writes "jose" finds José. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** Whether each word looked for begins a word of one of these. */
export function matches(text, names) {
  const asked = plain(text).split(/\s+/).filter(Boolean);
  const words = plain(names.join(" ")).split(/[^\p{L}\p{N}]+/u);
  return asked.every((word) => words.some((candidate) => candidate.startsWith(word)));
}

/** Whether each word looked for begins a word of the title, or of the name of somebody in it. */
export function isFound(conversation, text, userId) {
  const names = conversation.participants.filter((person) => person.userId !== userId).map(({ name }) => name);
  return matches(text, [titleOf(conversation, userId), ...names]);
}
