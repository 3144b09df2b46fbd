import assert from "node:assert/strict";
import { test } from "node:test";

import { MOMENT, createSight } from "../../conversations/static/conversations/sight_state.js";
import { ALICE, BOB, aliceSees, handClock, message, shape } from "./support.js";

/** Alice before a conversation of 40 messages of Bob's, of which she has read five; `own` are hers. */
function aliceLooks({ own = [] } = {}) {
  const { conversations } = aliceSees([shape({ readSequence: 5 })]);
  for (let sequence = 1; sequence <= 40; sequence += 1) {
    const from = own.includes(sequence) ? ALICE : BOB;
    conversations.addHistory(12, { messages: [message(sequence, { from })], hasMore: true });
  }
  const clock = handClock();
  const her = { isAttentive: true };
  const sight = createSight({ userId: ALICE.userId, clock, isAttentive: () => her.isAttentive, onSeen() {} });
  const shows = (first, last, conversationId = 12) => sight.shows({ conversationId, first, last });
  const readUpTo = () => sight.upTo(conversations.get(12), 5);
  return { clock, conversations, her, sight, shows, readUpTo };
}

test("what is in sight for a moment is read", () => {
  const { clock, shows, readUpTo } = aliceLooks();
  shows(4, 20);
  clock.pass(MOMENT - 1);
  assert.equal(readUpTo(), 5);
  clock.pass(1);
  assert.equal(readUpTo(), 20);
});

test("what passes by while one scrolls is read, a moment after it came in sight", () => {
  const { clock, shows, readUpTo } = aliceLooks();
  shows(4, 20);
  clock.pass(MOMENT / 2);
  for (let first = 5; first <= 15; first += 1) shows(first, first + 16);
  clock.pass(MOMENT / 2);
  assert.equal(readUpTo(), 20);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 31);
});

test("a jump to the newest reads nothing of what lies between, until one reads it too", () => {
  const { clock, shows, readUpTo } = aliceLooks();
  shows(4, 20);
  clock.pass(MOMENT);
  shows(30, 40);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 20);
  shows(22, 33);
  shows(15, 26);
  clock.pass(2 * MOMENT);
  assert.equal(readUpTo(), 40, "upwards counts like downwards");
});

test("a glance that is shorter than a moment reads nothing", () => {
  const { clock, shows, readUpTo } = aliceLooks();
  shows(6, 10);
  shows(30, 40);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 5);
});

test("nothing is read while she looks away, and what is before her is once she is back", () => {
  const { clock, her, sight, shows, readUpTo } = aliceLooks();
  her.isAttentive = false;
  shows(4, 20);
  clock.pass(10 * MOMENT);
  assert.equal(readUpTo(), 5);
  her.isAttentive = true;
  sight.attention();
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 20);
});

test("who turns away within the moment has not read it", () => {
  const { clock, her, sight, shows, readUpTo } = aliceLooks();
  shows(4, 20);
  clock.pass(MOMENT / 2);
  her.isAttentive = false;
  sight.attention();
  her.isAttentive = true;
  sight.attention();
  clock.pass(MOMENT - 1);
  assert.equal(readUpTo(), 5);
  clock.pass(1);
  assert.equal(readUpTo(), 20);
});

test("who falls idle, of which nothing tells, has not read what comes then", () => {
  const { clock, her, shows, readUpTo } = aliceLooks();
  shows(4, 10);
  clock.pass(MOMENT);
  her.isAttentive = false;
  shows(4, 20);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 10);
});

test("another conversation begins anew, and what was seen of the former one is kept", () => {
  const { clock, shows, readUpTo } = aliceLooks();
  shows(4, 10);
  clock.pass(MOMENT / 2);
  shows(11, 20, 13);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 5);
  shows(4, 10);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 10);
});

test("her own messages need not be seen", () => {
  const { clock, shows, readUpTo } = aliceLooks({ own: [6, 7, 11, 12] });
  assert.equal(readUpTo(), 7);
  shows(8, 10);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 12);
});

test("she can say that all is read", () => {
  const { conversations, sight, readUpTo } = aliceLooks();
  sight.markAll({ ...conversations.get(12), sequence: 40 });
  assert.equal(readUpTo(), 40);
});

test("what she marks as unread is not read by being in sight, until she opens the conversation again", () => {
  const { clock, sight, shows, readUpTo } = aliceLooks();
  shows(4, 20);
  clock.pass(MOMENT);
  shows(10, 26);
  sight.forget(12, 15);
  clock.pass(MOMENT);
  shows(11, 27);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 14);
  sight.opened(12);
  clock.pass(MOMENT);
  assert.equal(readUpTo(), 27);
});

test("what is in sight is told of the conversation that it is of, and news once", () => {
  const { sight, shows } = aliceLooks();
  assert.equal(shows(4, 20), true);
  assert.equal(shows(4, 20), false);
  assert.deepEqual([sight.rangeOf(12).last, sight.rangeOf(13)], [20, null]);
  assert.equal(sight.shows(null), true);
  assert.equal(sight.rangeOf(12), null);
});
