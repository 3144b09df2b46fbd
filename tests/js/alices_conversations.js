// Alice's conversations, and what the stream says of them.

import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { shownMessages } from "../../conversations/static/conversations/stretches.js";
import { ALICE, handClock } from "./support.js";

/** Alice's conversations, with what they ask for. */
export function aliceHas(list) {
  const asked = [];
  const refreshes = [];
  let reconnects = 0;
  const clock = handClock();
  const conversations = createConversations({
    userId: ALICE.userId,
    list,
    clock,
    ask: (...cursor) => Boolean(asked.push(cursor)),
    refresh: (ids) => refreshes.push(ids),
    reconnect: () => (reconnects += 1),
  });
  return { asked, clock, conversations, refreshes, reconnects: () => reconnects };
}

export const ready = (...conversations) => ({ type: "ready", senderId: ALICE.userId, conversations });

export const state = (sequence, { revision = 0, readSequence = 0 } = {}) => ({
  ...{ conversationId: 12, sequence, revision, readSequence },
  unread: sequence - readSequence,
});

export const held = (conversations) => shownMessages(conversations.get(12)).map(({ sequence }) => sequence);
export const emojis = (conversations, messageId) => conversations.get(12).reactions.of(messageId).map(({ emoji }) => emoji);
