import assert from "node:assert/strict";
import { test } from "node:test";

import { avatarOf, excerptOf, headerOf, rowOf } from "../../conversations/static/conversations/model.js";
import { ALICE, BOB, CAROL, aliceSees, message, say, shape } from "./support.js";

const AVATARS = [
  ["Alice Moreau", "AM"],
  ["alice", "A"],
  ["Ana María de la Cruz", "AC"],
  ["🦊 Fox", "🦊F"],
  ["", "?"],
];
for (const [name, initials] of AVATARS) {
  test(`"${name}" is shown as ${initials}`, () => assert.equal(avatarOf(name, 1).initials, initials));
}

test("a person keeps their colour whatever they are called", () => {
  assert.equal(avatarOf("Bob", 10).color, avatarOf("Robert", 10).color);
});

test("a row shows the other one, the last message, and how many are unread", () => {
  const { conversations, context } = aliceSees([shape({ sequence: 3, readSequence: 1 })]);
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.title, "Bob Okafor");
  assert.equal(row.preview, "message 3");
  assert.equal(row.unread, 2);
  assert.equal(row.isOpen, true);
  assert.equal(row.dot, null, "nothing is known of Bob yet");
});

test("what is read, and no other row, can be marked as unread", () => {
  const read = { sequence: 3, readSequence: 3 };
  const list = [shape(read), shape({ conversationId: 13, sequence: 3 }), shape({ conversationId: 14 })];
  const { conversations, context } = aliceSees(list);
  const mayMark = (id) => rowOf(conversations.get(id), context).canMarkUnread;
  assert.deepEqual([12, 13, 14].map(mayMark), [true, false, false]);
});

test("while somebody is typing the row says so", () => {
  const { conversations, context, typing } = aliceSees([shape({ sequence: 1 })]);
  typing.receive({ type: "typing", conversationId: 12, senderId: 2, senderName: "Bob", isTyping: true });
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.preview, "Bob is typing…");
  assert.equal(row.isTyping, true);
});

test("a group says who spoke, and has no dot of one person", () => {
  const { conversations, context } = aliceSees([shape({ people: [ALICE, BOB, CAROL], sequence: 1, title: "Lunch" })]);
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.title, "Lunch");
  assert.equal(row.preview, "Bob Okafor: message 1");
  assert.equal(row.dot, null);
});

test("the header counts who is there among several", () => {
  const { conversations, context, presences } = aliceSees([shape({ people: [ALICE, BOB, CAROL] })]);
  presences.receive({ senderId: BOB.userId, presenceStatus: "away", sequence: 1 });
  assert.equal(headerOf(conversations.get(12), context).presence, "3 people", "of Carol nothing is known yet");
  presences.receive({ senderId: CAROL.userId, presenceStatus: "offline", sequence: 1 });
  const header = headerOf(conversations.get(12), context);
  assert.equal(header.title, "\u2068Bob Okafor\u2069, \u2068Carol Lindqvist\u2069", "each runs by itself");
  assert.equal(header.presence, "1 of 2 online");
});

const EXCERPTS = [
  [{ content: "one\n\n two" }, "one two"],
  [{ content: "see https://example.com/\u202egpj.exe" }, "see https://example.com/%E2%80%AEgpj.exe"],
  [{ content: `${"a".repeat(100)} https://example.com/\u202egpj.exe` }, `${"a".repeat(100)} https://example.com`],
  [{ content: `${" a".repeat(50)} https://pаypal.com/` }, `${" a".repeat(50)} https://xn--pypal-4`],
  [{ content: "👍".repeat(500) }, "👍".repeat(120)],
  [{ content: "", isDeleted: true }, "Deleted message"],
  [{ content: "", mediaUrl: "/media/1/", messageType: "image", mediaName: "a.png" }, "Photo"],
  [{ content: "", mediaUrl: "/media/1/", messageType: "audio" }, "Audio"],
  [{ content: "", mediaUrl: "/media/1/", messageType: "video" }, "Video"],
  [{ content: "", mediaUrl: "/media/1/", messageType: "file", mediaName: "a.pdf" }, "a.pdf"],
  [{ content: "look", mediaUrl: "/media/1/", messageType: "image" }, "look"],
];
for (const [event, excerpt] of EXCERPTS) {
  test(`a message in one line: "${excerpt}"`, () => assert.equal(excerptOf(event, say), excerpt));
}

