import assert from "node:assert/strict";
import { test } from "node:test";

import { createMarks } from "../../conversations/static/conversations/marks.js";
import { ALICE, aliceSees, handClock, message, openLine, shape } from "./support.js";

/** `isSeen()` says whether Alice looks at the newest message held. */
function aliceMarks({ isSeen }) {
  const { conversations } = aliceSees([shape()]);
  const clock = handClock();
  const line = openLine();
  const readUpTo = ({ held, readSequence }) => (isSeen() ? held : readSequence);
  const marks = createMarks({ userId: ALICE.userId, conversations, send: line.send, clock, readUpTo });
  const take = () => {
    marks.soon();
    clock.pass(200);
    return line.take().map(({ type, messageId }) => [type, messageId]);
  };
  return { conversations, line, marks, take };
}

test("what arrives is delivered, what is seen is read, and a burst is one mark", () => {
  const looking = { isSeen: false };
  const { conversations, take } = aliceMarks({ isSeen: () => looking.isSeen });
  for (const sequence of [1, 2, 3]) conversations.receive(message(sequence));
  assert.deepEqual(take(), [["delivered", 1003]]);
  assert.deepEqual(take(), []);
  looking.isSeen = true;
  assert.deepEqual(take(), [["read", 1003]]);
});

test("nothing is marked beyond a gap, of one's own, or twice", () => {
  const { conversations, take } = aliceMarks({ isSeen: () => true });
  conversations.receive(message(2));
  assert.deepEqual(take(), []);
  conversations.receive(message(1));
  assert.deepEqual(take(), [["read", 1002]]);
  assert.deepEqual(take(), []);
  conversations.receive({ type: "read", conversationId: 12, senderId: ALICE.userId, sequence: 2 });
  for (const sequence of [3, 4]) conversations.receive(message(sequence, { from: ALICE }));
  assert.deepEqual(take(), []);
  conversations.receive(message(5));
  assert.deepEqual(take(), [["read", 1005]]);
});

test("what one sends does not mark what came before it as read", () => {
  const { conversations, take } = aliceMarks({ isSeen: () => false });
  conversations.receive(message(1));
  conversations.receive(message(2, { from: ALICE }));
  assert.deepEqual(take(), [["delivered", 1002]]);
});

test("what was seen is read, and what came after it is delivered", () => {
  const { conversations } = aliceSees([shape()]);
  const clock = handClock();
  const line = openLine();
  const marks = createMarks({ userId: ALICE.userId, conversations, send: line.send, clock, readUpTo: () => 2 });
  for (const sequence of [1, 2, 3]) conversations.receive(message(sequence));
  marks.soon();
  clock.pass(200);
  assert.deepEqual(line.take().map(({ type, messageId }) => [type, messageId]), [["read", 1002], ["delivered", 1003]]);
});

test("the newest message can be marked as read before it is loaded", () => {
  const { conversations } = aliceSees([shape({ sequence: 9 })]);
  const clock = handClock();
  const line = openLine();
  const marks = createMarks({ userId: ALICE.userId, conversations, send: line.send, clock, readUpTo: () => 9 });
  marks.soon();
  clock.pass(200);
  assert.deepEqual(line.take().map(({ type, messageId }) => [type, messageId]), [["read", 1009]]);
});

test("what could not be sent, or may be lost, is sent on the next connection", () => {
  const { conversations, line, marks, take } = aliceMarks({ isSeen: () => true });
  line.isOpen = false;
  conversations.receive(message(1));
  assert.deepEqual(take(), []);
  line.isOpen = true;
  assert.deepEqual(take(), [["read", 1001]]);
  marks.reconnected();
  assert.deepEqual(take(), [["read", 1001]]);
});
