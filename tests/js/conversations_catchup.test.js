import assert from "node:assert/strict";
import { test } from "node:test";

import { unreadOf } from "../../conversations/static/conversations/conversations_state.js";
import { aliceHas, emojis, held, ready, state } from "./alices_conversations.js";
import { message, reaction, shape } from "./support.js";

const ended = (sequence, revision) => ({ type: "conversation", conversationId: 12, isCatchup: true, sequence, revision });

test("a jump is noticed, and what is missing asked for, once", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  conversations.receive(message(8));
  conversations.receive(message(9));
  assert.deepEqual(asked, [[12, 5, 0]]);
  assert.deepEqual(conversations.cursors(), [[12, 5, 0]]);
});

test("a filled gap moves the cursor over what was held beyond it", () => {
  const { conversations } = aliceHas([shape({ sequence: 5, readSequence: 5 })]);
  for (const sequence of [8, 6, 7]) conversations.receive(message(sequence));
  assert.deepEqual(conversations.cursors(), [[12, 8, 0]]);
  assert.deepEqual(held(conversations), [6, 7, 8]);
});

test("a catch-up whose answer was lost is asked for again", () => {
  const { asked, clock, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(message(8));
  conversations.tick();
  clock.pass(10_000);
  conversations.tick();
  assert.deepEqual(asked, [[12, 5, 0], [12, 5, 0]]);
});

test("ready tells of messages that nobody sent here, and they are asked for", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(9)));
  assert.deepEqual(asked, [[12, 5, 0]]);
});

test("what resume asked for already is not asked for again", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(7)), { resumed: new Map([[12, [5, 0]]]) });
  conversations.receive(message(6, { isCatchup: true }));
  conversations.receive(message(7, { isCatchup: true }));
  conversations.receive(ended(7, 0));
  assert.deepEqual(asked, []);
});

test("who missed more than one catch-up brings asks for the rest", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(8)), { resumed: new Map([[12, [5, 0]]]) });
  conversations.receive(message(6, { isCatchup: true }));
  conversations.receive(message(7, { isCatchup: true }));
  assert.deepEqual(asked, []);
  conversations.receive(ended(7, 0));
  assert.deepEqual(asked, [[12, 7, 0]]);
});

test("until an answer is all there is, what came live beyond it does not count", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, revision: 3 })]);
  conversations.receive(reaction(5, { revision: 6 }));
  assert.deepEqual(asked, [[12, 5, 3]]);
  // Message 5 was changed by revision 4, too, which was missed; and it is not among what comes.
  conversations.receive(message(4, { content: "edited", revision: 5, isCatchup: true }));
  conversations.receive({ ...ended(5, 5), hasMore: true });
  assert.deepEqual(asked, [[12, 5, 3], [12, 5, 5]]);
  assert.deepEqual(conversations.cursors(), [[12, 5, 5]]);
  conversations.receive(message(5, { content: "edited", revision: 6, isCatchup: true }));
  conversations.receive(ended(5, 6));
  conversations.receive(reaction(5, { revision: 7 }));
  assert.deepEqual(conversations.cursors(), [[12, 5, 7]]);
  assert.equal(asked.length, 2);
});

test("an answer that brings nothing is not asked for again at once", () => {
  const { asked, clock, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(ready(state(8)));
  conversations.receive(ended(5, 0));
  assert.equal(asked.length, 1);
  clock.pass(10_000);
  conversations.tick();
  assert.equal(asked.length, 2);
});

test("what was asked for on another connection is asked for anew", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(message(8));
  conversations.disconnected();
  conversations.receive(ready(state(8)));
  assert.deepEqual(asked, [[12, 5, 0], [12, 5, 0]]);
});

test("what was asked for is not asked for again because ready comes again on the same connection", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(message(8));
  conversations.receive(ready(state(9)));
  assert.deepEqual(asked, [[12, 5, 0]]);
});

test("while the server gives one answer after another, the others are waited for", () => {
  const { asked, clock, conversations } = aliceHas([shape({ sequence: 5 }), shape({ conversationId: 13, sequence: 5 })]);
  const far = { ...state(9), conversationId: 13 };
  conversations.receive(ready(state(9), far), { resumed: new Map([[12, [5, 0]], [13, [5, 0]]]) });
  clock.pass(9_000);
  for (const sequence of [6, 7, 8, 9]) conversations.receive(message(sequence, { isCatchup: true }));
  conversations.receive(ended(9, 0));
  clock.pass(9_000);
  conversations.tick();
  assert.deepEqual(asked, []);
  clock.pass(1_000);
  conversations.tick();
  assert.deepEqual(asked, [[13, 5, 0]]);
});

