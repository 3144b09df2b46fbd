import assert from "node:assert/strict";
import { test } from "node:test";

import {
  createGlimpse,
  createIdle,
  createPresences,
  lastSeenDisplay,
} from "../../conversations/static/conversations/presence_state.js";
import { BOB, CAROL, handClock, openLine, say } from "./support.js";

const SEEN = "2030-01-15T11:55:00.000Z";
const bobIs = (presenceStatus, sequence) => ({
  type: "presence",
  senderId: BOB.userId,
  presenceStatus,
  sequence,
  timestamp: SEEN,
});

test("an event that is not newer than the last is ignored", () => {
  const presences = createPresences();
  assert.equal(presences.receive(bobIs("online", 7)), true);
  assert.equal(presences.receive(bobIs("offline", 6)), false);
  assert.equal(presences.receive(bobIs("busy", 7)), false);
  assert.equal(presences.statusOf(BOB.userId), "online");
  assert.equal(presences.receive(bobIs("busy", 8)), true);
  assert.equal(presences.statusOf(BOB.userId), "busy");
});

test("what the person chose holds before it is counted, and so does what they choose next", () => {
  const presences = createPresences();
  presences.receive(bobIs("online", 7));
  assert.equal(presences.receive({ ...bobIs("offline", 7), chosenStatus: "offline" }), true);
  assert.equal(presences.receive(bobIs("online", 7)), false);
  assert.equal(presences.statusOf(BOB.userId), "offline");
  assert.equal(presences.receive({ ...bobIs("online", 7), chosenStatus: "online" }), true);
  assert.equal(presences.receive({ ...bobIs("busy", 6), chosenStatus: "busy" }), false);
  assert.equal(presences.statusOf(BOB.userId), "online");
});

test("of who was never heard of nothing is known", () => {
  assert.equal(createPresences().statusOf(CAROL.userId), "unknown");
});

test("whom a new ready does not name is asked about, and whom it names is not", () => {
  const presences = createPresences();
  presences.receive(bobIs("online", 7));
  presences.ready();
  assert.deepEqual(presences.unknown([BOB.userId, CAROL.userId]), [BOB.userId, CAROL.userId]);
  presences.receive(bobIs("online", 7));
  assert.deepEqual(presences.unknown([BOB.userId, CAROL.userId]), [CAROL.userId]);
});

test("an answer settles who went while nobody listened", () => {
  const presences = createPresences();
  presences.receive(bobIs("online", 7));
  presences.ready();
  presences.answered([BOB.userId, CAROL.userId], [bobIs("offline")]);
  assert.equal(presences.statusOf(BOB.userId), "offline");
  assert.equal(presences.lastSeenOf(BOB.userId), SEEN);
  assert.deepEqual(presences.unknown([BOB.userId, CAROL.userId]), []);
});

