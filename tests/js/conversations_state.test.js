import assert from "node:assert/strict";
import { test } from "node:test";

import {
  createConversations,
  receiptState,
  shownMessages,
  unreadOf,
} from "../../conversations/static/conversations/conversations_state.js";
import { ALICE, BOB, CAROL, handClock, message, shape } from "./support.js";

/** Alice's conversations, with what they ask for. */
function aliceHas(list, { catchupLimit = 500 } = {}) {
  const asked = [];
  let refreshes = 0;
  const clock = handClock();
  const conversations = createConversations({
    userId: ALICE.userId,
    list,
    catchupLimit,
    clock,
    ask: (conversationId, sequence) => Boolean(asked.push([conversationId, sequence])),
    refresh: () => (refreshes += 1),
  });
  return { asked, clock, conversations, refreshes: () => refreshes };
}

const ready = (...conversations) => ({ type: "ready", senderId: ALICE.userId, conversations });
const state = (sequence, readSequence = 0) => ({ conversationId: 12, sequence, readSequence });

test("a message that follows is held and counted as unread", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  assert.equal(conversations.receive(message(6)), true);
  assert.equal(unreadOf(conversations.get(12)), 1);
  assert.deepEqual(conversations.cursors(), [[12, 6]]);
  assert.deepEqual(asked, []);
});

test("the same message twice is one message, and news once", () => {
  const { conversations } = aliceHas([shape()]);
  assert.equal(conversations.receive(message(1)), true);
  assert.equal(conversations.receive(message(1, { isCatchup: true })), false);
  assert.equal(shownMessages(conversations.get(12)).length, 1);
});

test("a jump is noticed, and what is missing asked for, once", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  conversations.receive(message(8));
  conversations.receive(message(9));
  assert.deepEqual(asked, [[12, 5]]);
  assert.deepEqual(conversations.cursors(), [[12, 5]]);
});

test("a filled gap moves the cursor over what was held beyond it", () => {
  const { conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  for (const sequence of [8, 6, 7]) conversations.receive(message(sequence));
  assert.deepEqual(conversations.cursors(), [[12, 8]]);
  assert.deepEqual(shownMessages(conversations.get(12)).map(({ sequence }) => sequence), [6, 7, 8]);
});

test("a catch-up whose answer was lost is asked for again", () => {
  const { asked, clock, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(message(8));
  conversations.tick();
  clock.pass(10_000);
  conversations.tick();
  assert.deepEqual(asked, [[12, 5], [12, 5]]);
});

test("ready tells of messages that nobody sent here, and they are asked for", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(9)));
  assert.deepEqual(asked, [[12, 5]]);
});

test("what resume asked for already is not asked for again", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(7)), { resumed: new Map([[12, 5]]) });
  conversations.receive(message(6, { isCatchup: true }));
  conversations.receive(message(7, { isCatchup: true }));
  assert.deepEqual(asked, []);
});

test("who missed more than one catch-up brings asks for the rest", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })], { catchupLimit: 2 });
  conversations.receive(ready(state(8)), { resumed: new Map([[12, 5]]) });
  conversations.receive(message(6, { isCatchup: true }));
  assert.deepEqual(asked, []);
  conversations.receive(message(7, { isCatchup: true }));
  assert.deepEqual(asked, [[12, 7]]);
});

test("reading on another device lowers the count, and an older mark never raises it", () => {
  const { conversations } = aliceHas([shape({ sequence: 5, readSequence: 1 })]);
  const read = (sequence) => ({ type: "read", conversationId: 12, senderId: ALICE.userId, sequence });
  conversations.receive(read(4));
  conversations.receive(read(2));
  assert.equal(unreadOf(conversations.get(12)), 1);
});

test("a receipt is for all once all the others have it", () => {
  const { conversations } = aliceHas([shape({ people: [ALICE, BOB, CAROL], sequence: 5 })]);
  const of = () => receiptState(conversations.get(12), 5, ALICE.userId);
  const marks = (type, person) =>
    conversations.receive({ type, conversationId: 12, senderId: person.userId, sequence: 5 });
  assert.equal(of(), "sent");
  marks("read", BOB);
  assert.equal(of(), "sent");
  marks("delivered", CAROL);
  assert.equal(of(), "delivered");
  marks("read", CAROL);
  assert.equal(of(), "read");
});

test("a message of an unknown conversation has the list fetched", () => {
  const { conversations, refreshes } = aliceHas([]);
  assert.equal(conversations.receive(message(1)), false);
  assert.equal(refreshes(), 1);
  conversations.receive({ type: "conversation", conversationId: 12 });
  assert.equal(refreshes(), 2);
});

test("a ready that names other conversations has the list fetched", () => {
  const { conversations, refreshes } = aliceHas([shape()]);
  conversations.receive(ready(state(0)));
  assert.equal(refreshes(), 0);
  conversations.receive(ready());
  assert.equal(refreshes(), 1);
});

test("a fetched list keeps what is held, and drops what is gone", () => {
  const { conversations } = aliceHas([shape(), shape({ conversationId: 13 })]);
  conversations.receive(message(1));
  conversations.replaceList([shape({ sequence: 1, title: "Garden" })]);
  assert.equal(conversations.get(12).title, "Garden");
  assert.equal(shownMessages(conversations.get(12)).length, 1);
  assert.equal(conversations.isKnown(13), false);
});

test("history joins what came live", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 3, readSequence: 3 })]);
  conversations.receive(message(4));
  conversations.addHistory(12, { messages: [4, 3, 2].map((sequence) => message(sequence)), hasMore: true });
  assert.deepEqual(shownMessages(conversations.get(12)).map(({ sequence }) => sequence), [2, 3, 4]);
  assert.equal(conversations.get(12).hasMore, true);
  assert.deepEqual(asked, []);
});

test("the liveliest conversation comes first", () => {
  const { conversations } = aliceHas([shape({ sequence: 1 }), shape({ conversationId: 13, sequence: 2 })]);
  conversations.receive(message(3, { conversationId: 12 }));
  assert.deepEqual(conversations.all().map(({ conversationId }) => conversationId), [12, 13]);
});
