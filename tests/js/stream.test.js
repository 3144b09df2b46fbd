import assert from "node:assert/strict";
import { test } from "node:test";

import { createStream, reconnectDelay } from "../../conversations/static/conversations/stream.js";
import { handClock } from "./support.js";

const READY = { type: "ready", senderId: 1, heartbeatInterval: 30, conversations: [] };

/** A stream on sockets that the test opens, answers and closes. */
function startStream(options = {}) {
  const { random = () => 0.5, cursors = () => [], isIdle = () => false, peopleVersion, clock = handClock(), onState = () => {} } = options;
  const sockets = [];
  const states = [];
  const events = [];
  const stream = createStream({
    userId: 1,
    open(query) {
      const socket = { query, sent: [], isClosed: false };
      socket.send = (text) => socket.sent.push(JSON.parse(text));
      socket.close = () => (socket.isClosed = true);
      socket.says = (...said) => socket.onmessage({ data: JSON.stringify(said) });
      sockets.push(socket);
      return socket;
    },
    cursors,
    isIdle,
    peopleVersion,
    clock,
    random,
    heartbeatInterval: 30,
    onEvents: (heard) => events.push(...heard),
    onState(state, code) {
      states.push(state);
      onState(state, code);
    },
  });
  stream.start();
  return { clock, sockets, states, events, stream };
}

test("it is open once ready has come, and sends from then on", () => {
  const { sockets, states, stream } = startStream();
  assert.equal(stream.send({ type: "presence" }), false);
  sockets[0].says(READY);
  assert.deepEqual(states, ["connecting", "open"]);
  assert.equal(stream.send({ type: "presence" }), true);
});

test("it resumes from what is held", () => {
  const { sockets } = startStream({ cursors: () => [[12, 57, 130], [13, 4, 0]] });
  assert.equal(sockets[0].query, "?user=1&resume=12:57:130,13:4:0");
});

test("a device that is idle says so as it connects", () => {
  const { sockets } = startStream({ cursors: () => [[12, 57, 130]], isIdle: () => true });
  assert.equal(sockets[0].query, "?user=1&resume=12:57:130&idle=true");
});

test("it asks for the names that changed since", () => {
  const { sockets } = startStream({ cursors: () => [[12, 57, 130]], peopleVersion: () => 812 });
  assert.equal(sockets[0].query, "?user=1&resume=12:57:130&people=812");
});

test("it comes back after a loss, later each time", () => {
  const { clock, sockets, states } = startStream();
  sockets[0].says(READY);
  sockets[0].onclose({ code: 1006 });
  assert.equal(states.at(-1), "waiting");
  clock.pass(500);
  assert.equal(sockets.length, 2);
  sockets[1].onclose({ code: 1006 });
  clock.pass(999);
  assert.equal(sockets.length, 2);
  clock.pass(1);
  assert.equal(sockets.length, 3);
});

test("ready tells what time it is", () => {
  const clock = handClock(undefined, { isOff: -3_600_000 });
  const { sockets } = startStream({ clock });
  sockets[0].says({ ...READY, timestamp: new Date(clock.server()).toISOString() });
  assert.equal(clock.now(), clock.server());
});

test("it stays away once signed out", () => {
  const { clock, sockets, states } = startStream();
  sockets[0].onclose({ code: 4401 });
  clock.pass(3_600_000);
  assert.equal(states.at(-1), "ended");
  assert.equal(sockets.length, 1);
});

const DELAYS = [
  { code: 1006, attempt: 0, random: 1, delay: 1_000 },
  { code: 1006, attempt: 0, random: 0, delay: 0 },
  { code: 1006, attempt: 3, random: 1, delay: 8_000 },
  { code: 1006, attempt: 50, random: 1, delay: 30_000 },
  { code: 1012, attempt: 0, random: 1, delay: 2_000 },
  { code: 1012, attempt: 5, random: 1, delay: 30_000 },
  { code: 4429, attempt: 0, random: 0, delay: 10_000 },
  { code: 4429, attempt: 0, refusals: 3, random: 0, delay: 40_000 },
  { code: 4429, attempt: 0, refusals: 9, random: 1, delay: 240_000 },
];
for (const { code, attempt, refusals, random, delay } of DELAYS) {
  test(`after ${code}, attempt ${attempt}${refusals ? `, refused ${refusals} times` : ""}, it waits ${delay} ms when the dice say ${random}`, () => {
    assert.equal(reconnectDelay({ code, attempt, refusals, random: () => random }), delay);
  });
}

