import assert from "node:assert/strict";
import { test } from "node:test";

import { createDraftStore } from "../../conversations/static/conversations/draft_store.js";
import { unsentOf } from "../../conversations/static/conversations/unsent_model.js";
import { handClock, memoryStorage, say } from "./support.js";

const NOW = handClock().now();
const context = { say, locale: "en", now: NOW, isKnown: (conversationId) => conversationId === 12 };
const failed = { kind: "message", conversationId: 12, content: "hello", title: "The plan", failed: "content_too_long", timestamp: NOW };
const GONE = 99;

const unsent = ({ entries = [], drafts = [] }) => unsentOf({ entries, drafts }, context);

test("what has failed stands there with its conversation, its time and the reason, the newest first", () => {
  const [second, first] = unsent({ entries: [{ id: "a", ...failed }, { id: "b", ...failed, content: "again" }] });
  assert.deepEqual([first.text, second.text], ["hello", "again"]);
  assert.deepEqual([first.title, first.reason, first.mayRetry, first.mayEdit], ["The plan", say("refused-content-too-long"), false, true]);
  assert.match(first.timeText, /^Today, /);
});

test("what waits to be sent is not there, and neither is a deletion that was refused", () => {
  const waiting = { id: "a", ...failed, failed: undefined };
  assert.deepEqual(unsent({ entries: [waiting, { id: "b", ...failed, kind: "delete" }] }), []);
});

test("where the conversation is gone, a text can be copied and discarded, not sent", () => {
  const [item] = unsent({ entries: [{ id: "a", ...failed, conversationId: GONE, title: undefined }] });
  assert.deepEqual([item.title, item.mayRetry, item.mayEdit], [say("unsent-somewhere"), false, false]);
});

test("a draft is there once its conversation is gone, with all that was written in it", () => {
  const storage = memoryStorage();
  const store = createDraftStore({ userId: 1, storage, titleOf: () => "The plan" });
  store.change(GONE, { text: "half a thought", edits: { 7: "an edit" }, files: [{ id: "f", name: "a.png" }] });
  store.change(12, { text: "in its composer" });
  store.change(13, { text: " " });
  const after = createDraftStore({ userId: 1, storage });
  const [item, ...others] = unsent({ drafts: after.all() });
  assert.deepEqual(others, []);
  assert.deepEqual([item.title, item.text, item.reason], ["The plan", "half a thought\n\nan edit", say("refused-not-a-participant")]);
  assert.match(item.files, /a\.png/);
  after.discard(GONE);
  assert.deepEqual(unsent({ drafts: createDraftStore({ userId: 1, storage }).all() }), []);
});
