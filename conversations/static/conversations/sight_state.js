// What of a conversation was in front of the person's eyes, and so how far it is read.

import { passOwn } from "./unread_state.js";

/** Milliseconds for which a message must be in sight, or have passed by while the person scrolled. */
export const MOMENT = 500;

/** Sets of consecutive numbers, kept as `{first, last}` that neither overlap nor touch. */
function withRange(ranges, { first, last }) {
  const apart = ranges.filter((range) => range.last < first - 1 || range.first > last + 1);
  const joined = ranges.filter((range) => !apart.includes(range));
  const union = {
    first: Math.min(first, ...joined.map((range) => range.first)),
    last: Math.max(last, ...joined.map((range) => range.last)),
  };
  return [...apart, union];
}

/** Both together, if they overlap or touch: what lies between two such views has passed before the eyes. */
function continued(path, { first, last }) {
  if (path === null || first > path.last + 1 || last < path.first - 1) return null;
  if (first >= path.first && last <= path.last) return path;
  return { first: Math.min(first, path.first), last: Math.max(last, path.last) };
}

/**
 * The rule: a message is seen once it was in sight for a moment while the person was attentive, or passed by when they
 * scrolled over it; a jump over messages does not count as seeing them. A conversation is read up to the last message
 * before the first of the others' that was not seen.
 *
 * `isAttentive()` says whether the person looks at the window now; `onSeen()` is called when more was seen.
 */
export function createSight({ userId, clock, isAttentive, onSeen }) {
  /** What is in sight: `{conversationId, first, last}`, both sequences, or null. */
  let current = null;
  /** What passed before attentive eyes without a jump, up to what is in sight; or null. */
  let path = null;
  let timer = null;
  /** Conversation to the ranges of what was seen. */
  const seen = new Map();

  /** Conversations of which nothing counts as seen for now. */
  const paused = new Set();

  const rangesOf = (conversationId) => seen.get(conversationId) ?? [];

  function endOf(conversation, from, ranges) {
    for (let at = from; ; ) {
      const next = passOwn(conversation, at, userId) + 1;
      const range = ranges.find(({ first, last }) => first <= next && next <= last);
      if (range === undefined) return next - 1;
      at = range.last;
    }
  }

  function lose() {
    clock.clearTimeout(timer);
    timer = path = null;
  }

  function look() {
    if (current === null || paused.has(current.conversationId) || !isAttentive()) return lose();
    const further = continued(path, current);
    if (further === null) lose();
    path = further ?? { first: current.first, last: current.last };
    wait();
  }

  /** What the path has reached by now is seen when it stood for a moment; what it reaches later waits for its own. */
  function wait() {
    if (timer !== null) return;
    const reached = path;
    const { conversationId } = current;
    timer = clock.setTimeout(() => {
      timer = null;
      // Nothing tells that somebody fell idle.
      if (!isAttentive()) return lose();
      seen.set(conversationId, withRange(rangesOf(conversationId), reached));
      if (path !== reached) wait();
      onSeen();
    }, MOMENT);
  }

  return {
    /** This is in sight now: `{conversationId, first, last}`, or null. Whether it is something else than before. */
    shows(range) {
      const isSameConversation = range?.conversationId === current?.conversationId;
      const isSame = isSameConversation && range?.first === current?.first && range?.last === current?.last;
      if (!isSameConversation) lose();
      current = range;
      if (!isSame) look();
      return !isSame;
    },

    /** The person may look, or look away, from now on. */
    attention() {
      if (path === null || !isAttentive()) look();
    },

    /** What is in sight of this conversation, `{first, last}`, or null. */
    rangeOf: (conversationId) => (current?.conversationId === conversationId ? current : null),

    /** The last sequence, from `from` on, up to which every message was seen or is the person's own. */
    upTo: (conversation, from) => endOf(conversation, from, rangesOf(conversation.conversationId)),

    /** The same, where what is before attentive eyes right now counts as seen. */
    upToNow(conversation, from) {
      const ranges = rangesOf(conversation.conversationId);
      const isLookedAt = path !== null && current.conversationId === conversation.conversationId;
      return endOf(conversation, from, isLookedAt ? withRange(ranges, path) : ranges);
    },

    /** From this sequence on nothing was seen, nor is what is in sight now, until the conversation is opened again. */
    forget(conversationId, sequence) {
      paused.add(conversationId);
      const before = rangesOf(conversationId).filter(({ first }) => first < sequence);
      seen.set(conversationId, before.map(({ first, last }) => ({ first, last: Math.min(last, sequence - 1) })));
      look();
    },

    /** The conversation is opened: what is in sight of it counts. */
    opened(conversationId) {
      paused.delete(conversationId);
      look();
    },

    /** The person says that everything up to this sequence is read. */
    markAll({ conversationId, sequence }) {
      paused.delete(conversationId);
      seen.set(conversationId, withRange(rangesOf(conversationId), { first: 1, last: sequence }));
      onSeen();
    },
  };
}