test("a heartbeat goes out in every interval", () => {
  const { clock, sockets } = startStream();
  sockets[0].says(READY);
  clock.pass(29_999);
  assert.deepEqual(sockets[0].sent, []);
  clock.pass(1);
  assert.deepEqual(sockets[0].sent, [{ type: "presence" }]);
});

test("a line that leaves a heartbeat unanswered for 15 seconds is dead", () => {
  const { clock, sockets } = startStream();
  sockets[0].says(READY);
  clock.pass(30_000 + 14_999);
  assert.equal(sockets[0].isClosed, false);
  clock.pass(1 + 500);
  assert.equal(sockets[0].isClosed, true);
  assert.equal(sockets.length, 2);
});

/** A clock as a hidden tab has it: its timers fire once a minute, all of them. */
function throttled(clock) {
  const minute = 60_000;
  return {
    ...clock,
    setTimeout(callback, delay) {
      const due = clock.now() + delay;
      return clock.setTimeout(callback, Math.ceil(due / minute) * minute - clock.now());
    },
  };
}

test("a hidden tab, whose timers fire once a minute, beats once a minute and keeps its line", () => {
  const clock = handClock();
  const { sockets, states } = startStream({ clock: throttled(clock) });
  sockets[0].says(READY);
  for (let minutes = 1; minutes <= 10; minutes += 1) {
    clock.pass(60_000);
    assert.equal(sockets[0].sent.length, minutes);
    // A silence of two minutes would end it on the server.
    sockets[0].says({ type: "presence", senderId: 1, presenceStatus: "away", sequence: 1 });
  }
  assert.equal(sockets.length, 1);
  assert.deepEqual(states, ["connecting", "open"]);
});

test("a hidden tab finds a dead line, if later, and comes back", () => {
  const clock = handClock();
  const { sockets } = startStream({ clock: throttled(clock) });
  sockets[0].says(READY);
  clock.pass(3 * 60_000);
  assert.equal(sockets[0].isClosed, true);
  assert.equal(sockets.length, 2);
});

test("an answered heartbeat keeps the line", () => {
  const { clock, sockets } = startStream();
  sockets[0].says(READY);
  clock.pass(30_000);
  sockets[0].says({ type: "presence", senderId: 1, presenceStatus: "online", sequence: 1 });
  clock.pass(20_000);
  assert.equal(sockets.length, 1);
});

test("what a dropped socket still says is not heard", () => {
  const { clock, sockets, events } = startStream();
  sockets[0].says(READY);
  clock.pass(46_000);
  const heard = events.length;
  sockets[0].says({ type: "typing" });
  sockets[0].onclose({ code: 4401 });
  assert.equal(events.length, heard);
  assert.equal(sockets.length, 2);
});

test("when the network or the person is back it does not wait any longer", () => {
  const { sockets, stream } = startStream();
  sockets[0].onclose({ code: 1006 });
  stream.hurry();
  assert.equal(sockets.length, 2);
});

test("an open line is asked whether it still lives when the person is back", () => {
  const { sockets, stream } = startStream();
  sockets[0].says(READY);
  stream.hurry();
  assert.deepEqual(sockets[0].sent, [{ type: "presence" }]);
});

test("an answer that is long in coming leaves the line in doubt, until it comes", () => {
  const { clock, sockets, states, stream } = startStream();
  sockets[0].says(READY);
  stream.hurry();
  clock.pass(1_499);
  assert.equal(states.at(-1), "open");
  clock.pass(1);
  assert.equal(states.at(-1), "doubtful");
  assert.equal(stream.send({ type: "typing" }), true, "what is sent may well arrive");
  sockets[0].says({ type: "presence", senderId: 1 });
  assert.equal(states.at(-1), "open");
  clock.pass(5_000);
  assert.equal(states.at(-1), "open", "nothing more is expected");
});

test("while the page is used, a quiet line is asked every five seconds whether it still lives", () => {
  const { clock, sockets, states, stream } = startStream();
  const questions = () => sockets[0].sent.filter(({ type }) => type === "presence").length;
  sockets[0].says(READY);
  clock.pass(4_999);
  stream.used();
  assert.equal(questions(), 0, "it was heard of less than five seconds ago");
  clock.pass(1);
  stream.used();
  stream.used();
  assert.equal(questions(), 1);
  sockets[0].says({ type: "presence", senderId: 1 });
  for (let seconds = 1; seconds <= 20; seconds += 1) {
    clock.pass(1_000);
    const before = questions();
    stream.used();
    if (questions() > before) sockets[0].says({ type: "presence", senderId: 1 });
  }
  assert.equal(questions(), 5);
  clock.pass(5_000);
  stream.used();
  clock.pass(1_499);
  stream.used();
  assert.equal(states.at(-1), "open");
  clock.pass(1);
  assert.equal(states.at(-1), "doubtful");
  assert.equal(questions(), 6, "one question at a time");
});

