// Texts of either direction within each other, by Unicode's isolates (UAX #9).

export const FIRST_STRONG_ISOLATE = "\u2068";
export const POP_ISOLATE = "\u2069";
const ISOLATES = /[\u2066-\u2069]/g;

/** The text with each isolate ended that it begins, and none ended that it did not begin. */
function balanced(text) {
  let depth = 0;
  const kept = text.replace(ISOLATES, (mark) => {
    if (mark === POP_ISOLATE && depth === 0) return "";
    depth += mark === POP_ISOLATE ? -1 : 1;
    return mark;
  });
  return kept + POP_ISOLATE.repeat(depth);
}

/**
 * The text, to be put into a sentence or a list: it runs as its own first letter does, and what stands around it
 * runs as it would without it. The view makes a `<bdi>` of that.
 */
export const isolated = (text) => FIRST_STRONG_ISOLATE + balanced(text) + POP_ISOLATE;

/** Several, each isolated: "Alice, Bob". */
export const isolatedList = (texts) => texts.map(isolated).join(", ");

/** A name of which each character stands where it is read: an "…exe" that is turned around would look like a picture. */
export const withoutTurns = (name) => name.replace(/\p{Bidi_Control}/gu, "");
