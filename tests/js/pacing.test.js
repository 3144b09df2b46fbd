import assert from "node:assert/strict";
import { test } from "node:test";

import { createPacer } from "../../conversations/static/conversations/pacing.js";
import { handClock } from "./support.js";

const LIMITS = { frameBurst: 100, frameInterval: 50 };
const MARK = { type: "delivered", conversationId: 12, messageId: 1 };
const MESSAGE = { type: "message", conversationId: 12, clientMessageId: "a", content: "hi" };
const BEAT = { type: "presence" };
const types = (isTyping) => ({ type: "typing", conversationId: 12, isTyping });

/** The bucket in which the server counts: how many frames it would have refused. */
function serverBucket(clock, { burst = LIMITS.frameBurst, rate = 1_000 / LIMITS.frameInterval } = {}) {
  let tokens = burst;
  let countedAt = clock.steady();
  return {
    taken: 0,
    refused: 0,
    take() {
      tokens = Math.min(burst, tokens + ((clock.steady() - countedAt) / 1_000) * rate);
      countedAt = clock.steady();
      if (tokens >= 1) {
        tokens -= 1;
        this.taken += 1;
      } else {
        this.refused += 1;
      }
    },
  };
}

/** A pacer on a line that answers each heartbeat at once, unless it stands still. */
function paced({ limits = LIMITS, answers = true } = {}) {
  const clock = handClock();
  const written = [];
  const silences = [];
  const pacer = createPacer({
    clock,
    write: (frame) => written.push(frame),
    onSilence() {
      silences.push(clock.steady());
      pacer.send(BEAT);
      if (answers) pacer.heard();
    },
  });
  pacer.opened(limits ?? undefined);
  const take = () => written.splice(0);
  return { clock, pacer, silences, take };
}

test("what is within the limits goes out at once", () => {
  const { pacer, take } = paced();
  for (let count = 0; count < 30; count += 1) assert.equal(pacer.send(MARK), true);
  assert.equal(take().length, 30);
});

test("a thousand frames go out, in order, without one too many for the server", () => {
  const { clock, pacer, take } = paced();
  const bucket = serverBucket(clock);
  for (let number = 1; number <= 1_000; number += 1) pacer.send({ ...MARK, messageId: number });
  const order = [];
  for (let moment = 0; moment < 100_000; moment += 10) {
    for (const frame of take()) {
      bucket.take();
      if (frame.type === "delivered") order.push(frame.messageId);
    }
    clock.pass(10);
  }
  assert.deepEqual(order, Array.from({ length: 1_000 }, (_, index) => index + 1));
  assert.equal(bucket.refused, 0);
});

test("on a line that stands still no more goes out than the server takes at once", () => {
  const { clock, pacer, silences, take } = paced({ answers: false });
  const bucket = serverBucket(clock);
  for (let number = 1; number <= 1_000; number += 1) pacer.send(MARK);
  clock.pass(60_000);
  assert.equal(silences.length, 1, "it is asked once whether the line still lives");
  for (const _ of take()) bucket.take();
  assert.equal(bucket.refused, 0);
  pacer.heard();
  clock.pass(1_000);
  assert.notEqual(take().length, 0);
});

test("a heartbeat and what was written overtake what nobody waits for", () => {
  const { clock, pacer, take } = paced();
  for (let count = 0; count < 200; count += 1) pacer.send(MARK);
  take();
  pacer.send(MESSAGE);
  pacer.send(BEAT);
  pacer.send({ type: "reaction" });
  clock.pass(2_000);
  const kinds = take().filter((frame) => frame !== MARK);
  assert.deepEqual(kinds.slice(0, 3).map(({ type }) => type), ["presence", "message", "reaction"]);
});

test("that somebody types goes out at once or not at all, that they stopped goes out in any case", () => {
  const { clock, pacer, take } = paced();
  while (pacer.send(types(true)));
  take();
  assert.equal(pacer.send(types(false)), true);
  assert.equal(pacer.send(types(true)), false);
  clock.pass(1_000);
  assert.deepEqual(take(), [types(false)]);
});

