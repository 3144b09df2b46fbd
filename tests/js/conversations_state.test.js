import assert from "node:assert/strict";
import { test } from "node:test";

import { unreadOf } from "../../conversations/static/conversations/conversations_state.js";
import { countUnread, hasBeyond, shownMessages } from "../../conversations/static/conversations/stretches.js";
import { aliceHas, emojis, held, ready, state } from "./alices_conversations.js";
import { ALICE, BOB, message, reaction, shape } from "./support.js";

test("a message that follows is held and counted as unread", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  assert.equal(conversations.receive(message(6)), true);
  assert.equal(unreadOf(conversations.get(12)), 1);
  assert.deepEqual(conversations.cursors(), [[12, 6, 0]]);
  assert.deepEqual(asked, []);
});

test("however many conversations there are, and however large their numbers, resuming fits into an address", () => {
  const large = 2 ** 52;
  const many = (first) => Array.from({ length: 1_000 }, (_, index) => shape({ conversationId: first + index }));
  const small = aliceHas(many(1)).conversations.cursors();
  assert.equal(small.length, 200);
  const long = many(large).map((one) => ({ ...one, sequence: large, readSequence: large, revision: large }));
  const { conversations } = aliceHas(long);
  const length = conversations.cursors().map((cursor) => cursor.join(":")).join(",").length;
  assert.ok(length > 5_000 && length <= 6_000, `${length} characters`);
});

test("the same message twice is one message, and news once", () => {
  const { conversations } = aliceHas([shape()]);
  assert.equal(conversations.receive(message(1)), true);
  assert.equal(conversations.receive(message(1, { isCatchup: true })), false);
  assert.equal(shownMessages(conversations.get(12)).length, 1);
});

test("a deleted message loses its reactions", () => {
  const { conversations } = aliceHas([shape()]);
  conversations.receive(message(1));
  conversations.receive(reaction(1, { revision: 1 }));
  assert.deepEqual(emojis(conversations, 1001), ["👍"]);
  conversations.receive(message(1, { content: "", isDeleted: true, revision: 2 }));
  assert.deepEqual(emojis(conversations, 1001), []);
});

test("history brings reactions, and the messages that are quoted", () => {
  const { conversations } = aliceHas([shape({ sequence: 9 })]);
  const page = { messages: [message(9, { replyToMessageId: 1002 })], hasMore: true };
  const reactions = [reaction(9, { revision: undefined })];
  conversations.addHistory(12, { ...page, reactions, quoted: [message(2)], hasNewer: false });
  assert.deepEqual(emojis(conversations, 1009), ["👍"]);
  assert.equal(conversations.messageOf(12, 1002).content, "message 2");
  assert.deepEqual(held(conversations), [9], "a quoted message is not part of what is shown");
});

test("a page around an old message is shown by itself, until the hole is closed", () => {
  const { conversations } = aliceHas([shape({ sequence: 9 })]);
  const page = (...sequences) => ({ messages: sequences.map((sequence) => message(sequence)), hasMore: true, hasNewer: true });
  const shown = () => shownMessages(conversations.get(12), 3);
  conversations.addHistory(12, { ...page(9, 8), hasNewer: false });
  conversations.addHistory(12, page(4, 3, 2));
  assert.deepEqual(held(conversations), [8, 9]);
  assert.deepEqual(shown().map(({ sequence }) => sequence), [2, 3, 4]);
  assert.deepEqual(hasBeyond(conversations.get(12), shown()), { older: true, newer: true });
  conversations.addHistory(12, page(7, 6, 5));
  assert.equal(shown().length, 8);
  assert.deepEqual(hasBeyond(conversations.get(12), shown()), { older: true, newer: false });
});

test("of a long stretch only what is near to where one looks is shown", () => {
  const { conversations } = aliceHas([shape({ sequence: 500 })]);
  const messages = Array.from({ length: 500 }, (_, index) => message(500 - index));
  conversations.addHistory(12, { messages, hasMore: false, hasNewer: false });
  const conversation = conversations.get(12);
  const ends = (focus) => [shownMessages(conversation, focus)[0].sequence, shownMessages(conversation, focus).at(-1).sequence];
  assert.deepEqual(ends(null), [300, 500]);
  assert.deepEqual(ends(250), [150, 350]);
  assert.deepEqual(hasBeyond(conversation, shownMessages(conversation, 250)), { older: true, newer: true });
  assert.deepEqual(hasBeyond(conversation, shownMessages(conversation, 20)), { older: false, newer: true });
});

test("what is unread in a part of it is counted without own and deleted messages", () => {
  const { conversations } = aliceHas([shape()]);
  for (const [sequence, from] of [[1, BOB], [2, ALICE], [3, BOB], [4, BOB]]) conversations.receive(message(sequence, { from }));
  conversations.receive(message(3, { content: "", isDeleted: true, revision: 1 }));
  const count = (from, to, missing = 0) => countUnread(conversations.get(12), { from, to, userId: ALICE.userId, missing });
  assert.deepEqual([count(1, 4), count(2, 3), count(4, 9), count(4, 9, 1)], [2, 0, 1, 6]);
});

test("before the very first message there is nothing", () => {
  const { conversations } = aliceHas([shape({ sequence: 9 })]);
  const messages = [9, 8, 7].map((sequence) => message(sequence));
  conversations.addHistory(12, { messages, hasMore: false, hasNewer: false });
  const conversation = conversations.get(12);
  assert.equal(hasBeyond(conversation, shownMessages(conversation)).older, false);
});

