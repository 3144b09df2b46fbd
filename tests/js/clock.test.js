import assert from "node:assert/strict";
import { test } from "node:test";

import { endOf } from "../../conversations/static/conversations/choice_model.js";
import { createCatchup, cursorOf } from "../../conversations/static/conversations/catchup_state.js";
import { createGlimpse, createIdle, lastSeenDisplay } from "../../conversations/static/conversations/presence_state.js";
import { createOutbox } from "../../conversations/static/conversations/outbox.js";
import { createOutboxStore } from "../../conversations/static/conversations/outbox_store.js";
import { createOwnTyping } from "../../conversations/static/conversations/typing_state.js";
import { handClock, memoryStorage, openLine, say } from "./support.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A device whose clock is wrong by so much, once the server has said what time it is. */
function toldClock(isOff) {
  const clock = handClock(undefined, { isOff });
  clock.told(clock.server(), { since: clock.steady() - 50 });
  return clock;
}

for (const [isOff, named] of [[-HOUR, "an hour behind"], [HOUR, "an hour ahead"]]) {
  test(`a device ${named} knows what time it is once the server has said so`, () => {
    const clock = toldClock(isOff);
    assert.ok(Math.abs(clock.now() - clock.server()) <= 50);
    clock.pass(3 * HOUR);
    assert.ok(Math.abs(clock.now() - clock.server()) <= 50);
  });

  test(`"for 30 minutes" ends in half an hour on a device ${named}`, () => {
    const clock = toldClock(isOff);
    assert.ok(Math.abs(endOf("30", clock.now()) - clock.server() - 30 * MINUTE) <= 50);
  });

  test(`who was just there was seen just now by a device ${named}`, () => {
    const clock = toldClock(isOff);
    const seen = (before) => {
      const lastSeen = new Date(clock.server() - before).toISOString();
      return lastSeenDisplay({ status: "offline", lastSeen, now: clock.now(), say });
    };
    assert.equal(seen(SECOND), "last seen just now");
    assert.equal(seen(5 * MINUTE + SECOND), "last seen 5m ago");
  });
}

test("a clock that may be right is not moved by a slow line", () => {
  const clock = handClock();
  const asked = clock.steady();
  const saidAt = clock.server() + 100;
  clock.pass(8 * SECOND);
  clock.told(saidAt, { since: asked });
  assert.equal(clock.now(), clock.server());
});

test("a wrong clock is moved no further than a slow line proves, and a quicker answer says it better", () => {
  const clock = handClock(undefined, { isOff: -HOUR });
  const asked = clock.steady();
  clock.pass(4 * SECOND);
  const saidAt = clock.server();
  clock.pass(4 * SECOND);
  clock.told(saidAt, { since: asked });
  assert.equal(clock.server() - clock.now(), 4 * SECOND);
  clock.told(clock.server());
  assert.equal(clock.now(), clock.server());
});

test("a device that slept, whose monotonic clock stood still, is put right by the next answer", () => {
  const clock = toldClock(0);
  clock.sleep(HOUR);
  clock.told(clock.server());
  assert.equal(clock.now(), clock.server());
});

test("to set the device's clock changes nothing while the page is open", () => {
  const clock = toldClock(0);
  for (const isOff of [-HOUR, HOUR]) {
    clock.set(isOff);
    assert.equal(clock.now(), clock.server());
  }
});

/** What a module does for which time passes, while the device's clock is right, set back, or set forward. */
function sameWhateverIsSet(title, story) {
  test(title, () => {
    const asItShould = story((clock) => clock);
    for (const isOff of [-HOUR, HOUR]) {
      // The server says what time it is in between, as on a new connection.
      const change = (clock) => {
        clock.set(isOff);
        clock.told(clock.server() + isOff, { since: clock.steady() });
      };
      assert.deepEqual(story(change), asItShould);
    }
  });
}

sameWhateverIsSet("typing goes on being told however the time of day is corrected", (change) => {
  const clock = handClock();
  const line = openLine();
  const typing = createOwnTyping({ send: line.send, clock, typingTimeout: 5 });
  for (let key = 0; key < 100; key += 1) {
    if (key === 10) change(clock);
    typing.wrote(12, "hello");
    clock.pass(100);
  }
  clock.pass(5 * SECOND);
  const told = line.take().map(({ isTyping }) => isTyping);
  assert.deepEqual(told, [true, true, true, true, false]);
  return told;
});

sameWhateverIsSet("a device is idle after five untouched minutes however the time of day is corrected", (change) => {
  const clock = handClock();
  const line = openLine();
  const idle = createIdle({ send: line.send, clock, isHidden: false });
  idle.ready();
  clock.pass(MINUTE);
  change(clock);
  clock.pass(4 * MINUTE - 1);
  assert.deepEqual(line.take(), []);
  clock.pass(1);
  return line.take();
});

sameWhateverIsSet("a refused message waits three seconds however the time of day is corrected", (change) => {
  const clock = handClock();
  const line = openLine();
  const store = createOutboxStore({ userId: 1, storage: memoryStorage() });
  const outbox = createOutbox({ userId: 1, store, clock, send: line.send, say, titleOf() {}, onChange() {} });
  outbox.add({ conversationId: 12, clientMessageId: "a", content: "a" });
  outbox.refused({ clientMessageId: "a", code: "unavailable", content: "Later." });
  line.take();
  change(clock);
  clock.pass(3 * SECOND);
  assert.equal(line.take().length, 1);
});

sameWhateverIsSet("what was asked for is asked for again after ten seconds however the time of day is corrected", (change) => {
  const clock = handClock();
  const asked = [];
  const catchup = createCatchup({ clock, ask: (...cursor) => asked.push(cursor) });
  const conversation = { conversationId: 12, messages: new Map(), ...cursorOf({ sequence: 3 }), sequence: 5 };
  catchup.askFor(conversation);
  change(clock);
  clock.pass(10 * SECOND - 1);
  catchup.askFor(conversation);
  assert.equal(asked.length, 1);
  clock.pass(1);
  catchup.askFor(conversation);
  assert.equal(asked.length, 2);
});

sameWhateverIsSet("a glimpse of a large conversation grows old however the time of day is corrected", (change) => {
  const clock = handClock();
  const glimpse = createGlimpse({ clock });
  glimpse.asking(12);
  glimpse.answered(12, [1], []);
  change(clock);
  clock.pass(44 * SECOND);
  assert.notEqual(glimpse.of(12), null);
  clock.pass(SECOND);
  assert.equal(glimpse.of(12), null);
});
