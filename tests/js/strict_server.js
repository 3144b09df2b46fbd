// A server that keeps to the protocol and to its limits, as far as a page's flood of frames concerns it, and the page on it.

import { createApp } from "../../conversations/static/conversations/app.js";
import { ALICE, BOB, handClock, memoryStorage, say, shape } from "./support.js";

const LIMITS = {
  ...{ frameBurst: 100, frameInterval: 50, personBurst: 1_000, personInterval: 25 },
  ...{ frameBytes: 65_536, resumeConversations: 1_000, marks: 500, participants: 1_000, reactions: 1_000, catchups: 50 },
};
const PATIENCE = 10;
const CONNECTIONS = 50;
const SILENCE = 120_000;

/** A token bucket as the server has it. */
function bucketOf(burst, interval, clock) {
  let tokens = burst;
  let countedAt = clock.steady();
  return () => {
    tokens = Math.min(burst, tokens + (clock.steady() - countedAt) / interval);
    countedAt = clock.steady();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Whether it counts for the person: all that is stored, which marks and catch-ups are not. */
function isStored({ type, isCatchup, ...rest }) {
  if (type === "presence") return rest.isIdle !== undefined || rest.presenceStatus !== undefined;
  return (type === "message" && !isCatchup) || type === "reaction" || type === "unread";
}

/**
 * `states` are the conversations as they stand: `[{conversationId, sequence, readSequence, unread, revision}]`. `delay()` is
 * how long a frame is on its way, in order; `limits` what the server keeps to, where
 * that is less than it tells, and `told` what it tells, where that is not as by default.
 */
export function strictServer({ clock, states, delay = () => 20, limits: actual, told: more }) {
  const told = { ...LIMITS, ...more };
  const limits = { ...told, ...actual };
  const server = {
    /** Everything that arrived and was taken, in order. */
    frames: [],
    /** How many frames were one too many. */
    refused: 0,
    /** The codes by which connections were closed by the server. */
    closed: [],
    opened: 0,
    sockets: new Set(),
    open,
    /** The network is gone: what is on its way is lost, and the server does not hear that the pages are. */
    isCut: false,
  };
  const takeOfPerson = bucketOf(limits.personBurst, limits.personInterval, clock);
  const stored = new Map();
  const sequences = new Map(states.map(({ conversationId, sequence }) => [conversationId, sequence]));
  let revision = 0;

  function open(query) {
    const socket = { isOpen: true, heardAt: clock.steady(), arrivesAt: 0 };
    const take = bucketOf(limits.frameBurst, limits.frameInterval, clock);
    const patience = bucketOf(limits.frameBurst, limits.frameInterval * PATIENCE, clock);
    const later = (callback) => {
      // One frame does not overtake another.
      socket.arrivesAt = Math.max(socket.arrivesAt, clock.steady() + delay());
      clock.setTimeout(callback, socket.arrivesAt - clock.steady());
    };
    const says = (...events) => later(() => !server.isCut && socket.isOpen && socket.onmessage({ data: JSON.stringify(events) }));
    const closes = (code) => {
      server.closed.push(code);
      server.sockets.delete(socket);
      later(() => !server.isCut && socket.isOpen && socket.onclose({ code }));
    };
    socket.close = () => {
      socket.isOpen = false;
      if (!server.isCut) server.sockets.delete(socket);
    };
    socket.lose = () => socket.isOpen && socket.onclose({ code: 1006 });
    socket.send = (text) =>
      later(() => {
        if (server.isCut || !server.sockets.has(socket)) return;
        socket.heardAt = clock.steady();
        const frame = JSON.parse(text);
        if (!take()) return patience() ? refuse(frame, says) : closes(4429);
        if (isStored(frame) && !takeOfPerson()) return refuse(frame, says);
        answer(frame, says);
      });
    server.opened += 1;
    if (server.isCut) {
      clock.setTimeout(() => socket.isOpen && socket.onclose({ code: 1006 }), delay());
      return socket;
    }
    for (const other of server.sockets) if (clock.steady() - other.heardAt > SILENCE) server.sockets.delete(other);
    if (server.sockets.size >= CONNECTIONS) {
      closes(4429);
      return socket;
    }
    server.sockets.add(socket);
    connect(query, says);
    return socket;
  }

  function connect(query, says) {
    says({
      ...{ type: "ready", senderId: ALICE.userId, timestamp: new Date(clock.server()).toISOString(), heartbeatInterval: 30 },
      ...{ typingTimeout: 5, presenceStatus: "online", showsPresence: true, showsTyping: true },
      limits: told,
      conversations: states.map((state) => ({ ...state, sequence: sequences.get(state.conversationId) })),
    });
    const resume = new URLSearchParams(query).get("resume") ?? "";
    for (const cursor of resume.split(",").filter(Boolean)) {
      const [conversationId, sequence] = cursor.split(":").map(Number);
      if (sequence < sequences.get(conversationId)) catchUp({ conversationId, sequence }, says);
    }
  }

  function refuse(frame, says) {
    server.refused += 1;
    const { type: refusedType, conversationId, messageId, clientMessageId, marks } = frame;
    const named = { refusedType, conversationId, messageId, clientMessageId, marks };
    says({ type: "error", code: "rate_limited", content: "Slow down.", ...named });
  }

  function answer(frame, says) {
    server.frames.push(frame);
    if (frame.type === "presence") says({ type: "presence", senderId: ALICE.userId, presenceStatus: "online", sequence: 1 });
    else if (frame.type === "reaction") says({ ...frame, senderId: ALICE.userId, senderName: ALICE.name, sequence: 1, revision: ++revision });
    else if (frame.isCatchup) catchUp(frame, says);
    else if (frame.clientMessageId !== undefined) says(store(frame));
    else if (frame.type === "message") says(changed(frame));
  }

  function store({ conversationId, clientMessageId, content }) {
    if (!stored.has(clientMessageId)) {
      const sequence = sequences.get(conversationId) + 1;
      sequences.set(conversationId, sequence);
      stored.set(clientMessageId, eventOf(conversationId, sequence, { from: ALICE, clientMessageId, content }));
    }
    return stored.get(clientMessageId);
  }

  function changed({ conversationId, messageId, content }) {
    const editedAt = new Date(clock.server()).toISOString();
    return eventOf(conversationId, 1, { from: ALICE, messageId, content, editedAt, revision: ++revision });
  }

  function catchUp({ conversationId, sequence: after }, says) {
    const sequence = sequences.get(conversationId);
    const missed = Array.from({ length: sequence - after }, (_, index) => eventOf(conversationId, after + index + 1, { isCatchup: true }));
    says(...missed, { type: "conversation", conversationId, isCatchup: true, sequence, revision });
  }

  return server;
}

function eventOf(conversationId, sequence, { from = BOB, ...more } = {}) {
  return {
    ...{ type: "message", conversationId, sequence, messageId: conversationId * 10_000 + sequence, messageType: "text" },
    ...{ senderId: from.userId, senderName: from.name, content: "hi", timestamp: "2030-01-15T11:00:00.000Z" },
    clientMessageId: `from-${conversationId}-${sequence}`,
    ...more,
  };
}

/** Conversations with one unread message each: as the page's list has them, and as they stand. */
export function manyConversations(count, { isMissed = false } = {}) {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const list = ids.map((conversationId) => ({
    ...shape({ conversationId, sequence: 1 }),
    lastMessage: eventOf(conversationId, 1),
  }));
  const sequence = isMissed ? 2 : 1;
  const states = ids.map((conversationId) => ({ conversationId, sequence, readSequence: 0, unread: sequence, revision: 0 }));
  return { list, states };
}

/** Alice's page on the server, with all its modules but the view. */
export function openPage({ clock = handClock(), server, list, storage = memoryStorage(), random = Math.random }) {
  const complaints = [];
  const nothing = () => {};
  const bootstrap = {
    ...{ userId: ALICE.userId, name: ALICE.name, conversations: list, conversationId: null },
    ...{ chosenStatus: "online", chosenUntil: null, privacy: { showsPresence: true, showsTyping: true } },
    ...{ maxContent: 8_000, mediaMaxBytes: 1_000_000, typingTimeout: 5, heartbeatInterval: 30, catchupLimit: 500 },
  };
  let socket = null;
  const app = createApp({
    ...{ bootstrap, say, locale: "en", clock, random, storage, files: { upload: nothing, preview: nothing, release: nothing } },
    api: {
      someConversations: async (ids) => list.filter(({ conversationId }) => ids.includes(conversationId)),
      conversation: async (id) => list.find(({ conversationId }) => conversationId === id),
      presences: async () => [],
      messages: async () => ({ messages: [], hasMore: false, hasNewer: false, revision: 0 }),
    },
    page: {
      ...{ isHidden: () => false, isCovered: () => false, isOnline: () => true, hasFocus: () => true, address: nothing, signIn: nothing, startAnew: nothing },
      open: (query) => (socket = server.open(query)),
      newId: () => `new-${Math.random()}`,
      soon: (callback) => clock.setTimeout(callback, 0),
    },
    view: { show: nothing, notify: (text) => complaints.push(text), complain: (text) => complaints.push(text), announce: nothing },
  });
  app.start();
  return { app, complaints, lose: () => socket.lose() };
}

/** Let so many milliseconds pass, and what is asked for over HTTP be answered meanwhile. */
export async function passing(clock, milliseconds, { step = 100 } = {}) {
  for (let passed = 0; passed < milliseconds; passed += step) {
    clock.pass(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
