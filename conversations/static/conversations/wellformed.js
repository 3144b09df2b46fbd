// Text as it can travel. A JavaScript string may hold half of a surrogate pair, for instance of an emoji that was cut in
// two; UTF-8 can't express that, and no server takes it.

const LONE_SURROGATES = /\p{Surrogate}/gu;

/** The text with U+FFFD in place of each half of a pair. Browsers before 2023 have no `toWellFormed`. */
export function wellFormed(text) {
  return text.toWellFormed?.() ?? text.replace(LONE_SURROGATES, "\ufffd");
}

/** The value as JSON, every text in it well-formed. */
export const toJson = (value) =>
  JSON.stringify(value, (_, part) => (typeof part === "string" ? wellFormed(part) : part));
