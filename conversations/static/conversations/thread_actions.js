// What the person does in the open conversation, beside writing: delete, react, and look elsewhere.

/** `tell(sentence)` says what could not be done. */
export function createThreadActions({ opened, conversations, history, outbox, say, tell, draw }) {
  const messageOf = (messageId) => conversations.messageOf(opened.id, messageId);

  return {
    remove: (messageId) => outbox.remove({ conversationId: opened.id, messageId }),

    /** Whether the person's reaction is wanted there, or no longer. */
    react(messageId, emoji, isWanted) {
      outbox.react({ conversationId: opened.id, messageId, content: emoji, messageType: isWanted ? "add" : "remove" });
    },

    /** Bring a message into view, wherever in the conversation it is. */
    async jump(messageId) {
      const { id } = opened;
      const isHeld = () => conversations.get(id)?.messages.isHeld(messageId);
      if (!isHeld()) await history.around(id, messageId);
      if (opened.id !== id) return;
      if (isHeld()) opened.jump(messageOf(messageId));
      else tell(say("cannot-show"));
      draw();
    },
  };
}
