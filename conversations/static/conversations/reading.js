// Reading, put together: what is in sight, what of it counts as read, and the ways to the first unread message and
// to the newest.

import { unreadOf } from "./conversations_state.js";
import { createMarks } from "./marks.js";
import { createSight } from "./sight_state.js";
import { countUnread, shownMessages } from "./stretches.js";
import { readUntil } from "./unread_state.js";

/**
 * `isAttentive()` says whether the person looks at the window now, `send` and `sendMark` whether a frame or a mark went
 * out, and `complain()` says in the open conversation that something could not be done, `complainElsewhere()` anywhere.
 */
export function createReading({ userId, conversations, opened, history, send, sendMark, clock, isAttentive, draw, ...told }) {
  const { complain, complainElsewhere } = told;
  const sight = createSight({
    ...{ userId, clock, isAttentive },
    onSeen() {
      marks.soon();
      draw();
    },
  });
  const marks = createMarks({ userId, conversations, send: sendMark, clock, readUpTo });
  /** Conversation to how far it was read by what was known last. */
  const known = new Map();
  const current = () => conversations.get(opened.id);

  /** How far the person has read. It is less than before only where they marked messages as unread, here or elsewhere. */
  function readUpTo(conversation) {
    const { conversationId } = conversation;
    const until = readUntil(conversation);
    if (until < (known.get(conversationId) ?? until)) {
      sight.forget(conversationId, until + 1);
      if (conversationId === opened.id) opened.markedUnread(until + 1);
    }
    known.set(conversationId, until);
    return sight.upTo(conversation, until);
  }

  /** Where the eye has not been: no message that comes is to push it out of view. */
  function unseenFrom(conversation) {
    const inSight = sight.rangeOf(conversation.conversationId);
    const from = Math.max(readUntil(conversation), inSight === null ? 0 : inSight.first - 1);
    return sight.upToNow(conversation, from) + 1;
  }

  /** How many of the unread ones are above what is in sight, and how many below. */
  function around(conversation) {
    const { conversationId, sequence } = conversation;
    const unread = unreadOf(conversation);
    const read = readUpTo(conversation);
    const inSight = sight.rangeOf(conversationId);
    if (inSight === null || unread === 0) return { unread, above: 0, below: unread };
    const { first, last } = inSight;
    // Neither is too low, and one of them is exact: what lies before the last in sight is here, or what lies after it.
    const notPassed = unread - countUnread(conversation, { from: readUntil(conversation) + 1, to: last, userId, missing: 0 });
    const toCome = countUnread(conversation, { from: last + 1, to: sequence, userId, missing: 1 });
    // All of them are led to from below: what lies between is not read, whatever was seen beyond it.
    const above = read + 1 < first ? unread : 0;
    return { unread, above, below: Math.max(0, Math.min(unread, notPassed, toCome)) };
  }

  return {
    soon: marks.soon,
    reconnected: marks.reconnected,
    /** The person may look, or look away, from now on. */
    attention: sight.attention,
    /** Load what is shown and is not here yet. */
    load() {
      const conversation = current();
      if (conversation === undefined) return;
      history.show(conversation, { focus: opened.focus, inSight: sight.rangeOf(opened.id) });
      history.quoted(conversation, shownMessages(conversation, opened.focus));
    },

    open(conversationId) {
      const conversation = conversations.get(conversationId);
      const state = conversation && { unread: unreadOf(conversation), readUpTo: readUpTo(conversation) };
      opened.open(conversationId, state);
      sight.opened(conversationId);
    },

    /** The page begins in this conversation: nobody has chosen it anew, so what is marked as unread in it stays so. */
    start(conversationId) {
      const conversation = conversations.get(conversationId);
      this.open(conversationId);
      if (conversation.unreadFrom !== null) sight.forget(conversationId, readUntil(conversation) + 1);
    },

    /** A new message of somebody else came to the open conversation. */
    arrived(conversation, { isCatchup = false }) {
      if (isCatchup || !isAttentive()) opened.missed({ readUpTo: readUpTo(conversation) });
    },

    /** What the view shows of it. */
    shown: (conversation) => ({ ...around(conversation), unseenFrom: unseenFrom(conversation) }),

    actions: {
      /** What is in sight of a conversation: `{conversationId, first, last}`, or null. */
      inSight(range) {
        const isOther = sight.shows(range);
        const conversation = current();
        // What is the same is not drawn again: drawing is what tells of it.
        if (!isOther || conversation === undefined || range?.conversationId !== opened.id) return;
        const isElsewhere = opened.looksAt(range);
        if (isElsewhere || unreadOf(conversation) > 0) draw();
      },

      /** The newest message is in sight, or no longer. */
      reachedEnd(isAtEnd) {
        opened.isAtEnd = isAtEnd;
      },

      /** Bring the first unread message into view. */
      async toFirstUnread() {
        const { id } = opened;
        const sequence = readUpTo(current()) + 1;
        await history.at(id, sequence);
        const message = conversations.get(id)?.messages.at(sequence);
        if (opened.id === id && message !== undefined) opened.jump(message);
        draw();
      },

      /** Show the newest messages. */
      async toNewest() {
        const { id } = opened;
        await history.newest(id);
        if (opened.id === id) opened.toNewest();
        draw();
      },

      /** From this message on everything is to be read once more. */
      markUnread(messageId) {
        if (!send({ type: "unread", conversationId: opened.id, messageId })) complain();
      },

      /** What somebody else said last in a conversation of the list is to be read once more. */
      markLastUnread(conversationId) {
        if (!send({ type: "unread", conversationId })) complainElsewhere();
      },

      /** Everything in the open conversation is read, the person says. */
      markAllRead() {
        const conversation = current();
        if (conversation === undefined || unreadOf(conversation) === 0) return;
        opened.markedRead();
        sight.markAll(conversation);
      },
    },
  };
}
