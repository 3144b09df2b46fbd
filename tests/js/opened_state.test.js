import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpened } from "../../conversations/static/conversations/opened_state.js";
import { message } from "./support.js";

const unread = { sequence: 9, readSequence: 5, unread: 4 };
const read = { sequence: 9, readSequence: 9, unread: 0 };

test("opening remembers where the unread ones began", () => {
  const opened = createOpened();
  opened.open(12, unread);
  assert.equal(opened.unreadFrom, 6);
  opened.cameBack(read);
  assert.equal(opened.unreadFrom, 6, "the line stays while one reads");
  opened.open(13, read);
  assert.equal(opened.unreadFrom, null);
});

test("a jump is to be shown each time it is asked for", () => {
  const opened = createOpened();
  opened.open(12, read);
  opened.jump(message(3));
  opened.jump(message(3));
  assert.deepEqual([opened.focus, opened.target], [3, { messageId: 1003, turn: 2 }]);
});

test("who speaks is at the newest, and has seen what there was", () => {
  const opened = createOpened();
  opened.open(12, unread);
  opened.jump(message(3));
  opened.spoke();
  assert.deepEqual([opened.focus, opened.unreadFrom], [null, null]);
});
