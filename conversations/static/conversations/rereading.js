// What is read anew over HTTP, since no event tells of it: conversations of which the list knows too little, as when
// somebody came or went, and how far the others have read the open one.

import { attempt } from "./api.js";

/** Conversations that are read in one request. */
const AT_ONCE = 50;
const AGAIN_AFTER = 5_000;

/**
 * `onList()` is called when conversations have been read, and `onLost(conversation)` when the open one is not the person's
 * any more, with what was known of it.
 */
export function createRereading({ api, conversations, opened, clock, onList, onLost, draw }) {
  const wanted = new Set();
  let running = null;
  /** The conversations that were read since the connection began. Before it, what others read was told to nobody here. */
  let fresh = new Set();

  async function readOpen() {
    const { id } = opened;
    if (id === null || fresh.has(id)) return;
    fresh.add(id);
    const shape = await attempt(() => api.conversation(id));
    if (shape) conversations.learn(shape);
    else fresh.delete(id);
    onList();
    draw();
  }

  /** True once nothing more is wanted; false if it is to be tried again. */
  async function readWanted() {
    while (wanted.size > 0) {
      const batch = [...wanted].slice(0, AT_ONCE);
      // Before they are asked for: what happens meanwhile has them wanted once more.
      for (const id of batch) wanted.delete(id);
      const shapes = await attempt(() => api.someConversations(batch));
      if (shapes) conversations.learnAll(batch, shapes);
      else {
        for (const id of batch) wanted.add(id);
        return false;
      }
    }
    return true;
  }

  async function run() {
    const { id } = opened;
    const before = conversations.get(id);
    const isDone = await readWanted();
    running = null;
    if (!isDone) clock.setTimeout(() => some([]), AGAIN_AFTER);
    if (opened.id !== null && !conversations.isKnown(opened.id)) onLost(opened.id === id ? before : undefined);
    onList();
    draw();
  }

  /** Read these; once more, if that is wanted while they are being read. */
  function some(conversationIds) {
    for (const id of conversationIds) wanted.add(id);
    running ??= run();
    return running;
  }

  return {
    some,

    /** A new connection; or one that missed something, such as a title or who came and went. */
    connected({ isReadyAgain = false } = {}) {
      fresh = new Set();
      if (isReadyAgain) some(conversations.all().map(({ conversationId }) => conversationId));
      readOpen();
    },

    /** Another conversation may be open. */
    opened: readOpen,
  };
}
