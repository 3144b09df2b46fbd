import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox } from "../../conversations/static/conversations/outbox.js";
import { createOutboxStore } from "../../conversations/static/conversations/outbox_store.js";
import { ALICE, BOB, handClock, memoryStorage, message, openLine, say } from "./support.js";

function openTab({ storage = memoryStorage(), line = openLine(), clock = handClock() } = {}) {
  let changes = 0;
  const store = createOutboxStore({ userId: 1, storage });
  const outbox = createOutbox({
    ...{ userId: 1, store, clock, send: line.send, say, titleOf: () => "Bob Okafor", onChange: () => (changes += 1) },
  });
  const write = (clientMessageId, more = {}) =>
    outbox.add({ conversationId: 12, clientMessageId, content: clientMessageId, ...more });
  const acknowledge = (clientMessageId) => outbox.heard({ ...message(1, { from: ALICE }), clientMessageId });
  return { outbox, storage, line, clock, write, acknowledge, changes: () => changes };
}

/** Two tabs of one browser: each is told of what the other writes. */
function openTwoTabs() {
  const shared = memoryStorage();
  const clock = handClock();
  const tabs = [];
  function view(index) {
    const tell = (key, newValue) => {
      for (const [other, tab] of tabs.entries()) if (other !== index) tab.outbox.storageChanged({ key, newValue });
    };
    return {
      get length() {
        return shared.length;
      },
      key: shared.key,
      getItem: shared.getItem,
      setItem(key, value) {
        shared.setItem(key, value);
        tell(key, value);
      },
      removeItem(key) {
        if (shared.getItem(key) === null) return;
        shared.removeItem(key);
        tell(key, null);
      },
    };
  }
  for (const index of [0, 1]) tabs.push(openTab({ storage: view(index), clock }));
  return { one: tabs[0], other: tabs[1], clock, shared };
}

const sentIds = (line) => line.take().map(({ clientMessageId }) => clientMessageId);
const ids = (outbox) => outbox.of(12).map(({ id }) => id);

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

