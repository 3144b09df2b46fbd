import assert from "node:assert/strict";
import { test } from "node:test";

import { pendingItem, withChange, withReactions } from "../../conversations/static/conversations/pending.js";
import { ALICE, BOB, say } from "./support.js";

const item = { key: "message-1001", messageId: 1001, content: "old", state: "read", isOwn: true };

test("a message without a change is as it was", () => {
  assert.equal(withChange(item, undefined, { say }), item);
});

test("an edit on its way shows what it will say", () => {
  const change = { kind: "edit", id: "change-1001", messageId: 1001, content: "new" };
  const changed = withChange(item, change, { say });
  assert.equal(changed.content, "new");
  assert.equal(changed.state, "pending");
});

test("a deletion that was refused shows why, on the message as it is", () => {
  const change = { kind: "delete", id: "change-1001", messageId: 1001, failed: "not_allowed" };
  const changed = withChange(item, change, { say });
  assert.equal(changed.content, "old");
  assert.deepEqual([changed.state, changed.trouble.reason, changed.entryId], ["failed", say("refused-not-allowed"), "change-1001"]);
});

test("a picture on its way is shown from here, until it can be shown from there", () => {
  const entry = { id: "a", clientMessageId: "a", content: "", mediaUrl: "/media/1/", thumbnailUrl: "/media/1/thumbnail/" };
  assert.equal(pendingItem({ ...entry, preview: "blob:1" }, { ...ALICE, say }).thumbnailUrl, "blob:1");
  assert.equal(pendingItem(entry, { ...ALICE, say }).thumbnailUrl, "/media/1/thumbnail/");
});

test("reactions are shown as they will be", () => {
  const around = { userId: ALICE.userId, name: ALICE.name };
  const alice = { userId: ALICE.userId, name: ALICE.name };
  const bob = { userId: BOB.userId, name: BOB.name };
  const groups = [{ emoji: "👍", people: [bob] }, { emoji: "🎉", people: [alice] }];
  const pending = [{ emoji: "👍", isOn: true }, { emoji: "🎉", isOn: false }, { emoji: "🍲", isOn: true }];
  assert.deepEqual(withReactions(groups, pending, around), [
    { emoji: "👍", people: [bob, alice] },
    { emoji: "🍲", people: [alice] },
  ]);
  assert.deepEqual(withReactions(groups, [{ emoji: "🎉", isOn: true }], around), groups, "it is there already");
});
