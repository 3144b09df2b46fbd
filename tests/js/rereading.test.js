import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpened } from "../../conversations/static/conversations/opened_state.js";
import { createRereading } from "../../conversations/static/conversations/rereading.js";
import { ALICE, aliceSees, BOB, shape } from "./support.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const MARKS = { readSequence: 3, deliveredSequence: 3 };

/** Alice's page, and a server that says what `list` holds. */
function alicesPage(list) {
  const { conversations } = aliceSees([shape({ sequence: 3 }), shape({ conversationId: 13 })]);
  const opened = createOpened();
  const seen = { asked: [], lost: [], lists: 0 };
  const api = {
    async conversations() {
      seen.asked.push("list");
      return list;
    },
    async conversation(id) {
      seen.asked.push(id);
      return list.find(({ conversationId }) => conversationId === id);
    },
  };
  const rereading = createRereading({
    ...{ api, conversations, opened },
    onList: () => (seen.lists += 1),
    onLost: (conversation) => seen.lost.push(conversation?.conversationId),
    draw() {},
  });
  return { conversations, opened, rereading, seen };
}

test("how far others have read is read anew once for each connection, when a conversation is looked at", async () => {
  const list = [shape({ sequence: 3, people: [ALICE, { ...BOB, ...MARKS }] }), shape({ conversationId: 13 })];
  const { conversations, opened, rereading, seen } = alicesPage(list);
  opened.open(13);
  rereading.connected();
  await settled();
  opened.open(12);
  rereading.opened();
  await settled();
  assert.deepEqual(conversations.get(12).receipts.get(BOB.userId), { read: 3, delivered: 3 });
  opened.open(13);
  rereading.opened();
  await settled();
  assert.deepEqual(seen.asked, [13, 12], "of this connection nothing was missed");
  rereading.connected();
  await settled();
  assert.deepEqual(seen.asked, [13, 12, 13]);
});

test("what could not be read is read on the next occasion", async () => {
  const { opened, rereading, seen } = alicesPage([]);
  opened.open(12);
  rereading.opened();
  await settled();
  rereading.opened();
  await settled();
  assert.deepEqual(seen.asked, [12, 12]);
});

test("of wishes for the list that come while it is read, all are met by one more", async () => {
  const { opened, rereading, seen } = alicesPage([shape({ sequence: 3 })]);
  opened.open(13);
  const first = rereading.list();
  rereading.list();
  rereading.list();
  await first;
  assert.deepEqual(seen, { asked: ["list", "list"], lost: [13], lists: 1 });
});
