// The WebSocket that comes back: reconnects, heartbeats, and notices when the line is dead.
// Socket, clock and randomness are given, so that it runs without a browser.

import { createPacer } from "./pacing.js";
import { toJson } from "./wellformed.js";

export const SIGNED_OUT = 4401;
/** The cookie is another account's than the page's. */
const WRONG_ACCOUNT = 4409;
const TOO_MANY = 4429;
const RESTARTING = 1012;
const CAP = 30_000;
const BASE = 1_000;
const RESTART_SPREAD = 2_000;
const TOO_MANY_WAIT = 10_000;
/** By then a server has noticed which connections of the person are dead, and has room again. */
const TOO_MANY_CAP = 120_000;
/** A connection that lived so long was not one too many. */
const SETTLED_AFTER = 60_000;
const ANSWER_WITHIN = 15_000;
/** When there is reason to doubt the line. */
const ANSWER_SOON = 5_000;
/** Without an answer for so long the person is told that it is in doubt whether the line still lives. */
const DOUBT_AFTER = 1_500;
/** While the page is used, a line on which nothing was heard for so long is asked whether it still lives. */
const QUIET = 5_000;

/**
 * "full jitter": anything from nothing to a ceiling that doubles, so that a crowd spreads out. `refusals`: how many times in
 * a row the connection was one too many. Each time it is left alone for longer, and at least as long as the server needs.
 */
export function reconnectDelay({ code, attempt, refusals = 1, random }) {
  if (code === TOO_MANY) return (1 + random()) * Math.min(TOO_MANY_CAP, TOO_MANY_WAIT * 2 ** (refusals - 1));
  if (code === RESTARTING && attempt === 0) return random() * RESTART_SPREAD;
  return random() * Math.min(CAP, BASE * 2 ** attempt);
}

/**
 * What a connection begins with: whom the page believes to be, what is held already, whether the device is idle, and up to
 * which change of names none is missing.
 */
function queryOf(userId, cursors, isIdle, people) {
  const parts = [`user=${userId}`];
  if (cursors.length > 0) parts.push(`resume=${resumeQuery(cursors)}`);
  if (isIdle) parts.push("idle=true");
  if (people !== undefined) parts.push(`people=${people}`);
  return `?${parts.join("&")}`;
}

/** `"12:57:130,13:4:0"` of `[[12, 57, 130], [13, 4, 0]]`. */
export function resumeQuery(cursors) {
  return cursors.map((cursor) => cursor.join(":")).join(",");
}

/**
 * `open(query)` makes a WebSocket, `cursors()` says what is held already, `isIdle()` whether the device is, `peopleVersion()` up to which
 * change of names none is missing, `onEvents(events)`
 * gets each frame, and `onState(state, code)` one of
 * - "connecting" and "open" (after `ready`),
 * - "doubtful": open, but an answer is long in coming,
 * - "waiting", with the code by which the connection was closed, if it was,
 * - "ended": signed out,
 * - "wrong-account": this browser is signed in as somebody else than `userId`.
 * Nothing is sent before `ready` has said that it is for `userId`, and no event of another's is passed on.
 */
