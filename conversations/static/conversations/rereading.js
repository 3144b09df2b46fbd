// What is read anew over HTTP, since no event tells of it: the list once somebody came or went, and how far the others
// have read the open conversation.

import { attempt } from "./api.js";

/**
 * `onList()` is called when the list has been read, and `onLost(conversation)` when the open conversation is not in it
 * any more, with what was known of it.
 */
export function createRereading({ api, conversations, opened, onList, onLost, draw }) {
  let isReading = false;
  let isWantedAgain = false;
  /** The conversations that were read since the connection began. Before it, what others read was told to nobody here. */
  let fresh = new Set();

  async function readOpen() {
    const { id } = opened;
    if (id === null || fresh.has(id)) return;
    fresh.add(id);
    const shape = await attempt(() => api.conversation(id));
    if (shape) conversations.learn(shape);
    else fresh.delete(id);
    draw();
  }

  return {
    /** Read the list; once more, if that is wanted while it is being read. */
    async list() {
      isWantedAgain = true;
      if (isReading) return;
      isReading = true;
      const { id } = opened;
      const before = conversations.get(id);
      while (isWantedAgain) {
        isWantedAgain = false;
        const list = await attempt(() => api.conversations());
        if (list) conversations.replaceList(list);
      }
      isReading = false;
      if (opened.id !== null && !conversations.isKnown(opened.id)) onLost(opened.id === id ? before : undefined);
      onList();
      draw();
    },

    /** A new connection. */
    connected() {
      fresh = new Set();
      readOpen();
    },

    /** Another conversation may be open. */
    opened: readOpen,
  };
}
