// Tells the server what has arrived here, and what of it was in front of the person's eyes.

import { readUntil } from "./unread_state.js";

const MARK_AFTER = 200;

/** `isSeen(conversation)` says whether the person looks at its newest message. */
export function createMarks({ conversations, send, clock, isSeen }) {
  const marked = new Map();
  let timer = null;

  function mark(conversation) {
    const last = conversation.lastMessage;
    if (last === undefined || last.sequence > conversation.held) return;
    if (last.sequence <= readUntil(conversation)) return;
    const { conversationId } = conversation;
    const { messageId } = last;
    const type = isSeen(conversation) ? "read" : "delivered";
    if (marked.get(conversationId) === `${type}-${messageId}`) return;
    if (send({ type, conversationId, messageId })) marked.set(conversationId, `${type}-${messageId}`);
  }

  return {
    /** Soon, so that a burst of messages is one mark. */
    soon() {
      timer ??= clock.setTimeout(() => {
        timer = null;
        for (const conversation of conversations.all()) mark(conversation);
      }, MARK_AFTER);
    },
    /** A new connection may not have heard of the last ones. */
    reconnected: () => marked.clear(),
  };
}
