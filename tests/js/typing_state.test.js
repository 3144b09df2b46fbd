import assert from "node:assert/strict";
import { test } from "node:test";

import {
  createOthersTyping,
  createOwnTyping,
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

function aliceWatches() {
  const clock = handClock();
  const changes = [];
  const typing = createOthersTyping({ clock, onChange: (conversationId) => changes.push(conversationId) });
  return { clock, changes, typing };
}

const types = (person, isTyping = true) => ({
  ...STARTS,
  isTyping,
  senderId: person.userId,
  senderName: person.name,
});

test("an indicator appears and goes with the events", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  assert.deepEqual(typing.names(12), ["Bob Okafor"]);
  assert.deepEqual(typing.names(13), []);
  typing.receive(types(BOB, false));
  assert.deepEqual(typing.names(12), []);
});

test("an indicator of which nothing more is heard is dropped after 15 seconds", () => {
  const { clock, changes, typing } = aliceWatches();
  typing.receive(types(BOB));
  clock.pass(10_000);
  typing.receive(types(BOB));
  clock.pass(14_999);
  assert.deepEqual(typing.names(12), ["Bob Okafor"]);
  clock.pass(1);
  assert.deepEqual(typing.names(12), []);
  assert.deepEqual(changes, [12, 12, 12]);
});

test("a message ends its sender's indicator and nobody else's", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  typing.receive(types(ALICE));
  typing.receive(message(1, { from: BOB }));
  assert.deepEqual(typing.names(12), ["Alice Moreau"]);
});

test("a new connection starts with nobody typing", () => {
  const { typing } = aliceWatches();
  typing.receive(types(BOB));
  typing.reset();
  assert.deepEqual(typing.names(12), []);
});

const LADDER = [
  [[], ""],
  [["Alice"], "Alice is typing…"],
  [["Alice", "Bob"], "Alice and Bob are typing…"],
  [["Alice", "Bob", "Carol"], "Several people are typing…"],
];
for (const [names, text] of LADDER) {
  test(`${names.length} typing: "${text}"`, () => assert.equal(typingText(names, say), text));
}