test("who was away for longer than a page begins with the newest page", () => {
  const { conversations } = aliceHas([shape({ sequence: 5 })]);
  const messages = [109, 108].map((sequence) => message(sequence));
  conversations.addHistory(12, { messages, hasMore: true, hasNewer: false });
  assert.deepEqual(held(conversations), [108, 109]);
  assert.deepEqual(conversations.cursors(), [[12, 109, 0]]);
});

test("the shape of a conversation brings the marks of the others", () => {
  const { conversations } = aliceHas([shape({ sequence: 5 })]);
  const marked = { ...BOB, readSequence: 3, deliveredSequence: 5 };
  conversations.learn(shape({ people: [ALICE, marked], sequence: 5 }));
  assert.deepEqual(conversations.get(12).receipts.get(BOB.userId), { delivered: 5, read: 3 });
});

test("reading on another device lowers the count, and an older mark never raises it", () => {
  const { conversations } = aliceHas([shape({ sequence: 5, readSequence: 1 })]);
  const read = (sequence) => ({ type: "read", conversationId: 12, senderId: ALICE.userId, sequence });
  conversations.receive(read(4));
  conversations.receive(read(2));
  assert.equal(unreadOf(conversations.get(12)), 1);
});

test("a message of an unknown conversation has that one fetched", () => {
  const { conversations, refreshes } = aliceHas([]);
  assert.equal(conversations.receive(message(1)), false);
  assert.deepEqual(refreshes, [[12]]);
  conversations.receive({ type: "conversation", conversationId: 12 });
  assert.deepEqual(refreshes, [[12], [12]]);
});

test("a ready that names other conversations has these and the lost ones fetched", () => {
  const { conversations, refreshes } = aliceHas([shape()]);
  conversations.receive(ready(state(0)));
  assert.deepEqual(refreshes, []);
  conversations.receive(ready({ ...state(0), conversationId: 13 }));
  assert.deepEqual(refreshes, [[12, 13]]);
});

test("a fetched list keeps what is held, and drops what is gone", () => {
  const { conversations } = aliceHas([shape(), shape({ conversationId: 13 })]);
  conversations.receive(message(1));
  conversations.learnAll([12, 13], [shape({ sequence: 1, title: "Garden" })]);
  assert.equal(conversations.get(12).title, "Garden");
  assert.equal(shownMessages(conversations.get(12)).length, 1);
  assert.equal(conversations.isKnown(13), false);
});

test("history joins what came live", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 3, readSequence: 3 })]);
  conversations.receive(message(4));
  conversations.addHistory(12, { messages: [4, 3, 2].map((sequence) => message(sequence)), hasMore: true });
  assert.deepEqual(held(conversations), [2, 3, 4]);
  assert.deepEqual(asked, []);
});

test("the liveliest conversation comes first", () => {
  const { conversations } = aliceHas([shape({ sequence: 1 }), shape({ conversationId: 13, sequence: 2 })]);
  conversations.receive(message(3, { conversationId: 12 }));
  assert.deepEqual(conversations.all().map(({ conversationId }) => conversationId), [12, 13]);
});

test("where nothing was said yet it counts when the conversation began", () => {
  const began = { ...shape({ conversationId: 14 }), activeAt: message(2).timestamp };
  const order = (conversations) => conversations.all().map(({ conversationId }) => conversationId);
  const { conversations } = aliceHas([shape({ sequence: 1 }), shape({ conversationId: 13, sequence: 3 }), began]);
  assert.deepEqual(order(conversations), [13, 14, 12]);
  conversations.receive(message(4, { conversationId: 12 }));
  assert.deepEqual(order(conversations), [12, 13, 14]);
  conversations.learnAll([12, 13, 14], [shape({ sequence: 4 }), { ...began, activeAt: message(5).timestamp }]);
  assert.deepEqual(order(conversations), [14, 12]);
});

test("the address that resumes stays short however many conversations there are", () => {
  const { conversations } = aliceHas(Array.from({ length: 1000 }, (_, index) => shape({ conversationId: index + 1 })));
  assert.equal(conversations.cursors().length, 200);
});

test("who hides their receipts forgets those of others, and learns them anew once they are shown", () => {
  const marks = { readSequence: 3, deliveredSequence: 3 };
  const { conversations, refreshes } = aliceHas([shape({ sequence: 3, people: [ALICE, { ...BOB, ...marks }] })]);
  conversations.receive({ ...ready(state(3)), showsReceipts: true });
  assert.deepEqual(conversations.get(12).receipts.get(BOB.userId), { read: 3, delivered: 3 });
  conversations.receive({ ...ready(state(3)), showsReceipts: false });
  assert.equal(conversations.get(12).receipts.size, 0);
  assert.deepEqual(refreshes, []);
  conversations.receive({ ...ready(state(3)), showsReceipts: true });
  assert.deepEqual(refreshes, [[12]]);
  conversations.learn(shape({ sequence: 3, people: [ALICE, { ...BOB, ...marks }] }));
  assert.deepEqual(conversations.get(12).receipts.get(BOB.userId), { read: 3, delivered: 3 });
  conversations.learn(shape({ sequence: 3, people: [ALICE, BOB] }));
  assert.equal(conversations.get(12).receipts.has(BOB.userId), false, "he shows them no more");
});