test("an event that came while the answer was on its way wins", () => {
  const presences = createPresences();
  presences.receive(bobIs("online", 7));
  presences.ready();
  presences.receive(bobIs("busy", 8));
  presences.answered([BOB.userId], [bobIs("offline")]);
  assert.equal(presences.statusOf(BOB.userId), "busy");
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DISPLAYS = [
  ["online", DAY, "Online"],
  ["away", DAY, "Away"],
  ["busy", DAY, "Busy"],
  ["offline", 59 * SECOND, "last seen just now"],
  ["offline", MINUTE, "last seen 1m ago"],
  ["offline", 59 * MINUTE + 59 * SECOND, "last seen 59m ago"],
  ["offline", HOUR, "last seen 1h ago"],
  ["offline", DAY - 1, "last seen 23h ago"],
  ["offline", DAY, "last seen 1d ago"],
  ["offline", 7 * DAY - 1, "last seen 6d ago"],
  ["offline", 7 * DAY, "last seen over a week ago"],
];
for (const [status, elapsed, text] of DISPLAYS) {
  test(`${status}, seen ${elapsed / SECOND} s ago: "${text}"`, () => {
    assert.equal(lastSeenDisplay({ status, lastSeen: SEEN, now: Date.parse(SEEN) + elapsed, say }), text);
  });
}

test("offline, never seen: nothing is made up", () => {
  assert.equal(lastSeenDisplay({ status: "offline", now: 0, say }), "Offline");
});

test("what was asked about a large conversation is true for a moment, and asked again", () => {
  const clock = handClock();
  const glimpse = createGlimpse({ clock });
  assert.equal(glimpse.isDue(12), true);
  glimpse.asking(12);
  assert.equal(glimpse.isDue(12), false);
  assert.equal(glimpse.of(12), null);
  glimpse.answered(12, [BOB.userId, CAROL.userId], [bobIs("away")]);
  assert.deepEqual(glimpse.of(12), { count: 2, online: 1, only: null });
  assert.equal(glimpse.of(13), null);
  clock.pass(15 * SECOND);
  assert.equal(glimpse.isDue(12), true);
  clock.pass(30 * SECOND);
  assert.equal(glimpse.of(12), null);
});

test("an answer about a conversation that was left meanwhile is not of the next one", () => {
  const glimpse = createGlimpse({ clock: handClock() });
  glimpse.asking(12);
  glimpse.asking(13);
  glimpse.answered(12, [BOB.userId], [bobIs("online")]);
  assert.equal(glimpse.of(12), null);
  glimpse.answered(13, [BOB.userId], [bobIs("online")]);
  glimpse.forget();
  assert.equal(glimpse.of(13), null);
});

const IDLE = { type: "presence", isIdle: true };
const IN_USE = { type: "presence", isIdle: false };

function aliceAtHerDesk() {
  const clock = handClock();
  const line = openLine();
  const idle = createIdle({ send: line.send, clock, isHidden: false });
  idle.ready();
  return { clock, line, idle };
}

test("five minutes untouched is idle, and a touch ends it", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  clock.pass(4 * MINUTE);
  idle.touched();
  clock.pass(5 * MINUTE - 1);
  assert.deepEqual(line.take(), []);
  clock.pass(1);
  assert.deepEqual(line.take(), [IDLE]);
  idle.touched();
  assert.deepEqual(line.take(), [IN_USE]);
});

test("a glance at another tab, and leaving the page, say nothing", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  idle.visibility(true);
  clock.pass(MINUTE - 1);
  idle.visibility(false);
  assert.deepEqual(line.take(), []);
  clock.pass(4 * MINUTE);
  assert.deepEqual(line.take(), [], "and it counts as a touch");
});

test("a page that is hidden for a minute is idle, and is in use again once it is seen", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  idle.visibility(true);
  clock.pass(MINUTE);
  assert.deepEqual(line.take(), [IDLE]);
  idle.visibility(false);
  assert.deepEqual(line.take(), [IN_USE]);
});

test("hiding the page does not put off the end of what was long untouched", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  clock.pass(5 * MINUTE - 1);
  idle.visibility(true);
  clock.pass(1);
  assert.deepEqual(line.take(), [IDLE]);
});

test("a connection that began as one of an idle device is told nothing more", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  idle.visibility(true);
  clock.pass(MINUTE);
  line.take();
  assert.equal(idle.connecting(), true);
  idle.ready();
  assert.deepEqual(line.take(), []);
  idle.visibility(false);
  assert.deepEqual(line.take(), [IN_USE]);
});

test("what could not be told is told on the next connection", () => {
  const { clock, line, idle } = aliceAtHerDesk();
  assert.equal(idle.connecting(), false);
  line.isOpen = false;
  idle.visibility(true);
  clock.pass(MINUTE);
  line.isOpen = true;
  idle.ready();
  assert.deepEqual(line.take(), [IDLE]);
});

test("who is not kept is unknown again, and is not asked about as somebody known", () => {
  const presences = createPresences();
  presences.receive(bobIs("online", 7));
  presences.ready();
  presences.keep(new Set([CAROL.userId]));
  assert.equal(presences.statusOf(BOB.userId), "unknown");
  assert.equal(presences.receive(bobIs("busy", 7)), true);
  presences.keep(new Set([BOB.userId]));
  assert.equal(presences.statusOf(BOB.userId), "busy");
});

test("of what is unknown nothing is said", () => {
  assert.equal(lastSeenDisplay({ status: "unknown", now: 0, say }), "");
});
