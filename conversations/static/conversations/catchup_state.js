// What is missing in a conversation, and asking for it: messages by their sequence, and changes of
// messages (edits, deletions, reactions) by their revision. Both are counted without a gap.

const ASK_AGAIN_AFTER = 10_000;

/**
 * What a conversation keeps of it. `sequence` and `revision` are what exists, `held` and `heldRevision`
 * up to where nothing is missing here: the cursor to resume from.
 */
export function cursorOf({ sequence, revision = 0 }) {
  return {
    sequence,
    revision,
    held: sequence,
    heldRevision: revision,
    /** Revisions beyond a gap that are here already. */
    ahead: new Set(),
    /** The last answer was not all. What came live counts once there is no more: it may be the last of
     * a message's changes, of which one before was missed. */
    isCut: false,
    /** The catch-up under way: `{at, sequence, revision}`. */
    asked: null,
  };
}

/** `ask(conversationId, sequence, revision)` says whether the request went out. */
export function createCatchup({ clock, ask }) {
  const isMissing = ({ held, sequence, heldRevision, revision, isCut }) =>
    isCut || held < sequence || heldRevision < revision;

  function askFor(conversation) {
    const { conversationId, held, heldRevision, asked } = conversation;
    if (!isMissing(conversation)) conversation.asked = null;
    else if (asked !== null && clock.steady() - asked.at < ASK_AGAIN_AFTER) return;
    else if (ask(conversationId, held, heldRevision)) expect(conversation);
  }

  function expect(conversation) {
    conversation.asked = { at: clock.steady(), sequence: conversation.held, revision: conversation.heldRevision };
  }

  function advance(conversation) {
    if (!conversation.isCut) {
      while (conversation.messages.has(conversation.held + 1)) conversation.held += 1;
      while (conversation.ahead.delete(conversation.heldRevision + 1)) conversation.heldRevision += 1;
    }
    askFor(conversation);
  }

  return {
    /** Ask if something is missing, and no answer is on its way. */
    askFor,

    /** A message came, or a page of them. */
    advance,

    /** A live change came. */
    changed(conversation, revision) {
      conversation.revision = Math.max(conversation.revision, revision);
      if (revision > conversation.heldRevision) conversation.ahead.add(revision);
      advance(conversation);
    },

    /** A new connection. `resumed` is what was asked for in opening it, `[sequence, revision]`. */
    connected(conversation, resumed) {
      const [sequence, revision] = resumed ?? [];
      const isAsked = sequence === conversation.held && revision === conversation.heldRevision;
      // What was asked for on another connection will not be answered on this one.
      conversation.asked = null;
      if (isAsked) expect(conversation);
      askFor(conversation);
    },

    /** The end of an answer: everything up to there is here. */
    ended(conversation, { sequence, revision, hasMore = false }) {
      const { asked } = conversation;
      const isFurther = asked !== null && (sequence > asked.sequence || revision > asked.revision);
      conversation.held = Math.max(conversation.held, sequence);
      conversation.heldRevision = Math.max(conversation.heldRevision, revision);
      conversation.sequence = Math.max(conversation.sequence, sequence);
      conversation.revision = Math.max(conversation.revision, revision);
      conversation.isCut = hasMore;
      for (const ahead of conversation.ahead) if (ahead <= revision) conversation.ahead.delete(ahead);
      // An answer that brought nothing would bring nothing again.
      if (isFurther) conversation.asked = null;
      advance(conversation);
    },
  };
}
