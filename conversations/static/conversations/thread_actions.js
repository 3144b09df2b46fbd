// What the person does in the open conversation: write, reply, edit, delete, react, and look elsewhere.

/** `tell(sentence)` says what could not be done; `newId()` makes the id of a message. */
export function createThreadActions({ opened, conversations, history, drafts, outbox, ownTyping, send, say, tell, draw, newId, maxContent }) {
  const messageOf = (messageId) => conversations.messageOf(opened.id, messageId);

  function compose(start, messageId) {
    const message = messageOf(messageId);
    if (message !== undefined) start(message);
    draw();
  }

  function edit({ conversationId, messageId, content: before, mediaUrl }, content) {
    if (content === "" && !mediaUrl) return say("edit-empty");
    if (content !== before) outbox.edit({ conversationId, messageId, content });
    ownTyping.stop();
    drafts.finish(conversationId);
    draw();
    return null;
  }

  return {
    /** The composer is about this message of the open conversation from here on. */
    startReply: (messageId) => compose(drafts.startReply, messageId),
    startEdit: (messageId) => compose(drafts.startEdit, messageId),
    cancelSubject() {
      drafts.finish(opened.id);
      draw();
    },

    /** The sentence that says why not, or nothing: the message, or its edit, is on its way. */
    say(text) {
      const content = text.trim();
      const excess = [...content].length - maxContent;
      if (excess > 0) return say("too-long", { count: excess });
      const { kind, message } = drafts.of(opened.id);
      if (kind === "edit") return edit(message, content);
      if (content === "") return null;
      ownTyping.sent();
      opened.spoke();
      drafts.finish(opened.id);
      const entry = { conversationId: opened.id, clientMessageId: newId(), content };
      outbox.add(kind === "reply" ? { ...entry, replyToMessageId: message.messageId } : entry);
      return null;
    },

    remove: (messageId) => outbox.remove({ conversationId: opened.id, messageId }),

    /** Whether the person's reaction is wanted there, or no longer. */
    react(messageId, emoji, isWanted) {
      const messageType = isWanted ? "add" : "remove";
      const frame = { type: "reaction", conversationId: opened.id, messageId, content: emoji, messageType };
      if (!send(frame)) tell(say("not-connected"));
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

    loadOlder: () => conversations.get(opened.id) && history.older(opened.id, opened.focus),
    loadNewer: () => conversations.get(opened.id) && history.newer(opened.id, opened.focus),
    toNewest() {
      opened.toNewest();
      draw();
    },
  };
}
