// Which conversation is open, which part of it is looked at, and where the unread ones began.

import { REACH } from "./stretches.js";

/** With no more unread than this the newest page shows them, and something before them. */
const NEAR_THE_NEWEST = 25;

export function createOpened() {
  const opened = {
    id: null,
    /** A sequence in the part that is shown; without one it is the newest part. */
    focus: null,
    /** The message to be brought into view and marked, with a number for each time. */
    target: null,
    /** The sequence from which on messages were unread when they came into view. */
    unreadFrom: null,
    /** Whether the newest message is in sight. */
    isAtEnd: false,

    /** `unread` of its messages are unread, all of them after the sequence `readUpTo`. */
    open(conversationId, { unread = 0, readUpTo = 0 } = {}) {
      const unreadFrom = unread > 0 ? readUpTo + 1 : null;
      const focus = unread > NEAR_THE_NEWEST ? unreadFrom : null;
      Object.assign(opened, { id: conversationId, focus, target: null, unreadFrom, isAtEnd: false });
    },

    /** A message came while the person looked away: it is set apart with those that follow, unless others are still. */
    missed({ readUpTo }) {
      if (opened.unreadFrom === null || opened.unreadFrom <= readUpTo) opened.unreadFrom = readUpTo + 1;
    },

    jump({ messageId, sequence }) {
      opened.focus = sequence;
      opened.target = { messageId, turn: (opened.target?.turn ?? 0) + 1 };
    },

    /** The messages from `first` to `last` are in sight. Whether another part is to be shown now. */
    looksAt({ first, last }) {
      const before = opened.focus;
      const middle = Math.floor((first + last) / 2);
      if (opened.isAtEnd) opened.focus = null;
      else if (before === null || Math.abs(middle - before) > REACH / 2) opened.focus = middle;
      return opened.focus !== before;
    },

    toNewest() {
      opened.focus = null;
    },

    /** The person speaks: that stands at the end. With nothing left that is unread, what is there is no longer new. */
    spoke({ unread }) {
      opened.focus = null;
      if (unread === 0) opened.unreadFrom = null;
    },

    /** The person says that everything from this sequence on is unread. */
    markedUnread(sequence) {
      opened.unreadFrom = sequence;
    },

    /** The person says that everything is read. */
    markedRead() {
      opened.unreadFrom = null;
    },
  };
  return opened;
}
