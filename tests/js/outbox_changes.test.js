import assert from "node:assert/strict";
import { test } from "node:test";

import { REACTION, openTab } from "./outbox_tab.js";
import { message } from "./support.js";

test("a refusal of something else is no business of the outbox", () => {
  const { outbox, write } = openTab();
  write("a");
  assert.equal(outbox.refused({ clientMessageId: "b", code: "content_too_long", content: "Too long." }), false);
  assert.equal(outbox.refused({ messageId: 1001, code: "invalid_reaction", content: "No." }), false);
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

test("an edit that is set aside is kept with the reason, and not sent", () => {
  const { outbox, line, storage } = openTab();
  outbox.setAside({ conversationId: 12, messageId: 1001, content: "better", failed: "edit_deleted" });
  outbox.opened();
  assert.deepEqual([line.take(), outbox.waiting()], [[], 0]);
  assert.equal(JSON.parse(storage.getItem("outbox.1.change-1001")).failed, "edit_deleted");
});
