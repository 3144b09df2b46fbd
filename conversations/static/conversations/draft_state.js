// What the composer of each conversation is about: a new message, a reply to one, or an edit of one.

const NEW = Object.freeze({ kind: "new" });

/**
 * A subject is `{kind: "new"}`, or `{kind: "reply" | "edit", message}` with a `message` event. An edit is shown
 * before a reply, which waits until the edit is over, as the text of a new message does.
 */
export function createDraftState() {
  const replies = new Map();
  const edits = new Map();

  function subjectOf(conversationId) {
    if (edits.has(conversationId)) return { kind: "edit", message: edits.get(conversationId) };
    if (replies.has(conversationId)) return { kind: "reply", message: replies.get(conversationId) };
    return NEW;
  }

  function put(messages, conversationId, message) {
    if (message === null) messages.delete(conversationId);
    else messages.set(conversationId, message);
  }

  return {
    of: subjectOf,
    /** The message that the next new one answers, also while another is edited; or null. */
    replyIn: (conversationId) => replies.get(conversationId) ?? null,

    /** An edit under way is not what the person wants now. */
    startReply(message) {
      edits.delete(message.conversationId);
      replies.set(message.conversationId, message);
    },
    startEdit: (message) => edits.set(message.conversationId, message),

    /** Become what was kept: `replyTo` and `editing` are messages, or null. */
    restore(conversationId, { replyTo, editing }) {
      put(replies, conversationId, replyTo);
      put(edits, conversationId, editing);
    },

    /** It was sent, or called off. */
    finish(conversationId) {
      if (!edits.delete(conversationId)) replies.delete(conversationId);
    },

    /** A message was changed. Nobody edits or answers one that is deleted. */
    changed(message) {
      for (const messages of [replies, edits]) {
        if (messages.get(message.conversationId)?.messageId !== message.messageId) continue;
        put(messages, message.conversationId, message.isDeleted ? null : message);
      }
    },
  };
}
