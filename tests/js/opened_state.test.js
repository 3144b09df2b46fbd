import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpened } from "../../conversations/static/conversations/opened_state.js";
import { message } from "./support.js";

test("with few unread messages it opens at the newest, with the line before them", () => {
  const opened = createOpened();
  opened.open(12, { unread: 4, readUpTo: 5 });
  assert.deepEqual([opened.focus, opened.unreadFrom], [null, 6]);
  opened.open(13, { unread: 0, readUpTo: 9 });
  assert.deepEqual([opened.focus, opened.unreadFrom], [null, null]);
});

test("with many it opens where the unread ones begin", () => {
  const opened = createOpened();
  opened.open(12, { unread: 200, readUpTo: 200 });
  assert.deepEqual([opened.focus, opened.unreadFrom], [201, 201]);
});

test("the line stays while one reads, and stands before what is missed once all before it is read", () => {
  const opened = createOpened();
  opened.open(12, { unread: 4, readUpTo: 5 });
  opened.missed({ readUpTo: 5 });
  assert.equal(opened.unreadFrom, 6, "these are still unread");
  opened.missed({ readUpTo: 9 });
  assert.equal(opened.unreadFrom, 10);
  opened.missed({ readUpTo: 9 });
  assert.equal(opened.unreadFrom, 10);
  opened.markedRead();
  assert.equal(opened.unreadFrom, null);
});

test("the line goes to where the person marks messages as unread", () => {
  const opened = createOpened();
  opened.open(12);
  opened.markedUnread(7);
  assert.equal(opened.unreadFrom, 7);
});

test("another part is shown once one looks far enough from the middle of it", () => {
  const opened = createOpened();
  opened.open(12, { unread: 200, readUpTo: 200 });
  assert.equal(opened.looksAt({ first: 201, last: 215 }), false);
  assert.equal(opened.looksAt({ first: 260, last: 274 }), true);
  assert.equal(opened.focus, 267);
  opened.isAtEnd = true;
  assert.equal(opened.looksAt({ first: 390, last: 400 }), true);
  assert.equal(opened.focus, null);
});

test("a jump is to be shown each time it is asked for", () => {
  const opened = createOpened();
  opened.open(12);
  opened.jump(message(3));
  opened.jump(message(3));
  assert.deepEqual([opened.focus, opened.target], [3, { messageId: 1003, turn: 2 }]);
});

test("who speaks is at the newest, and has done with the line", () => {
  const opened = createOpened();
  opened.open(12, { unread: 4, readUpTo: 5 });
  opened.jump(message(3));
  opened.spoke({ unread: 4 });
  assert.deepEqual([opened.focus, opened.unreadFrom], [null, 6], "who speaks has not read what came before");
  opened.spoke({ unread: 0 });
  assert.equal(opened.unreadFrom, null);
});