test("a change that follows is held, and a jump of changes is asked for", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, revision: 3 })]);
  conversations.receive(message(5, { content: "edited", revision: 4 }));
  assert.deepEqual(conversations.cursors(), [[12, 5, 4]]);
  conversations.receive(reaction(5, { revision: 6 }));
  assert.deepEqual(asked, [[12, 5, 4]]);
  conversations.receive(reaction(5, { content: "❤️", revision: 5 }));
  assert.deepEqual(conversations.cursors(), [[12, 5, 6]]);
});

test("changes are caught up with the messages, and then followed again", () => {
  const { asked, conversations } = aliceHas([shape({ sequence: 5, revision: 3 })]);
  conversations.receive(ready(state(6, { revision: 9 })), { resumed: new Map([[12, [5, 3]]]) });
  conversations.receive(message(5, { content: "edited", revision: 9, isCatchup: true }));
  conversations.receive(message(6, { isCatchup: true }));
  conversations.receive(ended(6, 9));
  assert.deepEqual(asked, []);
  assert.deepEqual(conversations.cursors(), [[12, 6, 9]]);
});

test("a conversation that is regained while an answer about it is to come has the page connect anew", () => {
  const { conversations, reconnects } = aliceHas([shape({ sequence: 5 }), shape({ conversationId: 13 })]);
  conversations.receive(message(8));
  conversations.learnAll([12, 13], [shape({ conversationId: 13 })]);
  assert.equal(reconnects(), 0);
  conversations.learnAll([12, 13], [shape({ sequence: 8 }), shape({ conversationId: 13 })]);
  assert.equal(reconnects(), 1);
});

test("a conversation that is regained without an answer to come is taken as it is", () => {
  const { conversations, reconnects } = aliceHas([shape({ sequence: 5 })]);
  conversations.learnAll([12, 13], []);
  conversations.learnAll([12, 13], [shape({ sequence: 5 })]);
  conversations.receive(message(8));
  conversations.learnAll([12, 13], []);
  conversations.disconnected();
  conversations.learnAll([12, 13], [shape({ sequence: 8 })]);
  assert.equal(reconnects(), 0);
});

test("an older message that is caught up says nothing of the newest one", () => {
  const { conversations } = aliceHas([shape({ sequence: 9, revision: 3 })]);
  conversations.receive(message(4, { content: "edited", revision: 4, isCatchup: true }));
  const { sequence, lastMessage, activeAt } = conversations.get(12);
  assert.deepEqual([sequence, lastMessage.sequence, activeAt], [9, 9, Date.parse(message(9).timestamp)]);
});

test("a reaction that was overtaken by what tells of more says nothing", () => {
  const { conversations } = aliceHas([shape({ sequence: 5, revision: 3 })]);
  conversations.receive(reaction(5, { revision: 3 }));
  assert.deepEqual(emojis(conversations, 1005), []);
  conversations.receive(reaction(5, { revision: 4 }));
  assert.deepEqual(emojis(conversations, 1005), ["👍"]);
});

test("an edit shows what the message says now, and an older one changes nothing", () => {
  const { conversations } = aliceHas([shape()]);
  conversations.receive(message(1));
  conversations.receive(message(1, { content: "second", revision: 2 }));
  assert.equal(conversations.receive(message(1, { content: "first", revision: 1 })), false);
  assert.equal(conversations.messageOf(12, 1001).content, "second");
  assert.equal(conversations.get(12).lastMessage.content, "second");
  assert.equal(unreadOf(conversations.get(12)), 1);
});

test("a change of a message on a page not loaded waits for that page", () => {
  const { conversations } = aliceHas([shape({ sequence: 5 })]);
  conversations.receive(message(2, { content: "edited", revision: 1 }));
  assert.deepEqual(held(conversations), []);
  const messages = [5, 4, 3, 2].map((sequence) => message(sequence));
  conversations.addHistory(12, { messages, hasMore: true, hasNewer: false });
  assert.deepEqual(held(conversations), [2, 3, 4, 5]);
  assert.equal(conversations.messageOf(12, 1002).content, "edited");
});

test("a message that is caught up brings all its reactions, and what it does not bring is gone", () => {
  const { conversations } = aliceHas([shape()]);
  conversations.receive(message(1));
  conversations.receive(reaction(1, { revision: 1 }));
  conversations.receive(message(1, { revision: 3, isCatchup: true }));
  conversations.receive(reaction(1, { content: "❤️", isCatchup: true }));
  assert.deepEqual(emojis(conversations, 1001), ["❤️"]);
});