export function createStream(options) {
  const { userId, open, cursors, isIdle, peopleVersion = () => {}, clock, random, heartbeatInterval, onEvents, onState } = options;
  let socket = null;
  let openedAt = null;
  /** When something was heard, or was asked for, last. */
  let heardAt = 0;
  let state = null;
  let attempt = 0;
  let refusals = 0;
  let beatEvery = heartbeatInterval;
  let retryTimer = null;
  let beatTimer = null;
  let answerTimer = null;
  let doubtTimer = null;
  const pacer = createPacer({ clock, write, onSilence: beat });

  const isOpen = () => state === "open" || state === "doubtful";

  function become(next, code = null) {
    if (state === next) return;
    state = next;
    onState(next, code);
  }

  function clearTimers() {
    for (const timer of [retryTimer, beatTimer]) clock.clearTimeout(timer);
    retryTimer = beatTimer = null;
    expectNothing();
  }

  function connect() {
    clearTimers();
    become("connecting");
    const query = queryOf(userId, cursors(), isIdle(), peopleVersion());
    openedAt = clock.steady();
    const opened = open(query);
    socket = opened;
    opened.onmessage = ({ data }) => opened === socket && heard(JSON.parse(data));
    opened.onclose = ({ code }) => opened === socket && lost(code);
    expectAnswer();
  }

  function heard(events) {
    heardAt = clock.steady();
    expectNothing();
    if (state === "doubtful") become("open");
    const ready = events.find((event) => event.type === "ready");
    if (ready && ready.senderId !== userId) return end("wrong-account");
    if (ready) {
      if (state !== "open") pacer.opened(ready.limits);
      attempt = 0;
      if (ready.timestamp) clock.told(Date.parse(ready.timestamp), { since: openedAt });
      beatEvery = ready.heartbeatInterval ?? beatEvery;
      become("open");
      scheduleBeat();
    }
    for (const event of events) if (event.code === "rate_limited") pacer.refused(event);
    onEvents(events);
    pacer.heard();
  }

  function lost(code) {
    socket = null;
    clearTimers();
    pacer.closed();
    if (code === SIGNED_OUT) return become("ended");
    if (code === WRONG_ACCOUNT) return become("wrong-account");
    if (clock.steady() - openedAt >= SETTLED_AFTER) refusals = 0;
    if (code === TOO_MANY) refusals += 1;
    const delay = reconnectDelay({ code, attempt, refusals, random });
    attempt += 1;
    retryTimer = clock.setTimeout(connect, delay);
    become("waiting", code);
  }

  function end(last) {
    const ended = socket;
    socket = null;
    clearTimers();
    pacer.closed();
    become(last);
    ended?.close();
  }

  function expectAnswer(within = ANSWER_WITHIN) {
    answerTimer ??= clock.setTimeout(dropDead, within);
    doubtTimer ??= clock.setTimeout(() => state === "open" && become("doubtful"), DOUBT_AFTER);
  }

  function expectNothing() {
    clock.clearTimeout(answerTimer);
    clock.clearTimeout(doubtTimer);
    answerTimer = doubtTimer = null;
  }

  // A close handshake on a dead line can take minutes; nobody waits for it.
  function dropDead() {
    const dead = socket;
    lost(null);
    dead?.close();
  }

  function scheduleBeat() {
    clock.clearTimeout(beatTimer);
    beatTimer = clock.setTimeout(beat, beatEvery * 1000);
  }

  function beat() {
    send({ type: "presence" });
    expectAnswer();
    scheduleBeat();
  }

  /** A line that died without a word shows nothing but silence. While an answer is awaited, that will tell. */
  function askIfQuiet() {
    if (!isOpen() || answerTimer !== null || clock.steady() - heardAt < QUIET) return;
    heardAt = clock.steady();
    beat();
  }

  function doubt() {
    expectNothing();
    expectAnswer(ANSWER_SOON);
    beat();
  }

  function write(frame) {
    socket.send(toJson(frame));
    // Whoever waits for a message to go out is not to wait for the next heartbeat to learn that it can't.
    if (frame.type === "message") expectAnswer();
    // A heartbeat is the question itself.
    else if (frame.type !== "presence") askIfQuiet();
  }

  const send = (frame, onWritten) => isOpen() && pacer.send(frame, onWritten);

  return {
    start: connect,
    /** Whether the frame went out, or will as soon as the limits allow. It does only while the stream is open. */
    send,
    /** Whether frames go out now, though an answer may be long in coming. */
    isOpen,
    /** The network or the person is back: connect now, or find out whether the line still lives. */
    hurry() {
      // Whose page this is may have signed in again in another tab.
      if (state === "waiting" || state === "wrong-account") connect();
      else if (isOpen()) doubt();
    },
    /** The person uses the page, and so looks at what it says of the others. */
    used: askIfQuiet,
    /** Connect anew, after a while: what was asked for on this connection is not to be answered any more. */
    renew: () => socket !== null && dropDead(),
    stop: () => end("ended"),
    /** An answer over HTTP was refused: it would have been another account's. */
    wrongAccount: () => end("wrong-account"),
  };
}