test("a row says what became of the last message", () => {
  const { conversations, context } = aliceSees([shape({ sequence: 1 })]);
  const preview = () => rowOf(conversations.get(12), context).preview;
  conversations.receive(message(2, { from: ALICE, content: "", mediaUrl: "/media/1/", messageType: "image" }));
  assert.equal(preview(), "You: Photo");
  conversations.receive(message(2, { from: ALICE, content: "", isDeleted: true, revision: 1 }));
  assert.equal(preview(), "You: Deleted message");
});

test("of a large conversation nothing certain is said but what was just asked", () => {
  const capped = { ...shape({ people: [ALICE, BOB, CAROL] }), presenceCapped: true, typingCapped: true };
  const { conversations, context, presences, typing } = aliceSees([capped]);
  presences.receive({ senderId: BOB.userId, presenceStatus: "away", sequence: 1 });
  typing.receive({ type: "typing", conversationId: 12, senderId: 2, senderName: "Bob", isTyping: true });
  const line = (seen) => headerOf(conversations.get(12), { ...context, glimpse: { of: () => seen } }).presence;
  assert.equal(line(null), "3 people");
  assert.equal(line({ count: 2, online: 1, only: null }), "3 people, 1 online");
  assert.equal(line({ count: 1, online: 1, only: null }), "3 people, at least 1 online");
  assert.equal(headerOf(conversations.get(12), { ...context, glimpse: { of: () => null } }).typing, "");
  assert.equal(rowOf(conversations.get(12), context).isTyping, false);
});

test("nor of two people where even they are too many", () => {
  const { conversations, context } = aliceSees([{ ...shape(), presenceCapped: true }]);
  const line = (seen) => headerOf(conversations.get(12), { ...context, glimpse: { of: () => seen } }).presence;
  assert.equal(line(null), "Presence unknown");
  assert.equal(line({ count: 1, online: 1, only: { presenceStatus: "busy" } }), "Busy");
  assert.equal(rowOf(conversations.get(12), context).dot, null);
});

test("a row tells how far one's own last message has come", () => {
  const { conversations, context } = aliceSees([shape({ sequence: 1 })]);
  const tick = () => rowOf(conversations.get(12), context).tick;
  assert.equal(tick(), null, "the last one is Bob's");
  conversations.receive(message(2, { from: ALICE }));
  assert.equal(tick(), "sent");
  conversations.receive({ type: "read", conversationId: 12, senderId: BOB.userId, sequence: 2 });
  assert.equal(tick(), "read");
  const partly = { ...conversations.get(12), isPartial: true };
  assert.equal(rowOf(partly, context).tick, null, "nobody knows what those have who are not loaded");
  conversations.receive(message(2, { from: ALICE, content: "", isDeleted: true, revision: 1 }));
  assert.equal(tick(), null, "it is deleted");
});

test("while the line is down it is said until when it was known who is there", () => {
  const { conversations, context, presences } = aliceSees([shape(), shape({ conversationId: 13, people: [ALICE, BOB, CAROL] })]);
  const header = (id, more) => headerOf(conversations.get(id), { ...context, ...more });
  const down = { knownUntil: new Date(2030, 0, 15, 14, 5).getTime() };
  assert.equal(header(13, down).presence, "3 people", "who is in it does not depend on the line");
  for (const person of [BOB, CAROL]) presences.receive({ senderId: person.userId, presenceStatus: "online", sequence: 1 });
  assert.match(header(12, down).presence, /^Online · as of 2:05\sPM$/);
  assert.match(header(13, down).presence, /^2 of 2 online · as of 2:05\sPM$/);
  assert.equal(header(12).dot.isStale, false);
  const { dot } = rowOf(conversations.get(12), { ...context, ...down });
  assert.equal(dot.isStale, true);
  assert.match(dot.label, /^Online · as of/);
});

test("a row shows what waits to be sent, and what could not be", () => {
  const { conversations, context } = aliceSees([shape({ sequence: 1 })]);
  const row = (own) => rowOf(conversations.get(12), { ...context, waiting: new Map([[12, own]]) });
  assert.equal(row({ content: "Are you there?" }).preview, "You: Are you there?");
  assert.equal(row({ content: "Are you there?" }).tick, "pending");
  assert.equal(row({ content: "", mediaUrl: "/media/1/", messageType: "image", failed: "Too large." }).preview, "You: Photo");
  assert.equal(row({ content: "Are you there?", failed: "Too large." }).tick, "failed");
});
