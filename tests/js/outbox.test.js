import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox } from "../../conversations/static/conversations/outbox.js";
import { handClock, memoryStorage, openLine } from "./support.js";

function openOutbox({ storage = memoryStorage(), line = openLine(), clock = handClock() } = {}) {
  let changes = 0;
  const outbox = createOutbox({ userId: 1, storage, clock, send: line.send, onChange: () => (changes += 1) });
  const write = (clientMessageId, content = clientMessageId) =>
    outbox.add({ conversationId: 12, clientMessageId, content });
  return { outbox, storage, line, clock, write, changes: () => changes };
}

const sentIds = (line) => line.take().map(({ clientMessageId }) => clientMessageId);

test("a message goes out at once and is gone with its echo", () => {
  const { outbox, line, storage, write } = openOutbox();
  write("a", "hi");
  assert.deepEqual(line.take(), [{ type: "message", conversationId: 12, clientMessageId: "a", content: "hi" }]);
  assert.equal(storage.length, 1);
  outbox.acknowledged("a");
  assert.deepEqual(outbox.of(12), []);
  assert.equal(storage.length, 0);
});

test("a reply names what it answers, also after a reload", () => {
  const first = openOutbox();
  first.line.isOpen = false;
  first.outbox.add({ conversationId: 12, clientMessageId: "a", content: "yes", replyToMessageId: 345 });
  const { outbox, line } = openOutbox({ storage: first.storage });
  outbox.opened();
  assert.equal(line.take()[0].replyToMessageId, 345);
});

test("messages wait for the one before them, so that none overtakes", () => {
  const { outbox, line, write } = openOutbox();
  write("a");
  write("b");
  assert.deepEqual(sentIds(line), ["a"]);
  outbox.acknowledged("a");
  assert.deepEqual(sentIds(line), ["b"]);
});

test("what is written offline is sent on return, in order, also after a reload", () => {
  const first = openOutbox();
  first.line.isOpen = false;
  for (const id of ["c", "a", "b"]) first.write(id);
  const { outbox, line } = openOutbox({ storage: first.storage });
  const sent = [];
  outbox.opened();
  for (let turn = 0; turn < 3; turn += 1) {
    const [id] = sentIds(line);
    sent.push(id);
    outbox.acknowledged(id);
  }
  assert.deepEqual(sent, ["c", "a", "b"]);
  assert.deepEqual(outbox.of(12), []);
});

test("what may not have arrived goes again, under the same id", () => {
  const { outbox, line, write } = openOutbox();
  write("a");
  outbox.opened();
  assert.deepEqual(sentIds(line), ["a", "a"]);
});

test("a refused message is kept as failed, and those behind it go on", () => {
  const { outbox, line, write } = openOutbox();
  write("a");
  write("b");
  outbox.refused({ clientMessageId: "a", code: "content_too_long", content: "Too long." });
  assert.deepEqual(sentIds(line), ["a", "b"]);
  assert.equal(outbox.of(12)[0].failed, "Too long.");
});

test("a failed message can be tried again", () => {
  const { outbox, line, write } = openOutbox();
  write("a");
  outbox.refused({ clientMessageId: "a", code: "not_a_participant", content: "Not yours." });
  line.take();
  outbox.retry("a");
  assert.deepEqual(sentIds(line), ["a"]);
  assert.equal(outbox.of(12)[0].failed, undefined);
});

for (const code of ["unavailable", "rate_limited"]) {
  test(`a message refused as ${code} goes again by itself, before those behind it`, () => {
    const { outbox, clock, line, write } = openOutbox();
    write("a");
    write("b");
    outbox.refused({ clientMessageId: "a", code, content: "Later." });
    clock.pass(3_000);
    assert.deepEqual(sentIds(line), ["a", "a"]);
  });
}

test("a full storage does not keep a message from going out", () => {
  const storage = memoryStorage();
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const { line, write } = openOutbox({ storage });
  write("a");
  assert.deepEqual(sentIds(line), ["a"]);
});

test("the messages of somebody else on this browser are left alone", () => {
  const storage = memoryStorage();
  storage.setItem("outbox.2.x", JSON.stringify({ conversationId: 12, clientMessageId: "x", order: 1 }));
  const { outbox } = openOutbox({ storage });
  assert.deepEqual(outbox.entries(), []);
});