test("a refusal of something else is no business of the outbox", () => {
  const { outbox, write } = openTab();
  write("a");
  assert.equal(outbox.refused({ clientMessageId: "b", code: "content_too_long", content: "Too long." }), false);
  assert.equal(outbox.refused({ messageId: 1001, code: "invalid_reaction", content: "No." }), false);
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

test("an edit waits while offline, and is done with the message as it is then", () => {
  const { outbox, line } = openTab();
  line.isOpen = false;
  outbox.edit({ conversationId: 12, messageId: 1001, content: "first thought" });
  outbox.edit({ conversationId: 12, messageId: 1001, content: "second thought" });
  assert.equal(outbox.changesOf(12).get(1001).content, "second thought");
  assert.deepEqual(outbox.of(12), []);
  line.isOpen = true;
  outbox.opened();
  assert.deepEqual(line.take(), [
    { type: "message", conversationId: 12, messageId: 1001, content: "second thought" },
  ]);
  outbox.heard(message(1));
  assert.equal(outbox.waiting(), 1);
  outbox.heard(message(1, { content: "second thought", editedAt: "2030-01-15T12:00:00.000Z" }));
  assert.equal(outbox.waiting(), 0);
});

test("a deletion replaces an edit that waits, and is done when the message is deleted", () => {
  const { outbox, line } = openTab();
  line.isOpen = false;
  outbox.edit({ conversationId: 12, messageId: 1001, content: "better" });
  outbox.remove({ conversationId: 12, messageId: 1001 });
  line.isOpen = true;
  outbox.opened();
  assert.deepEqual(line.take(), [{ type: "message", conversationId: 12, messageId: 1001, isDeleted: true }]);
  outbox.heard(message(1, { content: "", isDeleted: true }));
  assert.equal(outbox.waiting(), 0);
});

test("an edit of what was deleted meanwhile is kept, with the reason", () => {
  const { outbox, line } = openTab();
  outbox.edit({ conversationId: 12, messageId: 1001, content: "better" });
  outbox.heard(message(1, { content: "", isDeleted: true }));
  const edit = outbox.changesOf(12).get(1001);
  assert.deepEqual([edit.content, edit.failed], ["better", "edit_deleted"]);
  assert.equal(outbox.waiting(), 0);
  line.take();
  outbox.opened();
  assert.deepEqual(line.take(), []);
});

test("a refused edit is kept with the reason, for the message it is about", () => {
  const { outbox } = openTab();
  outbox.edit({ conversationId: 12, messageId: 1001, content: "better" });
  assert.ok(outbox.refused({ messageId: 1001, code: "not_allowed", content: "Not yours." }));
  assert.equal(outbox.changesOf(12).get(1001).failed, "not_allowed");
});

const REACTION = { conversationId: 12, messageId: 1001, content: "👍" };
const reacted = (messageType, more = {}) => ({ type: "reaction", senderId: 1, ...REACTION, messageType, revision: 7, ...more });

test("a reaction waits while offline, and is done when the server tells of it", () => {
  const { outbox, line, storage } = openTab();
  line.isOpen = false;
  outbox.react({ ...REACTION, messageType: "add" });
  assert.deepEqual(outbox.reactionsOf(12).get(1001), [{ emoji: "👍", isOn: true }]);
  assert.equal(outbox.changesOf(12).size, 0);
  assert.equal(outbox.waiting(), 0, "it is no message that will be sent");
  line.isOpen = true;
  outbox.opened();
  assert.deepEqual(line.take(), [{ type: "reaction", ...REACTION, messageType: "add" }]);
  outbox.heard(reacted("add", { senderId: 2 }));
  outbox.heard(reacted("remove"));
  outbox.heard(reacted("add", { content: "🎉" }));
  assert.equal(outbox.reactionsOf(12).size, 1, "none of these is it");
  outbox.heard(reacted("add"));
  assert.equal(outbox.reactionsOf(12).size, 0);
  assert.equal(storage.length, 0);
});

test("of one emoji the last wish goes out, and the answer that it is so already ends it", () => {
  const { outbox, line } = openTab();
  line.isOpen = false;
  outbox.react({ ...REACTION, messageType: "add" });
  outbox.react({ ...REACTION, messageType: "remove" });
  line.isOpen = true;
  outbox.opened();
  assert.deepEqual(line.take(), [{ type: "reaction", ...REACTION, messageType: "remove" }]);
  outbox.heard(reacted("remove", { revision: undefined }));
  assert.deepEqual(outbox.entries(), []);
});

test("a reaction to what was deleted meanwhile is over", () => {
  const { outbox } = openTab();
  outbox.react({ ...REACTION, messageType: "add" });
  outbox.react({ ...REACTION, content: "🎉", messageType: "add" });
  outbox.heard(message(1, { content: "", isDeleted: true }));
  assert.deepEqual(outbox.entries(), []);
});

for (const code of ["unavailable", "rate_limited"]) {
  test(`a reaction refused as ${code} goes again by itself`, () => {
    const { outbox, clock, line } = openTab();
    outbox.react({ ...REACTION, messageType: "add" });
    line.take();
    assert.equal(outbox.refused({ code, refusedType: "reaction", messageId: 1001 }), true);
    clock.pass(3_000);
    assert.equal(line.take().length, 1);
  });
}

test("a reaction that the server will never take is let go, and whoever asked has to say so", () => {
  const { outbox } = openTab();
  outbox.react({ ...REACTION, messageType: "add" });
  assert.equal(outbox.refused({ code: "invalid_reaction", refusedType: "reaction", messageId: 1001 }), false);
  assert.deepEqual(outbox.entries(), []);
});

test("the refusal of a mark is not taken for that of an edit of the same message", () => {
  const { outbox } = openTab();
  outbox.edit({ conversationId: 12, messageId: 1001, content: "better" });
  assert.equal(outbox.refused({ code: "unknown_message", refusedType: "read", messageId: 1001 }), false);
  assert.equal(outbox.changesOf(12).get(1001).failed, undefined);
});

test("what is acknowledged in one tab vanishes in the other, and is sent by the first alone", () => {
  const { one, other, clock, shared } = openTwoTabs();
  one.write("a");
  assert.deepEqual(ids(other.outbox), ["a"]);
  one.acknowledge("a");
  assert.deepEqual(ids(other.outbox), []);
  clock.pass(10_000);
  assert.deepEqual(sentIds(other.line), []);
  assert.equal(shared.length, 0);
});

test("what one tab left behind, another sends", () => {
  const { one, other, clock } = openTwoTabs();
  one.line.isOpen = false;
  one.write("a");
  assert.deepEqual(sentIds(other.line), []);
  clock.pass(5_000);
  assert.deepEqual(sentIds(other.line), ["a"]);
  other.acknowledge("a");
  assert.deepEqual(ids(one.outbox), []);
});

test("what another tab settled while this one was asleep does not come back to life", () => {
  const storage = memoryStorage();
  const asleep = openTab({ storage });
  asleep.line.isOpen = false;
  asleep.write("a");
  storage.removeItem("outbox.1.a");
  asleep.line.isOpen = true;
  asleep.outbox.retry("a");
  assert.deepEqual(sentIds(asleep.line), []);
  assert.deepEqual(ids(asleep.outbox), []);
  assert.equal(storage.length, 0);
});

test("a message that failed in one tab has failed in the other", () => {
  const { one, other } = openTwoTabs();
  one.write("a");
  one.outbox.refused({ clientMessageId: "a", code: "content_too_long", content: "Too long." });
  assert.equal(other.outbox.of(12)[0].failed, "content_too_long");
  other.outbox.discard("a");
  assert.deepEqual(ids(one.outbox), []);
});

test("what one conversation waits for does not keep the others", () => {
  const { outbox, clock, line, write } = openTab();
  write("a");
  write("b");
  write("elsewhere", { conversationId: 13 });
  assert.deepEqual(sentIds(line), ["a", "elsewhere"]);
  outbox.refused({ clientMessageId: "a", code: "unavailable", content: "Later." });
  write("there too", { conversationId: 14 });
  assert.deepEqual(sentIds(line), ["there too"]);
  clock.pass(3_000);
  assert.deepEqual(sentIds(line), ["a"]);
});

test("what gets no answer is tried again, alone in the end, and then keeps nothing behind it any more", () => {
  const { outbox, clock, line, write } = openTab();
  write("mute");
  write("behind");
  write("elsewhere", { conversationId: 13 });
  outbox.heard({ ...message(1, { from: ALICE, conversationId: 13 }), clientMessageId: "elsewhere" });
  assert.deepEqual(sentIds(line), ["mute", "elsewhere"]);
  clock.pass(10_000);
  clock.pass(10_000);
  assert.deepEqual(sentIds(line), ["mute", "mute"]);
  write("later", { conversationId: 13 });
  assert.deepEqual(sentIds(line), []);
  clock.pass(10_000);
  assert.deepEqual(sentIds(line).sort(), ["later"]);
  outbox.heard({ ...message(2, { from: ALICE, conversationId: 13 }), clientMessageId: "later" });
  assert.deepEqual(sentIds(line), ["mute"]);
  clock.pass(10_000);
  assert.equal(outbox.of(12)[0].failed, "no_answer");
  assert.deepEqual(sentIds(line), ["behind"]);
});

test("the echo of what was given up settles it all the same", () => {
  const { outbox, write, acknowledge } = openTab();
  write("slow");
  for (let turn = 0; turn < 4; turn += 1) {
    outbox.lost(1006);
    outbox.opened();
  }
  assert.equal(outbox.of(12)[0].failed, "no_answer");
  acknowledge("slow");
  assert.deepEqual(outbox.of(12), []);
});

test("a message with which the connection ends each time does not keep the others for ever", () => {
  const { outbox, line, write } = openTab();
  write("deadly");
  write("behind");
  for (let turn = 0; turn < 4; turn += 1) {
    assert.deepEqual(sentIds(line), ["deadly"]);
    outbox.lost(1006);
    outbox.opened();
  }
  assert.deepEqual(sentIds(line), ["behind"]);
});

for (const code of [1007, 1009, 4009]) {
  test(`a message for which the connection was closed with ${code} has failed, and says why`, () => {
    const { outbox, line, write } = openTab();
    write("too large");
    write("behind");
    outbox.lost(code);
    outbox.opened();
    assert.equal(outbox.of(12)[0].failed, "frame_refused");
    assert.deepEqual(sentIds(line), ["too large", "behind"]);
  });
}

test("of several that were under way then, each is tried alone, and the one to blame is found", () => {
  const { outbox, line, write } = openTab();
  write("good");
  write("too large", { conversationId: 13 });
  outbox.lost(1009);
  outbox.opened();
  assert.deepEqual(sentIds(line), ["good", "too large", "good"]);
  outbox.heard({ ...message(1, { from: ALICE }), clientMessageId: "good" });
  assert.deepEqual(sentIds(line), ["too large"]);
  outbox.lost(1009);
  assert.equal(outbox.of(13)[0].failed, "frame_refused");
});

test("what has failed goes again from the start when the person tries it again", () => {
  const { outbox, line, write } = openTab();
  write("a");
  outbox.lost(1009);
  outbox.opened();
  line.take();
  outbox.retry("a");
  write("elsewhere", { conversationId: 13 });
  assert.deepEqual(sentIds(line), ["a", "elsewhere"]);
});

test("each is kept with the title of its conversation, which may be gone one day", () => {
  const { storage, line, write } = openTab();
  write("a");
  assert.equal(JSON.parse(storage.getItem("outbox.1.a")).title, "Bob Okafor");
  assert.equal("title" in line.take()[0], false);
});

test("five hundred conversations are sent to a few at a time", () => {
  const { outbox, line, write } = openTab();
  line.isOpen = false;
  for (let id = 1; id <= 500; id += 1) write(`to ${id}`, { conversationId: id });
  line.isOpen = true;
  outbox.opened();
  const sent = [];
  for (let [id, ...rest] = sentIds(line); id !== undefined; [id, ...rest] = [...rest, ...sentIds(line)]) {
    assert.ok(rest.length < 8);
    sent.push(id);
    outbox.heard({ ...message(1, { from: ALICE }), clientMessageId: id });
  }
  assert.equal(new Set(sent).size, 500);
  assert.equal(outbox.waiting(), 0);
});

test("an edit that is set aside is kept with the reason, and not sent", () => {
  const { outbox, line, storage } = openTab();
  outbox.setAside({ conversationId: 12, messageId: 1001, content: "better", failed: "edit_deleted" });
  outbox.opened();
  assert.deepEqual([line.take(), outbox.waiting()], [[], 0]);
  assert.equal(JSON.parse(storage.getItem("outbox.1.change-1001")).failed, "edit_deleted");
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
