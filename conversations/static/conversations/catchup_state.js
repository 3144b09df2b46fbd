// What is missing in a conversation, and asking for it: messages by their sequence, and changes of
// messages (edits, deletions, reactions) by their revision. Both are counted without a gap.

import { isPassing, RETRY_AFTER } from "./passing.js";

const ASK_AGAIN_AFTER = 10_000;
/** Answers may be long, and each costs the server a look at its database. */
const AT_ONCE = 8;
// More conversations than this would make the address too long; `ready` tells of the rest.
const MAX_CURSORS = 200;
/** Characters. */
const MAX_CURSORS_LENGTH = 6_000;

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
  /** What is asked about now, by conversation, and what is to be asked about as soon as there is room. */
  const underWay = new Map();
  const waiting = new Set();
  /** When an answer came last: the server gives one after another, so the others are still to come. */
  let answeredAt = -Infinity;

  const isMissing = ({ held, sequence, heldRevision, revision, isCut }) =>
    isCut || held < sequence || heldRevision < revision;

  function askFor(conversation) {
    const { conversationId, held, heldRevision, asked } = conversation;
    if (!isMissing(conversation)) return forget(conversation);
    if (asked !== null && !isOverdue(asked.at)) return;
    if (!hasRoomFor(conversation)) waiting.add(conversation);
    else if (ask(conversationId, held, heldRevision)) expect(conversation);
  }

  function isOverdue(askedAt) {
    return clock.steady() - Math.max(askedAt, answeredAt) >= ASK_AGAIN_AFTER;
  }

  function hasRoomFor({ conversationId }) {
    for (const [id, at] of underWay) if (isOverdue(at)) underWay.delete(id);
    return underWay.has(conversationId) || underWay.size < AT_ONCE;
  }

  function expect(conversation) {
    const { conversationId, held: sequence, heldRevision: revision } = conversation;
    conversation.asked = { at: clock.steady(), sequence, revision };
    underWay.set(conversationId, conversation.asked.at);
    waiting.delete(conversation);
  }

  /** No answer about the conversation is waited for; there is room for another. */
  function forget(conversation) {
    conversation.asked = null;
    waiting.delete(conversation);
    if (underWay.delete(conversation.conversationId)) goOn();
  }

  function goOn() {
    for (const next of waiting) {
      if (underWay.size >= AT_ONCE) return;
      waiting.delete(next);
      askFor(next);
    }
  }

  function advance(conversation) {
    if (!conversation.isCut) {
      while (conversation.messages.has(conversation.held + 1)) conversation.held += 1;
      while (conversation.ahead.delete(conversation.heldRevision + 1)) conversation.heldRevision += 1;
    }
    askFor(conversation);
  }

  return {
    /** The connection is gone: what was asked for on it will not be answered on another. */
    disconnected(conversations) {
      underWay.clear();
      waiting.clear();
      answeredAt = -Infinity;
      for (const conversation of conversations) conversation.asked = null;
    },

    /** The server refused to answer. */
    refused(conversation, code) {
      answeredAt = clock.steady();
      underWay.delete(conversation.conversationId);
      goOn();
      if (!isPassing(code)) return;
      clock.setTimeout(() => {
        conversation.asked = null;
        askFor(conversation);
      }, RETRY_AFTER);
    },

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

    /**
     * For each conversation that `ready` tells of. `resumed` is what was asked for in opening the connection, `[sequence, revision]`.
     * If it comes again on a connection, what was asked for on it before is answered all the same.
     */
    connected(conversation, resumed) {
      const [sequence, revision] = resumed ?? [];
      const isAsked = sequence === conversation.held && revision === conversation.heldRevision;
      if (isAsked && isMissing(conversation)) expect(conversation);
      else askFor(conversation);
    },

    /** The end of an answer: everything up to there is here. */
    ended(conversation, { sequence, revision, hasMore = false }) {
      const { asked } = conversation;
      answeredAt = clock.steady();
      const isFurther = asked !== null && (sequence > asked.sequence || revision > asked.revision);
      conversation.held = Math.max(conversation.held, sequence);
      conversation.heldRevision = Math.max(conversation.heldRevision, revision);
      conversation.sequence = Math.max(conversation.sequence, sequence);
      conversation.revision = Math.max(conversation.revision, revision);
      conversation.isCut = hasMore;
      for (const ahead of conversation.ahead) if (ahead <= revision) conversation.ahead.delete(ahead);
      // An answer that brought nothing would bring nothing again.
      if (isFurther) forget(conversation);
      advance(conversation);
    },
  };
}

/** Those that fit into an address, of these conversations in order: conversation, sequence and revision of each. */
export function cursorsOf(conversations) {
  const cursors = [];
  let length = 0;
  for (const { conversationId, held, heldRevision } of conversations.slice(0, MAX_CURSORS)) {
    const cursor = [conversationId, held, heldRevision];
    length += cursor.join(":").length + 1;
    if (length > MAX_CURSORS_LENGTH) break;
    cursors.push(cursor);
  }
  return cursors;
}
