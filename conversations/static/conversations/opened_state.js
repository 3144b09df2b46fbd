// Which conversation is open, which part of it is looked at, and where the unread ones began.

import { unreadOf } from "./conversations_state.js";
import { readUntil } from "./unread_state.js";

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

    open(conversationId, conversation) {
      Object.assign(opened, { id: conversationId, focus: null, target: null, unreadFrom: null, isAtEnd: false });
      opened.cameBack(conversation);
    },

    /** The page is looked at again: what came meanwhile is set apart. */
    cameBack(conversation) {
      if (conversation && unreadOf(conversation) > 0) opened.unreadFrom = readUntil(conversation) + 1;
    },

    jump({ messageId, sequence }) {
      opened.focus = sequence;
      opened.target = { messageId, turn: (opened.target?.turn ?? 0) + 1 };
    },

    toNewest() {
      opened.focus = null;
    },

    /** The person speaks, and so has seen what is there. */
    spoke() {
      opened.focus = opened.unreadFrom = null;
    },
  };
  return opened;
}
