// Tells the server what has arrived here, and what of it the person has read.

import { passOwn, readUntil } from "./unread_state.js";

const MARK_AFTER = 200;

/** `readUpTo(conversation)` is the sequence of the last message that is read, as far as this page knows. */
export function createMarks({ userId, conversations, send, clock, readUpTo }) {
  const marked = new Map();
  let timer = null;

  function tell(type, { conversationId, messageId }) {
    const key = `${type} ${conversationId}`;
    if (marked.get(key) === messageId) return;
    if (send({ type, conversationId, messageId })) marked.set(key, messageId);
  }

  function markRead(conversation, sequence) {
    // One's own messages alone are nothing that was read.
    if (sequence <= passOwn(conversation, readUntil(conversation), userId)) return;
    const { messages, lastMessage } = conversation;
    const message = messages.at(sequence) ?? (lastMessage?.sequence === sequence ? lastMessage : undefined);
    if (message !== undefined) tell("read", message);
  }

  function markDelivered({ lastMessage, held }, sequence) {
    if (lastMessage === undefined || lastMessage.sequence > held || lastMessage.sequence <= sequence) return;
    tell("delivered", lastMessage);
  }

  function mark(conversation) {
    const read = readUpTo(conversation);
    markRead(conversation, read);
    markDelivered(conversation, read);
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
