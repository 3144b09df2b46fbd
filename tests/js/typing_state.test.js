import assert from "node:assert/strict";
import { test } from "node:test";

import {
  createOthersTyping,
  createOwnTyping,
  createOwnUploading,
  typingText,
} from "../../conversations/static/conversations/typing_state.js";
import { ALICE, BOB, handClock, message, openLine, say } from "./support.js";

const STARTS = { type: "typing", conversationId: 12, isTyping: true };
const STOPS = { type: "typing", conversationId: 12, isTyping: false };

function aliceWrites() {
  const clock = handClock();
  const line = openLine();
  return { clock, line, typing: createOwnTyping({ send: line.send, clock, typingTimeout: 5 }) };
}

test("writing is told at once, and again at most every three seconds", () => {
  const { clock, line, typing } = aliceWrites();
  for (let key = 0; key < 40; key += 1) {
    typing.wrote(12, "hello");
    clock.pass(100);
  }
  assert.deepEqual(line.take(), [STARTS, STARTS]);
});

test("in a conversation that is too large, or grew so, nothing is told", () => {
  const line = openLine();
  let isCapped = false;
  const typing = createOwnTyping({ send: line.send, clock: handClock(), typingTimeout: 5, isCapped: () => isCapped });
  typing.wrote(12, "h");
  isCapped = true;
  typing.wrote(12, "he");
  typing.wrote(12, "hel");
  assert.deepEqual(line.take(), [STARTS, STOPS]);
});

