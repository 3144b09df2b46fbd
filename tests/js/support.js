// What the tests share: a clock that is turned by hand, a line to the server, and the page's words.

import { readFileSync, readdirSync } from "node:fs";

import { createClock } from "../../conversations/static/conversations/clock.js";
import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { createPresences } from "../../conversations/static/conversations/presence_state.js";
import { createSay } from "../../conversations/static/conversations/strings.js";
import { createOthersTyping } from "../../conversations/static/conversations/typing_state.js";

/**
 * A clock on which nothing happens until `pass(milliseconds)`: the page's, over a device whose own clock is wrong by
 * `isOff` milliseconds, and can be set (`set(isOff)`) or the device sent to sleep (`sleep(milliseconds)`).
 */
export function handClock(start = Date.UTC(2030, 0, 15, 12), { isOff = 0 } = {}) {
  let now = start;
  let slept = 0;
  let nextId = 1;
  const timers = new Map();
  const page = createClock({ wall: () => now + slept + isOff, steady: () => now });
  return {
    ...page,
    /** What time it really is, as the server says. */
    server: () => now + slept,
    set(milliseconds) {
      isOff = milliseconds;
    },
    sleep(milliseconds) {
      slept += milliseconds;
    },
    setTimeout(callback, delay) {
      timers.set(nextId, { callback, at: now + delay });
      return nextId++;
    },
    clearTimeout: (id) => timers.delete(id),
    pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end).sort((one, other) => one[1].at - other[1].at)[0];
        if (due === undefined) break;
        const [id, { callback, at }] = due;
        timers.delete(id);
        now = Math.max(now, at);
        callback();
      }
      now = end;
    },
  };
}

/** Where frames go: `line.send` for the module, `line.take()` for what it sent since. */
export function openLine() {
  let frames = [];
  const line = {
    isOpen: true,
    send(frame, onWritten) {
      if (!line.isOpen) return false;
      frames.push(frame);
      onWritten?.();
      return true;
    },
    take() {
      const taken = frames;
      frames = [];
      return taken;
    },
  };
  return line;
}

/** A Web Storage that lasts as long as the test. */
export function memoryStorage() {
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index],
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

const templates = new URL("../../templates/conversations/", import.meta.url);
const page = readdirSync(templates).map((name) => readFileSync(new URL(name, templates), "utf8")).join("\n");

/** The strings as the shipped page has them. */
export const strings = Object.fromEntries(
  [...page.matchAll(/data-string="([^"]+)">{% translate "([^"]+)" %}/g)].map(([, key, text]) => [key, text]),
);
const pageSay = createSay(strings, "en");

/** A text as it reads: without the marks that isolate names in it. */
export const plain = (text) => text.replace(/[\u2066-\u2069]/g, "");

/** What the page says, as it reads. */
export const say = Object.assign((...key) => plain(pageSay(...key)), { count: (...key) => plain(pageSay.count(...key)) });

export const ALICE = { userId: 1, name: "Alice Moreau" };
export const BOB = { userId: 2, name: "Bob Okafor" };
export const CAROL = { userId: 3, name: "Carol Lindqvist" };

/** Before anything was said. */
const BEGAN = "2030-01-15T11:00:00.000Z";

/** A `message` event. */
export function message(sequence, { from = BOB, conversationId = 12, ...rest } = {}) {
  return {
    type: "message",
    conversationId,
    messageId: 1000 + sequence,
    sequence,
    senderId: from.userId,
    senderName: from.name,
    content: `message ${sequence}`,
    messageType: "text",
    timestamp: new Date(Date.UTC(2030, 0, 15, 11, 0, sequence)).toISOString(),
    clientMessageId: `client-${sequence}`,
    ...rest,
  };
}

/** A `reaction` event on `message(sequence)`. */
export function reaction(sequence, { from = BOB, conversationId = 12, content = "👍", messageType = "add", ...rest } = {}) {
  const { userId: senderId, name: senderName } = from;
  return { type: "reaction", conversationId, messageId: 1000 + sequence, senderId, senderName, content, messageType, ...rest };
}

/** A conversation as the list gives it. */
export function shape({ conversationId = 12, people = [ALICE, BOB], sequence = 0, revision = 0, readSequence = 0, title = "" } = {}) {
  const shaped = { conversationId, title, isDirect: people.length === 2 && !title, participants: people };
  Object.assign(shaped, { sequence, revision, readSequence, unread: sequence - readSequence });
  shaped.activeAt = BEGAN;
  if (sequence > 0) shaped.lastMessage = message(sequence, { conversationId });
  if (sequence > 0) shaped.activeAt = shaped.lastMessage.timestamp;
  return shaped;
}

/** What Alice has before her with these conversations. */
export function aliceSees(list, { isOpen } = {}) {
  const clock = handClock();
  const presences = createPresences();
  const typing = createOthersTyping({ clock, onChange() {} });
  const nothing = () => false;
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list, clock, isOpen, ask: nothing, refresh: nothing },
  });
  const context = { ...ALICE, presences, typing, say, locale: "en", now: clock.now(), knownUntil: null, openId: 12, waiting: new Map() };
  return { presences, typing, conversations, context };
}
