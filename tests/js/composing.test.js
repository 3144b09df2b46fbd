import assert from "node:assert/strict";
import { test } from "node:test";

import { roomIn } from "../../conversations/static/conversations/submitting.js";
import { createDraftStore } from "../../conversations/static/conversations/draft_store.js";
import { lengthOf } from "../../conversations/static/conversations/text_length.js";
import { MAX, openComposer } from "./composer.js";
import { memoryStorage } from "./support.js";

test("what was written is sent, and the composer is empty", () => {
  const { composing, added, shown } = openComposer();
  composing.wrote(12, "  hello ");
  composing.submit(12);
  assert.equal(added[0].content, "hello");
  assert.equal(shown().text, "");
});

test("nothing is sent of nothing", () => {
  const { composing, added } = openComposer();
  for (const text of ["  ", "\u200b \u3164"]) {
    composing.wrote(12, text);
    composing.submit(12);
  }
  assert.deepEqual(added, []);
});

test("drafts are each conversation's own", () => {
  const { composing } = openComposer();
  composing.wrote(12, "to them");
  assert.equal(composing.shown(13).text, "");
});

test("who comes near the limit sees how near, and over it nothing is sent", () => {
  const { composing, added, shown } = openComposer();
  assert.equal(roomIn("a".repeat(MAX - 201), MAX), null);
  assert.deepEqual(roomIn("a".repeat(MAX - 5), MAX), { count: 5, isOver: false });
  composing.wrote(12, "👍".repeat(MAX + 2));
  assert.deepEqual(shown().room, { count: 2, isOver: true });
  composing.submit(12);
  assert.deepEqual(added, []);
  assert.equal(shown().problem, "2 characters too many.");
});

test("the length is what the server counts: code points, without the space around them", () => {
  const lengths = { "": 0, " \n ": 0, " a b ": 3, "👍👍": 2, "\ud800": 1, "\udc00\ud800": 2, "👩‍💻": 3 };
  for (const [text, length] of Object.entries(lengths)) assert.equal(lengthOf(text), length, JSON.stringify(text));
});

test("what another tab sent is not a draft here, unless this is where the person writes", () => {
  const { composing, shown } = openComposer();
  composing.wrote(12, "hello");
  const event = { key: "draft.1.12", newValue: null };
  composing.storageChanged(event, { isInUse: true });
  assert.equal(shown().text, "hello");
  composing.storageChanged(event, { isInUse: false });
  assert.equal(shown().text, "");
});

test("a draft outlives the session, and is nobody else's", () => {
  const first = openComposer();
  first.composing.wrote(12, "mine");
  const store = createDraftStore({ userId: 2, storage: first.storage });
  assert.equal(store.of(12).text, "");
  assert.equal(store.storageChanged({ key: "draft.1.12", newValue: null }), null);
  assert.equal(openComposer({ storage: first.storage }).shown().text, "mine");
});

test("the drafts say whether one would be lost with the page", () => {
  const storage = memoryStorage();
  const { setItem } = storage;
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const store = createDraftStore({ userId: 1, storage });
  store.change(12, { text: "mine" });
  assert.equal(store.isAnyUnkept(), true);
  storage.setItem = setItem;
  store.change(12, { text: "mine, and more" });
  assert.equal(store.isAnyUnkept(), false);
});
