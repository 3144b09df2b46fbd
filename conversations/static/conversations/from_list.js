// A conversation as the list gives it, with room for what comes of it.

import { cursorOf } from "./catchup_state.js";
import { membersFrom } from "./members_state.js";
import { createMessages } from "./messages_state.js";
import { createReactions } from "./reactions_state.js";
import { raiseAll } from "./receipts_state.js";
import { unreadOfShape } from "./unread_state.js";

/** The lastMessage of a conversation is its newest message, held or not. */
export function fromList(shape, people) {
  const receipts = new Map();
  raiseAll(receipts, shape.participants);
  return {
    ...shape,
    ...cursorOf(shape),
    ...unreadOfShape(shape),
    ...membersFrom(shape, people),
    activeAt: Date.parse(shape.activeAt),
    receipts,
    messages: createMessages(),
    reactions: createReactions(),
    /** Whether the newest page of history has been loaded. */
    isLoaded: false,
    /** The sequence of the very first message, once it is known. */
    oldest: null,
  };
}
