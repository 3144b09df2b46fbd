// How many messages of a conversation are unread: those of others, not deleted, behind what was read.
// The server tells a count, and what it takes account of; what comes later is added and taken away here.

import { revisionOf } from "./messages_state.js";

/** The sequence after which messages are unread: how far the person has read, or less if they marked some as unread. */
export function readUntil({ readSequence, unreadFrom = null }) {
  return unreadFrom === null ? readSequence : Math.min(readSequence, unreadFrom - 1);
}

/** The last sequence, from `from` on, up to which every message is the person's own: nothing of it is to be read. */
export function passOwn({ messages }, from, userId) {
  let at = from;
  while (messages.at(at + 1)?.senderId === userId) at += 1;
  return at;
}

/** What a conversation keeps of it; `state` is what `ready` or the HTTP API tell. */
function tallyOf({ sequence, revision = 0, unread }) {
  return {
    /** Messages up to here, and changes up to there, are taken account of in `rest`. */
    ...{ sequence, revision },
    /** How many are unread of which it is not known here which they are. */
    rest: unread,
    /** Sequence to whether it counts, of those that are counted one by one. */
    single: new Map(),
    /** The messages taken away from `rest` because they were deleted. */
    gone: new Set(),
    /** What became of `rest` can't be told from what is held here; the server must be asked. */
    isUnsure: false,
  };
}

function marksOf({ readSequence, unreadFrom = null, unreadAt = "" }) {
  return { readSequence, unreadFrom, unreadAt };
}

/** `{readSequence, unreadFrom, unreadAt, unread, tally}` of a conversation that is seen for the first time. */
export function unreadOfShape(shape) {
  return { ...marksOf(shape), unread: shape.unread, tally: tallyOf(shape) };
}

/** `recount(conversationId)` asks for the conversation, to be `told`. */
export function createUnread({ userId, recount }) {
  const counts = ({ senderId, isDeleted }) => senderId !== userId && !isDeleted;

  function setRest(conversation, rest) {
    conversation.unread += rest - conversation.tally.rest;
    conversation.tally.rest = rest;
  }

  /** What was deleted once does not count again, whatever comes late. */
  function countOne(conversation, sequence, doesCount) {
    const { single } = conversation.tally;
    const didCount = single.get(sequence);
    single.set(sequence, doesCount && didCount !== false);
    conversation.unread += Number(single.get(sequence)) - Number(didCount ?? false);
  }

  function dropOne(conversation, sequence) {
    const { single } = conversation.tally;
    if (single.get(sequence)) conversation.unread -= 1;
    single.delete(sequence);
  }

  /** The messages after one sequence up to another, or `null` if they are not all held as they are now. */
  function heldBetween({ messages, heldRevision, tally }, after, upTo) {
    if (heldRevision < tally.revision) return null;
    const found = [];
    for (let sequence = after + 1; sequence <= upTo; sequence += 1) {
      const message = messages.at(sequence);
      if (message === undefined) return null;
      found.push(message);
    }
    return found;
  }

  function unsure(conversation) {
    conversation.tally.isUnsure = true;
    recount(conversation.conversationId);
  }

  /** More was read: what is behind it is left. */
  function raised(conversation, before, until) {
    const { tally } = conversation;
    const end = Math.min(until, tally.sequence);
    const left = tally.rest > 0 && end < tally.sequence ? heldBetween(conversation, until, tally.sequence) : [];
    const passed = left === null ? heldBetween(conversation, before, end) : null;
    const alone = passed?.filter((message) => counts(message) && !tally.single.has(message.sequence));
    for (let sequence = before + 1; sequence <= until; sequence += 1) dropOne(conversation, sequence);
    if (left !== null) {
      setRest(conversation, 0);
      for (const message of left) countOne(conversation, message.sequence, counts(message));
    } else if (passed !== null) {
      setRest(conversation, Math.max(0, tally.rest - alone.length));
    } else {
      setRest(conversation, Math.min(tally.rest, tally.sequence - end));
      unsure(conversation);
    }
  }

  /** Less counts as read than before. */
  function lowered(conversation, before, until) {
    const again = heldBetween(conversation, until, before);
    if (again === null) return unsure(conversation);
    for (const message of again) countOne(conversation, message.sequence, counts(message));
  }

  function change(conversation, marks) {
    const before = readUntil(conversation);
    Object.assign(conversation, marks);
    const until = readUntil(conversation);
    if (until > before) raised(conversation, before, until);
    if (until < before) lowered(conversation, before, until);
  }

  function readUpTo(conversation, sequence) {
    if (sequence > conversation.readSequence) change(conversation, { readSequence: sequence });
  }

  function marked(conversation, unreadFrom, unreadAt) {
    if (unreadAt > conversation.unreadAt) change(conversation, { unreadFrom, unreadAt });
  }

  return {
    readUpTo,

    /** An `unread` event. Without a sequence the mark is over. */
    marked: (conversation, { sequence = null, timestamp }) => marked(conversation, sequence, timestamp),

    /** A message came, live or caught up, perhaps once more. */
    heard(conversation, event) {
      const { tally } = conversation;
      if (event.sequence <= readUntil(conversation)) return;
      if (event.sequence > tally.sequence || tally.single.has(event.sequence)) {
        countOne(conversation, event.sequence, counts(event));
        return;
      }
      const isNews = event.isDeleted && revisionOf(event) > tally.revision && !tally.gone.has(event.messageId);
      if (!isNews) return;
      tally.gone.add(event.messageId);
      if (event.senderId !== userId) setRest(conversation, Math.max(0, tally.rest - 1));
    },

    /** What `ready` or the HTTP API tells of it. An answer that is older than what is known here does not count. */
    told(conversation, state) {
      const { readSequence, unreadFrom, unreadAt } = marksOf(state);
      const isNow =
        state.sequence >= conversation.sequence &&
        (state.revision ?? 0) >= conversation.revision &&
        readSequence >= conversation.readSequence &&
        unreadAt >= conversation.unreadAt;
      if (isNow) {
        Object.assign(conversation, unreadOfShape(state));
        return;
      }
      readUpTo(conversation, readSequence);
      marked(conversation, unreadFrom, unreadAt);
      if (conversation.tally.isUnsure) recount(conversation.conversationId);
    },
  };
}