test("after a refusal nothing goes out for a second, and half as much from then on, however many refusals come of it", () => {
  const { clock, pacer, take } = paced();
  pacer.refused({ refusedType: "delivered" });
  pacer.send(MARK);
  pacer.send(BEAT);
  clock.pass(999);
  assert.deepEqual(take(), []);
  clock.pass(1_000);
  assert.deepEqual(take(), [BEAT, MARK]);
  const sentIn = (duration) => {
    clock.pass(duration);
    return take().length;
  };
  for (let count = 0; count < 1_000; count += 1) pacer.send(MARK);
  sentIn(10_000);
  assert.equal(sentIn(10_000), 80);
  for (let count = 0; count < 30; count += 1) pacer.refused({ refusedType: "delivered" });
  sentIn(10_000);
  assert.equal(sentIn(10_000), 40);
});

test("what waits is void once the connection is gone", () => {
  const { clock, pacer, take } = paced();
  for (let count = 0; count < 200; count += 1) pacer.send(MARK);
  take();
  pacer.closed();
  clock.pass(60_000);
  assert.deepEqual(take(), []);
});

for (const limits of [{ frameBurst: 1, frameInterval: 1_000 }, { frameBurst: 5, frameInterval: 100 }]) {
  test(`small limits are kept to as well: ${JSON.stringify(limits)}`, () => {
    const { clock, pacer, take } = paced({ limits });
    const bucket = serverBucket(clock, { burst: limits.frameBurst, rate: 1_000 / limits.frameInterval });
    for (let number = 1; number <= 20; number += 1) pacer.send(MARK);
    for (let moment = 0; moment < 60_000; moment += 10) {
      for (const _ of take()) bucket.take();
      clock.pass(10);
    }
    assert.ok(bucket.taken >= 20);
    assert.equal(bucket.refused, 0);
  });
}

test("a server that tells no limits is spared", () => {
  const { clock, pacer, take } = paced({ limits: null });
  for (let number = 1; number <= 100; number += 1) pacer.send(MARK);
  assert.ok(take().length <= 10);
  clock.pass(300_000);
  assert.equal(take().filter((frame) => frame === MARK).length >= 90, true);
});

test("what is stored keeps to the limit of the person, and what is not goes on meanwhile", () => {
  const { clock, pacer, take } = paced({ limits: { ...LIMITS, personBurst: 10, personInterval: 1_000 } });
  const bucket = serverBucket(clock, { burst: 10, rate: 1 });
  for (let number = 1; number <= 30; number += 1) pacer.send({ ...MESSAGE, clientMessageId: `${number}` });
  pacer.send(MARK);
  assert.equal(pacer.send(types(true)), true);
  const first = take();
  assert.deepEqual(first.filter(({ type }) => type !== "message"), [MARK, types(true)]);
  assert.equal(first.length, 5 + 2);
  for (const _ of first.slice(2)) bucket.take();
  const order = [];
  for (let moment = 0; moment < 40_000; moment += 10) {
    for (const { type, clientMessageId } of take()) {
      if (type !== "message") continue;
      bucket.take();
      order.push(Number(clientMessageId));
    }
    clock.pass(10);
  }
  assert.equal(bucket.refused, 0);
  assert.deepEqual(order, Array.from({ length: 25 }, (_, index) => index + 6));
});

test("after a refusal of what was written heartbeats and marks go on, and in time all goes as before", () => {
  const { clock, pacer, take } = paced({ limits: { ...LIMITS, personBurst: 40, personInterval: 100 } });
  for (let count = 0; count < 20; count += 1) pacer.refused({ refusedType: "message", clientMessageId: "a" });
  pacer.send(MESSAGE);
  pacer.send(BEAT);
  pacer.send(MARK);
  assert.deepEqual(take(), [BEAT, MARK]);
  const saidIn = (duration) => {
    clock.pass(duration);
    return take().filter(({ type }) => type === "message").length;
  };
  for (let count = 0; count < 1_000; count += 1) pacer.send(MESSAGE);
  saidIn(10_000);
  assert.equal(saidIn(10_000), 40);
  saidIn(20_000);
  assert.equal(saidIn(10_000), 80);
});

test("it is told when a frame that had to wait is written", () => {
  const { clock, pacer, take } = paced({ limits: { ...LIMITS, personBurst: 2, personInterval: 1_000 } });
  const written = [];
  for (const id of ["a", "b"]) pacer.send({ ...MESSAGE, clientMessageId: id }, () => written.push(id));
  assert.deepEqual(written, ["a"]);
  clock.pass(2_000);
  assert.deepEqual(written, ["a", "b"]);
  assert.equal(take().length, 2);
});