test("what goes out on a quiet line asks too, and a page that nobody uses asks no more than its heartbeats", () => {
  const { clock, sockets, stream } = startStream();
  const types = () => sockets[0].sent.map(({ type }) => type);
  sockets[0].says(READY);
  clock.pass(5_000);
  stream.send({ type: "typing", conversationId: 12, isTyping: true });
  assert.deepEqual(types(), ["typing", "presence"]);
  sockets[0].says({ type: "presence", senderId: 1 });
  clock.pass(29_999);
  assert.equal(types().length, 2);
  clock.pass(1);
  assert.deepEqual(types(), ["typing", "presence", "presence"]);
});

test("a line that is doubted has five seconds to answer", () => {
  const { clock, sockets, stream } = startStream();
  sockets[0].says(READY);
  stream.hurry();
  clock.pass(4_999);
  assert.equal(sockets[0].isClosed, false);
  clock.pass(1);
  assert.equal(sockets[0].isClosed, true);
});

test("a message that nothing answers shows that the line is dead", () => {
  const { clock, sockets, stream } = startStream();
  sockets[0].says(READY);
  stream.send({ type: "message", conversationId: 12, clientMessageId: "a", content: "hi" });
  clock.pass(14_999);
  assert.equal(sockets[0].isClosed, false);
  clock.pass(1);
  assert.equal(sockets[0].isClosed, true);
});

test("a connection is renewed as after a loss, not at once", () => {
  const { clock, sockets, states, stream } = startStream();
  sockets[0].says(READY);
  stream.renew();
  assert.equal(sockets[0].isClosed, true);
  assert.deepEqual(states, ["connecting", "open", "waiting"]);
  clock.pass(1_000);
  assert.equal(sockets.length, 2);
});

test("a stopped stream is silent", () => {
  const { clock, sockets, stream } = startStream();
  sockets[0].says(READY);
  stream.stop();
  clock.pass(3_600_000);
  assert.equal(sockets[0].isClosed, true);
  assert.equal(sockets.length, 1);
});

test("it says whom the page believes to be, also with nothing to resume", () => {
  assert.equal(startStream().sockets[0].query, "?user=1");
});

test("where ready is another account's, nothing is sent and nothing passed on", () => {
  const { clock, sockets, states, events, stream } = startStream();
  sockets[0].says({ ...READY, senderId: 3 }, { type: "message", conversationId: 12 });
  assert.equal(states.at(-1), "wrong-account");
  assert.equal(stream.send({ type: "message" }), false);
  assert.deepEqual([events, sockets[0].sent, sockets[0].isClosed], [[], [], true]);
  sockets[0].says(READY);
  clock.pass(3_600_000);
  assert.deepEqual([events, sockets.length], [[], 1]);
});

test("after the server said that it is another account's, it comes back only when asked", () => {
  const { clock, sockets, states, stream } = startStream();
  sockets[0].says(READY);
  sockets[0].onclose({ code: 4409 });
  clock.pass(3_600_000);
  assert.deepEqual([states.at(-1), sockets.length], ["wrong-account", 1]);
  stream.hurry();
  sockets[1].says(READY);
  assert.equal(states.at(-1), "open");
});

test("an answer over HTTP that was refused as another account's ends it, too", () => {
  const { sockets, states, stream } = startStream();
  sockets[0].says(READY);
  stream.wrongAccount();
  assert.deepEqual([states.at(-1), sockets[0].isClosed], ["wrong-account", true]);
});

test("only well-formed text goes out, and the code of a close is told", () => {
  const codes = [];
  const { sockets, stream } = startStream({ onState: (state, code) => codes.push([state, code]) });
  sockets[0].says(READY);
  stream.send({ type: "typing", content: "\ud83d" });
  assert.equal(sockets[0].sent[0].content, "\ufffd");
  sockets[0].onclose({ code: 1009 });
  assert.deepEqual(codes.at(-1), ["waiting", 1009]);
});
