import assert from "node:assert/strict";
import { test } from "node:test";

import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { groupOf } from "../../conversations/static/conversations/group_model.js";
import { headerOf, rowOf } from "../../conversations/static/conversations/model.js";
import { createPeople } from "../../conversations/static/conversations/people_state.js";
import { raise, receiptState, receiptsOn } from "../../conversations/static/conversations/receipts_state.js";
import { itemsOf, receiptLinesOf } from "../../conversations/static/conversations/thread_model.js";
import { ALICE, BOB, CAROL, aliceSees, handClock, message, reaction, say, shape } from "./support.js";

const person = (who, { name = who.name, isActive = true, version }) => ({
  ...{ type: "person", senderId: who.userId, senderName: name, isActive, sequence: version },
});
const robert = person(BOB, { name: "Robert", version: 5 });

test("of two words about a person the one with the higher version is true, in whatever order they come", () => {
  const people = createPeople();
  people.heard(robert);
  people.heard(person(BOB, { name: "Bobby", version: 4 }));
  assert.equal(people.nameOf(BOB.userId), "Robert");
  const [listed] = people.participants([{ ...BOB, version: 4 }]);
  assert.equal(listed.name, "Robert");
  const [newer] = people.participants([{ ...BOB, name: "Rob", version: 6 }]);
  assert.equal(newer.name, "Rob");
  assert.equal(people.nameOf(CAROL.userId, "Carol"), "Carol");
});

test("only ready says up to where nothing was missed", () => {
  const people = createPeople({ version: 3 });
  people.heard(robert);
  assert.equal(people.version(), 3);
  people.ready({ peopleVersion: 7 });
  assert.equal(people.version(), 7);
});

function aliceKnows(list) {
  const people = createPeople();
  const conversations = createConversations({ userId: ALICE.userId, list, clock: handClock(), ask: () => true, refresh() {}, people });
  return { people, conversations };
}

test("a new name stands in all that is here, and in what comes late under the old one", () => {
  const { conversations, people } = aliceKnows([shape({ people: [ALICE, BOB, CAROL], title: "Lunch" })]);
  conversations.receive(message(1));
  conversations.receive(reaction(1, "👍", { revision: 1 }));
  conversations.receive(robert);
  const lunch = conversations.get(12);
  conversations.addHistory(12, { messages: [message(2)], quoted: [message(3)], reactions: [] });
  conversations.addQuoted(12, message(4));
  conversations.receive(people.named(message(5)));
  const names = [1, 2, 3, 4, 5].map((number) => lunch.messages.find(message(number).messageId).senderName);
  assert.deepEqual(names, Array(5).fill("Robert"));
  assert.deepEqual(lunch.participants.map(({ name }) => name), [ALICE.name, "Robert", CAROL.name]);
  assert.equal(lunch.lastMessage.senderName, "Robert");
  assert.deepEqual(lunch.reactions.of(message(1).messageId)[0].people.map(({ name }) => name), ["Robert"]);
  conversations.learn({ ...shape({ people: [ALICE, BOB, CAROL], title: "Lunch" }), lastMessage: message(6) });
  assert.equal(lunch.participants[1].name, "Robert", "a list that was read before says nothing new");
  assert.equal(lunch.lastMessage.senderName, "Robert");
});

test("a new name stands in the row, the header, the typing line and over the messages", () => {
  const { conversations, context, typing } = aliceSees([shape({ people: [ALICE, BOB, CAROL], title: "Lunch" })]);
  conversations.receive(message(1));
  typing.receive({ type: "typing", conversationId: 12, senderId: BOB.userId, senderName: BOB.name, isTyping: true });
  typing.renamed(robert);
  conversations.receive(robert);
  const lunch = conversations.get(12);
  assert.equal(rowOf(lunch, context).preview, "Robert is typing…");
  const [, item] = itemsOf(lunch, { messages: [lunch.messages.at(1)], pending: [], changes: new Map() }, context);
  assert.equal(item.senderName, "Robert");
  assert.equal(item.avatar.initials, "R");
  const direct = aliceSees([shape()]);
  direct.conversations.receive(robert);
  assert.equal(headerOf(direct.conversations.get(12), direct.context).title, "Robert");
});

test("nobody waits for somebody who is deactivated, and what they have read they have read", () => {
  const { conversations, context } = aliceSees([shape({ people: [ALICE, BOB, CAROL], title: "Lunch" })]);
  const lunch = conversations.get(12);
  raise(lunch.receipts, BOB.userId, { read: 5 });
  raise(lunch.receipts, CAROL.userId, { read: 3 });
  assert.equal(receiptState(lunch, 5, ALICE.userId), "sent");
  conversations.receive(person(CAROL, { isActive: false, version: 1 }));
  assert.equal(receiptState(lunch, 5, ALICE.userId), "read");
  assert.deepEqual(receiptLinesOf(lunch, 5, context).map(({ key }) => key), ["read"]);
  assert.deepEqual(receiptsOn(lunch, 3, ALICE.userId).read.map(({ userId }) => userId), [BOB.userId, CAROL.userId]);
  conversations.receive(person(BOB, { isActive: false, version: 2 }));
  assert.equal(receiptState(lunch, 5, ALICE.userId), "sent", "nobody is left who could read it");
  conversations.receive(person(CAROL, { version: 3 }));
  assert.equal(receiptState(lunch, 3, ALICE.userId), "read");
  assert.equal(receiptState(lunch, 5, ALICE.userId), "sent");
});

test("who is deactivated is listed as such, and counted nowhere", () => {
  const { conversations, context } = aliceSees([shape({ people: [ALICE, BOB, CAROL], title: "Lunch" })]);
  conversations.receive(person(CAROL, { isActive: false, version: 1 }));
  const lunch = conversations.get(12);
  const { count, people } = groupOf(lunch, context);
  assert.equal(count, 2);
  assert.deepEqual(people.map(({ isActive }) => isActive), [true, true, false]);
  context.presences.receive({ senderId: BOB.userId, presenceStatus: "online", sequence: 1 });
  assert.equal(headerOf(lunch, context).presence, "Online");
  conversations.receive(person(BOB, { isActive: false, version: 2 }));
  assert.equal(headerOf(lunch, context).presence, "Only you");
});

test("instead of when they were last seen, it is said that the other one is deactivated", () => {
  const { conversations, context } = aliceSees([shape()]);
  context.presences.receive({ senderId: BOB.userId, presenceStatus: "online", sequence: 1 });
  conversations.receive(person(BOB, { isActive: false, version: 1 }));
  const header = headerOf(conversations.get(12), context);
  assert.equal(header.presence, say("deactivated"));
  assert.equal(header.dot, null);
  assert.equal(header.title, BOB.name);
});
