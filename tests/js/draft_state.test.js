import assert from "node:assert/strict";
import { test } from "node:test";

import { createDraftState } from "../../conversations/static/conversations/draft_state.js";
import { message } from "./support.js";

test("a composer is about a new message until it is told otherwise", () => {
  const drafts = createDraftState();
  assert.equal(drafts.of(12).kind, "new");
  drafts.startReply(message(5));
  assert.deepEqual(drafts.of(12), { kind: "reply", message: message(5) });
  assert.equal(drafts.of(13).kind, "new", "each conversation has its own");
  drafts.finish(12);
  assert.equal(drafts.of(12).kind, "new");
});

test("a reply waits until an edit is over", () => {
  const drafts = createDraftState();
  drafts.startReply(message(5));
  drafts.startEdit(message(6));
  assert.deepEqual(drafts.of(12), { kind: "edit", message: message(6) });
  assert.deepEqual(drafts.replyIn(12), message(5));
  drafts.finish(12);
  assert.deepEqual(drafts.of(12), { kind: "reply", message: message(5) });
});

test("a reply that is begun while editing is what the composer is about", () => {
  const drafts = createDraftState();
  drafts.startEdit(message(6));
  drafts.startReply(message(5));
  assert.equal(drafts.of(12).kind, "reply");
  drafts.finish(12);
  assert.equal(drafts.of(12).kind, "new");
});

test("the message it is about may change meanwhile, or go", () => {
  const drafts = createDraftState();
  drafts.startReply(message(5));
  drafts.changed(message(6, { isDeleted: true }));
  drafts.changed(message(5, { content: "as it is now" }));
  assert.equal(drafts.of(12).message.content, "as it is now");
  drafts.changed(message(5, { isDeleted: true }));
  assert.equal(drafts.of(12).kind, "new");
});
