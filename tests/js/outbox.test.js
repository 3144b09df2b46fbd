import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutboxStore } from "../../conversations/static/conversations/outbox_store.js";
import { ids, openTab, sentIds } from "./outbox_tab.js";
import { BOB, memoryStorage, message } from "./support.js";

test("a message goes out at once and is gone with its echo", () => {
  const { outbox, line, storage, write, acknowledge } = openTab();
  write("a", { content: "hi" });
  assert.deepEqual(line.take(), [{ type: "message", conversationId: 12, clientMessageId: "a", content: "hi" }]);
  assert.equal(storage.length, 1);
  acknowledge("a");
  assert.deepEqual(outbox.of(12), []);
  assert.equal(storage.length, 0);
});

test("a reply and a picture go out as such, without what only this page needs to know", () => {
  const { line, storage, write } = openTab();
  const media = { mediaUrl: "/media/1/", messageType: "image", mediaName: "cat.png" };
  write("a", { content: "", replyToMessageId: 7, ...media, preview: "blob:1" });
  const frame = { type: "message", conversationId: 12, clientMessageId: "a", content: "", replyToMessageId: 7 };
  assert.deepEqual(line.take(), [{ ...frame, mediaUrl: "/media/1/", messageType: "image" }]);
  const kept = JSON.parse(storage.getItem("outbox.1.a"));
  assert.equal(kept.mediaName, "cat.png");
  assert.equal("preview" in kept, false);
});

test("somebody else's message under the same id is not the echo", () => {
  const { outbox, write } = openTab();
  write("client-1");
  outbox.heard(message(1, { from: BOB }));
  assert.deepEqual(ids(outbox), ["client-1"]);
});

test("messages wait for the one before them, so that none overtakes", () => {
  const { line, write, acknowledge } = openTab();
  write("a");
  write("b");
  assert.deepEqual(sentIds(line), ["a"]);
  acknowledge("a");
  assert.deepEqual(sentIds(line), ["b"]);
});

test("what is written offline is sent on return, in order, also after a reload", () => {
  const first = openTab();
  first.line.isOpen = false;
  for (const id of ["c", "a", "b"]) first.write(id);
  assert.equal(first.outbox.waiting(), 3);
  const { outbox, line, acknowledge } = openTab({ storage: first.storage });
  const sent = [];
  outbox.opened();
  for (let turn = 0; turn < 3; turn += 1) {
    const [id] = sentIds(line);
    sent.push(id);
    acknowledge(id);
  }
  assert.deepEqual(sent, ["c", "a", "b"]);
  assert.equal(outbox.waiting(), 0);
});

test("what may not have arrived goes again, under the same id", () => {
  const { outbox, line, write } = openTab();
  write("a");
  outbox.opened();
  assert.deepEqual(sentIds(line), ["a", "a"]);
});

test("a refused message is kept as failed, and those behind it go on", () => {
  const { outbox, line, write } = openTab();
  write("a");
  write("b");
  assert.ok(outbox.refused({ clientMessageId: "a", code: "content_too_long", content: "Too long." }));
  assert.deepEqual(sentIds(line), ["a", "b"]);
  assert.equal(outbox.of(12)[0].failed, "content_too_long");
  assert.equal(outbox.waiting(), 1);
});

test("a message whose file is gone can be sent without it, with its words and what it answers", () => {
  const { outbox, line, storage } = openTab();
  const about = { conversationId: 12, clientMessageId: "a", content: "look", replyToMessageId: 1001 };
  outbox.add({ ...about, mediaUrl: "/media/1/", messageType: "image", mediaName: "a.png", preview: "blob:1" });
  outbox.refused({ clientMessageId: "a", code: "invalid_media", content: "Gone." });
  line.take();
  outbox.sendText("a");
  assert.deepEqual(line.take(), [{ type: "message", ...about }]);
  assert.equal(JSON.parse(storage.getItem("outbox.1.a")).mediaName, undefined);
});

test("a failed message can be tried again, or given up", () => {
  const { outbox, line, storage, write } = openTab();
  for (const id of ["a", "b"]) {
    write(id);
    outbox.refused({ clientMessageId: id, code: "not_a_participant", content: "Not yours." });
  }
  line.take();
  outbox.retry("a");
  assert.deepEqual(sentIds(line), ["a"]);
  assert.equal(outbox.of(12)[0].failed, undefined);
  outbox.discard("b");
  assert.deepEqual(ids(outbox), ["a"]);
  assert.equal(storage.length, 1);
});

for (const code of ["unavailable", "rate_limited"]) {
  test(`a message refused as ${code} goes again by itself, before those behind it`, () => {
    const { outbox, clock, line, write } = openTab();
    write("a");
    outbox.refused({ clientMessageId: "a", code, content: "Later." });
    write("b");
    assert.deepEqual(sentIds(line), ["a"]);
    clock.pass(3_000);
    assert.deepEqual(sentIds(line), ["a"]);
  });
}

test("a full storage does not keep a message from going out", () => {
  const storage = memoryStorage();
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const { outbox, line, write, acknowledge } = openTab({ storage });
  write("a");
  write("b");
  acknowledge("a");
  assert.deepEqual(sentIds(line), ["a", "b"]);
  assert.deepEqual(ids(outbox), ["b"]);
});

test("the messages of somebody else on this browser are left alone, and so is what can't be read", () => {
  const storage = memoryStorage();
  storage.setItem("outbox.2.x", JSON.stringify({ conversationId: 12, clientMessageId: "x", order: 1 }));
  storage.setItem("outbox.1.y", "{");
  const { outbox } = openTab({ storage });
  assert.deepEqual(outbox.entries(), []);
});

test("what an earlier version of the page kept is sent", () => {
  const storage = memoryStorage();
  storage.setItem("outbox.1.x", JSON.stringify({ conversationId: 12, clientMessageId: "x", content: "x", order: 1 }));
  const { outbox, line } = openTab({ storage });
  outbox.opened();
  assert.deepEqual(sentIds(line), ["x"]);
});

test("each is kept with the title of its conversation, which may be gone one day", () => {
  const { storage, line, write } = openTab();
  write("a");
  assert.equal(JSON.parse(storage.getItem("outbox.1.a")).title, "Bob Okafor");
  assert.equal("title" in line.take()[0], false);
});

test("the store says what would be lost with the page, until that is sent or can be kept", () => {
  const storage = memoryStorage();
  const { setItem } = storage;
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const store = createOutboxStore({ userId: 1, storage });
  store.keep({ id: "a" });
  store.keep({ id: "b" });
  assert.equal(store.isAnyUnkept(), true);
  store.forget("a");
  storage.setItem = setItem;
  store.update({ id: "b" });
  assert.equal(store.isAnyUnkept(), false);
});