test("an emptied composer ends it", () => {
  const { line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.wrote(12, "  ");
  typing.wrote(12, "");
  assert.deepEqual(line.take(), [STARTS, STOPS]);
});

test("silence ends it", () => {
  const { clock, line, typing } = aliceWrites();
  typing.wrote(12, "h");
  clock.pass(5_000);
  assert.deepEqual(line.take(), [STARTS, STOPS]);
});

test("looking away for long ends it, for a moment does not", () => {
  const { clock, line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.blurred();
  clock.pass(1_000);
  typing.focused();
  clock.pass(3_000);
  assert.deepEqual(line.take(), [STARTS]);
  typing.wrote(12, "he");
  typing.blurred();
  clock.pass(3_000);
  assert.deepEqual(line.take(), [STARTS, STOPS]);
});

test("the message itself ends it, without a word", () => {
  const { clock, line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.sent();
  clock.pass(60_000);
  assert.deepEqual(line.take(), [STARTS]);
});

test("after a message the next key is told at once", () => {
  const { line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.sent();
  typing.wrote(12, "n");
  assert.deepEqual(line.take(), [STARTS, STARTS]);
});

test("writing elsewhere ends it where it was", () => {
  const { line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.wrote(13, "h");
  assert.deepEqual(line.take(), [STARTS, STOPS, { ...STARTS, conversationId: 13 }]);
});

test("a new connection is told anew", () => {
  const { line, typing } = aliceWrites();
  typing.wrote(12, "h");
  typing.reconnected();
  typing.wrote(12, "he");
  assert.deepEqual(line.take(), [STARTS, STARTS]);
});

const namesIn = (typing, conversationId) => typing.people(conversationId).map(({ name }) => name);

function aliceWatches() {
  const clock = handClock();
  const changes = [];
  const typing = createOthersTyping({ clock, onChange: (conversationId) => changes.push(conversationId) });
  return { clock, changes, typing };
}

const UPLOADS = { ...STARTS, activity: "upload" };

function aliceUploads() {
  const { clock, line, typing } = aliceWrites();
  const capped = new Set();
  const isCapped = (conversationId) => capped.has(conversationId);
  const uploading = createOwnUploading({ send: line.send, clock, ownTyping: typing, isCapped });
  return { clock, line, typing, uploading, capped };
}

test("an upload is told of for as long as it takes, once it takes a moment", () => {
  const { clock, line, uploading } = aliceUploads();
  uploading.became(12, true);
  clock.pass(499);
  assert.deepEqual(line.take(), []);
  uploading.became(12, true);
  clock.pass(1);
  assert.deepEqual(line.take(), [UPLOADS]);
  clock.pass(6_000);
  assert.deepEqual(line.take(), [UPLOADS, UPLOADS]);
  uploading.became(12, false);
  clock.pass(60_000);
  assert.deepEqual(line.take(), [STOPS]);
});

test("a quick upload is not told of, and neither is one in a conversation that is too large", () => {
  const { clock, line, uploading, capped } = aliceUploads();
  capped.add(13);
  uploading.became(12, true);
  uploading.became(13, true);
  clock.pass(400);
  uploading.became(12, false);
  clock.pass(4_000);
  uploading.became(13, false);
  assert.deepEqual(line.take(), []);
});

test("whoever types while a file is on its way is typing, there alone, and sends the file after that", () => {
  const { clock, line, typing, uploading } = aliceUploads();
  uploading.became(12, true);
  uploading.became(13, true);
  typing.wrote(12, "h");
  clock.pass(500);
  assert.deepEqual(line.take(), [STARTS, { ...UPLOADS, conversationId: 13 }]);
  typing.wrote(12, "");
  clock.pass(3_000);
  assert.deepEqual(line.take(), [STOPS, UPLOADS, { ...UPLOADS, conversationId: 13 }]);
  typing.wrote(12, "h");
  uploading.became(12, false);
  assert.deepEqual(line.take(), [STARTS]);
});

const types = (person, isTyping = true) => ({
  ...STARTS,
  isTyping,
  senderId: person.userId,
  senderName: person.name,
});

test("an indicator appears and goes with the events", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  assert.deepEqual(namesIn(typing, 12), ["Bob Okafor"]);
  assert.deepEqual(namesIn(typing, 13), []);
  typing.receive(types(BOB, false));
  assert.deepEqual(namesIn(typing, 12), []);
});

test("an indicator of which nothing more is heard is dropped after 15 seconds", () => {
  const { clock, changes, typing } = aliceWatches();
  typing.receive(types(BOB));
  clock.pass(10_000);
  typing.receive(types(BOB));
  clock.pass(14_999);
  assert.deepEqual(namesIn(typing, 12), ["Bob Okafor"]);
  clock.pass(1);
  assert.deepEqual(namesIn(typing, 12), []);
  assert.deepEqual(changes, [12, 12, 12]);
});

test("a message ends its sender's indicator and nobody else's", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  typing.receive(types(ALICE));
  typing.receive(message(1, { from: BOB }));
  assert.deepEqual(namesIn(typing, 12), ["Alice Moreau"]);
});

test("a new connection starts with nobody typing", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  typing.reset();
  assert.deepEqual(namesIn(typing, 12), []);
});

const doing = (activity, ...names) => names.map((name) => ({ name, activity }));
const SENTENCES = [
  [[], ""],
  [doing("text", "Alice"), "Alice is typing…"],
  [doing("text", "Alice", "Bob"), "Alice and Bob are typing…"],
  [doing("text", "Alice", "Bob", "Carol"), "Several people are typing…"],
  [doing("upload", "Alice"), "Alice is sending a file…"],
  [doing("audio", "Alice", "Bob"), "Alice and Bob are recording voice messages…"],
  [doing("upload", "Alice", "Bob", "Carol"), "Several people are sending files…"],
  [[...doing("upload", "Alice"), ...doing("text", "Bob")], "Bob is typing… Alice is sending a file…"],
  [doing("of a later release", "Alice"), "Alice is typing…"],
];
for (const [people, text] of SENTENCES) {
  test(`what ${people.length} people do: "${text}"`, () => assert.equal(typingText(people, say), text));
}

test("what somebody does is as they said last", () => {
  const { typing } = aliceWatches();
  typing.receive({ ...types(BOB), activity: "upload" });
  assert.deepEqual(typing.people(12), [{ name: "Bob Okafor", activity: "upload" }]);
  typing.receive(types(BOB));
  assert.deepEqual(typing.people(12), [{ name: "Bob Okafor", activity: "text" }]);
});
