import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpened } from "../../conversations/static/conversations/opened_state.js";
import { createRereading } from "../../conversations/static/conversations/rereading.js";
import { ALICE, aliceSees, BOB, handClock, shape } from "./support.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const MARKS = { readSequence: 3, deliveredSequence: 3 };

/** Alice's page, and a server that says what `list` holds. */
function alicesPage(list) {
  const { conversations } = aliceSees([shape({ sequence: 3 }), shape({ conversationId: 13 })]);
  const opened = createOpened();
  const clock = handClock();
  const seen = { asked: [], lost: [], lists: 0 };
  const api = {
    async someConversations(ids) {
      seen.asked.push(ids);
      return list?.filter(({ conversationId }) => ids.includes(conversationId)) ?? Promise.reject(new Error("unreachable"));
    },
    async conversation(id) {
      seen.asked.push(id);
      return list.find(({ conversationId }) => conversationId === id);
    },
  };
  const rereading = createRereading({
    ...{ api, conversations, opened, clock },
    onList: () => (seen.lists += 1),
    onLost: (conversation) => seen.lost.push(conversation?.conversationId),
    draw() {},
  });
  return { clock, conversations, opened, rereading, seen };
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

test("a connection that missed something has all read anew: nobody tells later that a title changed", async () => {
  const list = [shape({ sequence: 3, title: "The crew" }), shape({ conversationId: 13 })];
  const { conversations, rereading, seen } = alicesPage(list);
  rereading.connected();
  await settled();
  assert.deepEqual(seen.asked, []);
  rereading.connected({ isReadyAgain: true });
  await settled();
  assert.equal(conversations.get(12).title, "The crew");
  assert.equal(seen.asked.flat().length, 2);
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

test("what is wanted while it is being read is read once more, and what is not answered is lost", async () => {
  const { conversations, opened, rereading, seen } = alicesPage([shape({ sequence: 3 })]);
  opened.open(13);
  const first = rereading.some([13]);
  rereading.some([12]);
  rereading.some([12, 13]);
  await first;
  assert.deepEqual(seen, { asked: [[13], [12, 13]], lost: [13], lists: 1 });
  assert.equal(conversations.isKnown(13), false);
  assert.equal(conversations.isKnown(12), true);
});

test("very many are read in several requests", async () => {
  const ids = Array.from({ length: 120 }, (_, index) => 100 + index);
  const { conversations, rereading, seen } = alicesPage(ids.map((conversationId) => shape({ conversationId })));
  await rereading.some(ids);
  assert.deepEqual(seen.asked.map((some) => some.length), [50, 50, 20]);
  assert.equal(conversations.all().length, 122);
});

test("while the site can't be reached nothing is lost, and it is tried again", async () => {
  const { clock, conversations, rereading, seen } = alicesPage(null);
  await rereading.some([12]);
  assert.equal(conversations.isKnown(12), true);
  clock.pass(5_000);
  await settled();
  assert.deepEqual(seen.asked, [[12], [12]]);
});
