// What the composer of each conversation is about: a new message, a reply to one, or an edit of one.

const NEW = Object.freeze({ kind: "new" });

/** A subject is `{kind: "new"}`, or `{kind: "reply" | "edit", message}` with a `message` event. */
export function createDraftState() {
  const subjects = new Map();

  return {
    of: (conversationId) => subjects.get(conversationId) ?? NEW,
    startReply: (message) => subjects.set(message.conversationId, { kind: "reply", message }),
    startEdit: (message) => subjects.set(message.conversationId, { kind: "edit", message }),
    /** It was sent, or called off: the next message is a new one. */
    finish: (conversationId) => subjects.delete(conversationId),

    /** A message was changed. Nobody edits or answers one that is deleted. */
    changed(message) {
      const subject = subjects.get(message.conversationId);
      if (subject?.message.messageId !== message.messageId) return;
      if (message.isDeleted) subjects.delete(message.conversationId);
      else subject.message = message;
    },
  };
}
