// How long a text is, as the server counts it.

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit) => unit >= 0xdc00 && unit < 0xe000;

/** Code points, without the space around them. No copy of the text is made: it may be a megabyte, and this is asked at each key. */
export function lengthOf(text) {
  const trimmed = text.trim();
  let count = trimmed.length;
  for (let at = 1; at < trimmed.length; at += 1) {
    if (isLow(trimmed.charCodeAt(at)) && isHigh(trimmed.charCodeAt(at - 1))) count -= 1;
  }
  return count;
}
