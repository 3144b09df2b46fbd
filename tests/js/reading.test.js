import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpened } from "../../conversations/static/conversations/opened_state.js";
import { createReading } from "../../conversations/static/conversations/reading.js";
import { MOMENT } from "../../conversations/static/conversations/sight_state.js";
import { ALICE, aliceSees, handClock, message, openLine, shape } from "./support.js";

const SOON = 200;

/** Alice before a conversation of `count` messages of Bob's, of which she has read `read`. */
function aliceReads({ count = 40, read = 5 } = {}) {
  const { conversations } = aliceSees([shape({ sequence: count, readSequence: read })]);
  const messages = Array.from({ length: count }, (_, index) => message(count - index));
  conversations.addHistory(12, { messages, hasMore: false, hasNewer: false });
  const clock = handClock();
  const line = openLine();
  const marks = openLine();
  const opened = createOpened();
  const her = { isAttentive: true, complaints: 0 };
  const history = { newest: async () => {}, at: async () => {} };
  const reading = createReading({
    ...{ userId: ALICE.userId, conversations, opened, history, clock, send: line.send, sendMark: marks.send, draw() {} },
    isAttentive: () => her.isAttentive,
    complain: () => (her.complaints += 1),
    complainElsewhere: () => (her.complaints += 1),
  });
  reading.open(12);
  const shows = (first, last) => reading.actions.inSight({ conversationId: 12, first, last });
  const shown = () => reading.shown(conversations.get(12));
  const told = () => marks.take().map(({ type, messageId }) => [type, messageId - 1000]);
  /** The mark comes back from the server, as it does to each of her devices. */
  const hears = (type, sequence, rest = {}) =>
    conversations.receive({ type, conversationId: 12, senderId: ALICE.userId, sequence, ...rest });
  return { clock, conversations, her, hears, line, opened, reading, shown, shows, told };
}

test("what was seen is told, and counts lead up and down", async () => {
  const { clock, hears, reading, shown, shows, told } = aliceReads();
  shows(4, 15);
  assert.deepEqual([shown().above, shown().below], [0, 25]);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told(), [["read", 15], ["delivered", 40]]);
  hears("read", 15);
  shows(30, 40);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told(), []);
  assert.deepEqual([shown().above, shown().below], [25, 0]);
  reading.actions.markAllRead();
  clock.pass(SOON);
  assert.deepEqual(told(), [["read", 40]]);
});

test("the way up ends at the first message that is not read", async () => {
  const { clock, opened, reading, shows } = aliceReads();
  shows(4, 15);
  clock.pass(MOMENT);
  shows(30, 40);
  await reading.actions.toFirstUnread();
  assert.deepEqual(opened.target, { messageId: 1016, turn: 1 });
  await reading.actions.toNewest();
  assert.equal(opened.focus, null);
});

test("what comes while she looks away is set apart, and pushed out of view by nothing", () => {
  const { clock, conversations, hears, her, opened, reading, shown, shows } = aliceReads({ read: 40 });
  shows(28, 40);
  clock.pass(MOMENT);
  her.isAttentive = false;
  for (const sequence of [41, 42]) {
    conversations.receive(message(sequence));
    reading.arrived(conversations.get(12), {});
  }
  assert.equal(opened.unreadFrom, 41);
  shows(30, 42);
  assert.equal(shown().unseenFrom, 41);
  her.isAttentive = true;
  reading.attention();
  assert.equal(shown().unseenFrom, 43, "she sees them now");
  clock.pass(MOMENT);
  hears("read", 42);
  assert.equal(shown().unread, 0);
});

test("what she marks as unread, here or on another device, is not read again by being in sight", () => {
  const { clock, hears, line, opened, reading, shown, shows, told } = aliceReads({ read: 40 });
  shows(28, 40);
  clock.pass(MOMENT + SOON);
  told();
  reading.actions.markUnread(1030);
  assert.deepEqual(line.take(), [{ type: "unread", conversationId: 12, messageId: 1030 }]);
  hears("unread", 30, { timestamp: "2030-01-15T12:00:00.000Z" });
  assert.equal(shown().unread, 11);
  assert.equal(opened.unreadFrom, 30);
  shows(27, 39);
  reading.soon();
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told().filter(([type]) => type === "read"), []);
  reading.open(12);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told().filter(([type]) => type === "read"), [["read", 39]]);
});

test("what is marked as unread stays so when the page begins there, until she opens it", () => {
  const { clock, hears, reading, shows, told } = aliceReads({ read: 40 });
  hears("unread", 30, { timestamp: "2030-01-15T12:00:00.000Z" });
  reading.start(12);
  shows(28, 40);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told().filter(([type]) => type === "read"), []);
  reading.open(12);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told().filter(([type]) => type === "read"), [["read", 40]]);
});

test("without such a mark, what is in sight as the page begins is read", () => {
  const { clock, reading, shows, told } = aliceReads();
  reading.start(12);
  shows(4, 15);
  clock.pass(MOMENT + SOON);
  assert.deepEqual(told().filter(([type]) => type === "read"), [["read", 15]]);
});

test("what can't be told is said", () => {
  const { her, line, reading } = aliceReads();
  line.isOpen = false;
  reading.actions.markUnread(1030);
  reading.actions.markLastUnread(12);
  assert.equal(her.complaints, 2);
});

test("what somebody else said last can be marked as unread from the list", () => {
  const { line, reading } = aliceReads({ read: 40 });
  reading.actions.markLastUnread(12);
  assert.deepEqual(line.take(), [{ type: "unread", conversationId: 12 }]);
});
