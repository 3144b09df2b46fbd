// How far the list of conversations has been read. What is loaded beyond its end stands among others that are not.

/** The place of the last one in a page of the list. */
function placeOfLast(shapes) {
  const { activeAt, conversationId } = shapes.at(-1);
  return { activeAt: Date.parse(activeAt), conversationId };
}

/** `list` is the first page, and `next` what to ask for to get the one that follows; "": there is none. */
export function createListEnd({ list, next = "" }) {
  let place = list.length === 0 ? null : placeOfLast(list);

  return {
    next: () => next,
    isWhole: () => next === "",

    /** The page that `next` stood for was read. */
    moveTo(shapes, after = "") {
      if (shapes.length > 0) place = placeOfLast(shapes);
      next = after;
    },

    /** Whether a conversation stands in the part that has been read. */
    holds({ activeAt, conversationId }) {
      if (next === "" || place === null || activeAt > place.activeAt) return true;
      return activeAt === place.activeAt && conversationId >= place.conversationId;
    },
  };
}
