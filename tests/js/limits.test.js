import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox } from "../../conversations/static/conversations/outbox.js";
import { createOutboxStore } from "../../conversations/static/conversations/outbox_store.js";
import { ALICE, handClock, memoryStorage, say } from "./support.js";
import { manyConversations, openPage, passing, strictServer } from "./strict_server.js";

const MINUTE = 60_000;

/** A page with so many conversations, on a server that is as strict as the real one. */
function openAmong(count, { isMissed, ...more } = {}) {
  const clock = handClock();
  const { list, states } = manyConversations(count, { isMissed });
  const server = strictServer({ clock, states, ...more.server });
  const page = openPage({ clock, server, list, ...more });
  return { clock, server, ...page };
}

function isUntroubled(server) {
  assert.equal(server.refused, 0);
  assert.deepEqual(server.closed, []);
  assert.equal(server.opened, 1);
}

const marksIn = (frames) => frames.filter(({ type }) => type === "delivered").flatMap((frame) => frame.marks ?? [frame]);

test("a thousand unread conversations are marked on one connection, in a few frames", async () => {
  const { clock, server } = openAmong(1_000);
  await passing(clock, 5_000);
  isUntroubled(server);
  const marked = marksIn(server.frames).map(({ conversationId }) => conversationId);
  assert.deepEqual(new Set(marked).size, 1_000);
  assert.equal(marked.length, 1_000);
  assert.ok(server.frames.length < 10, `${server.frames.length} frames`);
});

test("what was missed in more conversations than fit into resume is caught up with", async () => {
  const { clock, server } = openAmong(400, { isMissed: true });
  await passing(clock, MINUTE);
  isUntroubled(server);
  const asked = server.frames.filter(({ isCatchup }) => isCatchup).map(({ conversationId }) => conversationId);
  assert.equal(asked.length, 200);
  assert.equal(new Set(asked).size, 200);
  const marked = marksIn(server.frames).filter(({ messageId }) => messageId % 10_000 === 2);
  assert.equal(new Set(marked.map(({ conversationId }) => conversationId)).size, 400);
});

/** A storage with so many messages that were written offline, in one conversation after the other. */
function storageAfterWriting(count, { clock, name }) {
  const storage = memoryStorage();
  const store = createOutboxStore({ userId: ALICE.userId, storage });
  const offline = createOutbox({ userId: ALICE.userId, store, clock, send: () => false, say, titleOf: () => "", onChange() {} });
  for (let number = 1; number <= count; number += 1) {
    offline.add({ conversationId: 1 + (number % 8), clientMessageId: `${name}-${number}`, content: `${number}` });
  }
  return storage;
}

test("what was written offline in three browsers arrives, though together they may store less than each may send", async () => {
  const clock = handClock();
  const { list, states } = manyConversations(8);
  const server = strictServer({ clock, states, told: { personBurst: 20, personInterval: 500 } });
  const storages = ["one", "other", "third"].map((name) => storageAfterWriting(60, { clock, name }));
  const pages = storages.map((storage) => openPage({ clock, server, list, storage }));
  await passing(clock, 4 * MINUTE);
  assert.notEqual(server.refused, 0);
  assert.deepEqual(server.closed, []);
  assert.equal(server.opened, 3, "no page took its line for dead");
  const said = server.frames.filter(({ clientMessageId }) => clientMessageId).map(({ clientMessageId }) => clientMessageId);
  assert.equal(said.length, 180);
  assert.equal(new Set(said).size, 180);
  assert.deepEqual(storages.map(({ length }) => length), [0, 0, 0]);
  assert.deepEqual(pages.flatMap(({ complaints }) => complaints), []);
});

/** What Alice wrote offline, and the page that she opens then. */
function openAfterWriting(count, { server = {} } = {}) {
  const clock = handClock();
  const storage = memoryStorage();
  const store = createOutboxStore({ userId: ALICE.userId, storage });
  const offline = createOutbox({ userId: ALICE.userId, store, clock, send: () => false, say, titleOf: () => "", onChange() {} });
  const conversationOf = (number) => 1 + (number % 3);
  for (let number = 1; number <= count; number += 1) {
    const conversationId = conversationOf(number);
    const messageId = 100_000 + number;
    offline.add({ conversationId, clientMessageId: `said-${number}`, content: `${number}` });
    offline.edit({ conversationId, messageId, content: `edit ${number}` });
    offline.react({ conversationId, messageId, content: "👍", messageType: "add" });
  }
  const { list, states } = manyConversations(3);
  const strict = strictServer({ clock, states, ...server });
  const page = openPage({ clock, server: strict, list, storage });
  return { clock, storage, server: strict, ...page };
}

/** Everything arrived once, and in each conversation in the order in which it was written. */
function hasAllArrived(count, { server, storage }) {
  const kinds = [
    ["said", ({ clientMessageId }) => clientMessageId && Number(clientMessageId.slice(5))],
    ["edited", ({ type, messageId, clientMessageId }) => type === "message" && !clientMessageId && messageId && messageId - 100_000],
    ["reacted", ({ type, messageId }) => type === "reaction" && messageId - 100_000],
  ];
  for (const [kind, numberOf] of kinds) {
    const numbers = server.frames.map(numberOf).filter(Boolean);
    assert.equal(numbers.length, count, `${kind} once each`);
    for (const room of [0, 1, 2]) {
      const inRoom = numbers.filter((number) => number % 3 === room);
      assert.deepEqual(inRoom, inRoom.toSorted((one, other) => one - other), `${kind} in order`);
    }
  }
  assert.equal(storage.length, 0);
}

test("500 messages, 500 edits and 500 reactions written offline arrive once, in order", async () => {
  const opened = openAfterWriting(500);
  await passing(opened.clock, 3 * MINUTE);
  isUntroubled(opened.server);
  hasAllArrived(500, opened);
});

test("they arrive as well on a line that stutters", async () => {
  let turn = 0;
  const opened = openAfterWriting(100, { server: { delay: () => (turn++ % 40 === 0 ? 3_000 : 30) } });
  await passing(opened.clock, 6 * MINUTE);
  isUntroubled(opened.server);
  hasAllArrived(100, opened);
});

test("what a server refuses that takes less than it tells goes again, once and in order", async () => {
  const opened = openAfterWriting(40, { server: { limits: { frameBurst: 40, frameInterval: 150 } } });
  await passing(opened.clock, 5 * MINUTE);
  assert.notEqual(opened.server.refused, 0);
  assert.deepEqual(opened.server.closed, []);
  hasAllArrived(40, opened);
  assert.deepEqual(opened.complaints, []);
});

test("twenty tabs that come back at once, again and again, are all let in at last, and do not hammer at the door", async () => {
  const clock = handClock();
  const { list, states } = manyConversations(100);
  const server = strictServer({ clock, states });
  const tabs = Array.from({ length: 20 }, () => openPage({ clock, server, list }));
  await passing(clock, 5_000);
  for (let loss = 0; loss < 4; loss += 1) {
    server.isCut = true;
    for (const tab of tabs) tab.lose();
    await passing(clock, 1_000);
    server.isCut = false;
    await passing(clock, 10_000);
  }
  const before = server.opened;
  await passing(clock, 5 * MINUTE, { step: 500 });
  assert.equal(server.refused, 0);
  assert.ok(server.closed.length > 0, "the server still held those that were lost");
  assert.ok(server.opened - before <= 20 * 5, `${server.opened - before} attempts`);
  const alive = [...server.sockets].filter((socket) => socket.isOpen && clock.steady() - socket.heardAt <= 31_000);
  assert.equal(alive.length, 20);
});
