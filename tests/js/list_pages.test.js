import assert from "node:assert/strict";
import { test } from "node:test";

import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { createListPages } from "../../conversations/static/conversations/list_pages.js";
import { shownTitleOf } from "../../conversations/static/conversations/model.js";
import { receiptState } from "../../conversations/static/conversations/receipts_state.js";
import { ALICE, BOB, CAROL, handClock, message, plain, shape } from "./support.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const SIZE = 3;

/** One of Alice's conversations: the lower its number, the later its last message. */
const numbered = (number) => ({
  ...shape({ conversationId: number, sequence: 5, readSequence: 5 }),
  activeAt: new Date(Date.UTC(2030, 0, 15, 11) - number * 60_000).toISOString(),
  lastMessage: undefined,
});
const stateOf = (number, more = {}) => ({ conversationId: number, sequence: 5, readSequence: 5, unread: 0, revision: 0, ...more });
const ready = (...states) => ({ type: "ready", senderId: ALICE.userId, conversations: states });
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Alice's page with the first three of `count` conversations, and a server with all of them. */
function aliceScrolls(count = 8, { undelivered } = {}) {
  const all = numbers(1, count).map(numbered);
  const clock = handClock();
  const seen = { wanted: [], asked: [], read: 0 };
  const server = { isReachable: true };
  const api = {
    async conversationsAfter(after) {
      seen.asked.push(after);
      if (!server.isReachable) throw new Error("unreachable");
      const from = Number(after ?? 0);
      const next = from + SIZE < all.length ? { next: String(from + SIZE) } : {};
      return { conversations: all.slice(from, from + SIZE), ...next };
    },
    async findConversations(text) {
      seen.asked.push(text);
      return all.filter(({ conversationId }) => text === `number ${conversationId}`);
    },
  };
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list: all.slice(0, SIZE), next: String(SIZE), clock, undelivered, ask: () => true },
    refresh: (ids) => seen.wanted.push(ids),
  });
  const pages = createListPages({ api, conversations, clock, onRead: () => (seen.read += 1), draw() {} });
  const order = () => conversations.listed().map(({ conversationId }) => conversationId);
  return { all, clock, conversations, order, pages, seen, server };
}

test("the list is read page by page until its end", async () => {
  const { conversations, order, pages, seen } = aliceScrolls();
  conversations.receive(ready(...numbers(1, 8).map((number) => stateOf(number))));
  assert.deepEqual(seen.wanted, [], "what is not loaded is no reason to read it");
  for (const length of [6, 8, 8]) {
    await pages.more();
    assert.deepEqual(order(), numbers(1, length));
  }
  assert.deepEqual(seen.asked, ["3", "6"]);
  assert.ok(conversations.isWhole());
});

test("two looks at the end of the list are one request, and a failure is tried again by itself", async () => {
  const { clock, order, pages, seen, server } = aliceScrolls();
  server.isReachable = false;
  await Promise.all([pages.more(), pages.more()]);
  await pages.more();
  assert.deepEqual(seen.asked, ["3"]);
  server.isReachable = true;
  clock.pass(5_000);
  await settled();
  assert.deepEqual(order(), numbers(1, 6));
});

test("a message in a conversation that is not loaded has it fetched, and it stands at its place", () => {
  const { all, conversations, order, seen } = aliceScrolls();
  conversations.receive(ready(...numbers(1, 8).map((number) => stateOf(number))));
  assert.equal(conversations.receive(message(6, { conversationId: 7 })), false);
  assert.deepEqual(seen.wanted, [[7]]);
  conversations.learnAll([7], [{ ...all[6], sequence: 6, unread: 1, lastMessage: message(6, { conversationId: 7 }), activeAt: message(6).timestamp }]);
  assert.deepEqual(order(), [7, 1, 2, 3]);
});

test("what came to it while the page was away has it fetched, and what no device holds yet from the beginning", () => {
  const { conversations, seen } = aliceScrolls(8, { undelivered: [2, 8] });
  conversations.receive(ready(...numbers(1, 8).map((number) => stateOf(number))));
  assert.deepEqual(seen.wanted, [[8]]);
  const later = numbers(1, 9).map((number) => stateOf(number, number === 5 ? { sequence: 6 } : {}));
  conversations.receive(ready(...later));
  assert.deepEqual(seen.wanted, [[8], [5, 9]], "and one that is new");
});

test("the first page is read once more as the first connection begins, and not for others", async () => {
  const { all, order, pages, seen } = aliceScrolls();
  all.unshift({ ...numbered(7), activeAt: message(9).timestamp });
  pages.connected();
  pages.connected();
  await settled();
  assert.deepEqual(seen.asked, [undefined]);
  assert.deepEqual(order(), [7, 1, 2, 3]);
});

test("unread messages are counted wherever they are", () => {
  const { all, conversations, seen } = aliceScrolls();
  const states = numbers(1, 8).map((number) => stateOf(number, { unread: number === 2 || number === 6 ? number : 0 }));
  conversations.receive(ready(...states));
  assert.equal(conversations.totalUnread(), 8);
  conversations.receive({ type: "read", conversationId: 6, senderId: BOB.userId, sequence: 5 });
  assert.deepEqual(seen.wanted, [], "what others read changes nothing");
  conversations.receive({ type: "read", conversationId: 6, senderId: ALICE.userId, sequence: 5 });
  assert.deepEqual(seen.wanted, [[6]]);
  conversations.learnAll([6], [all[5]]);
  assert.equal(conversations.totalUnread(), 2);
});

test("what moved up unheard is fetched at the end of the list, so nothing is missing there", async () => {
  const { conversations, order, pages, seen, all } = aliceScrolls(7);
  conversations.receive(ready(...numbers(1, 9).map((number) => stateOf(number))));
  await pages.more();
  await pages.more();
  assert.deepEqual(seen.wanted, [[8, 9]]);
  conversations.learnAll([8, 9], [{ ...numbered(8), activeAt: message(9).timestamp }]);
  assert.deepEqual(order(), [8, ...numbers(1, 7)]);
  assert.equal(conversations.isIn(9), false, "that one is not hers any more");
  assert.equal(all.length, 7);
});

test("whether she is in a conversation is known once that was told, loaded or not", () => {
  const { conversations } = aliceScrolls();
  assert.ok(conversations.isIn(7));
  conversations.receive(ready(...numbers(1, 7).map((number) => stateOf(number))));
  assert.deepEqual([3, 7, 8].map(conversations.isIn), [true, true, false]);
  assert.deepEqual([3, 7].map(conversations.isKnown), [true, false]);
});

test("what is looked for is found though it is not loaded", async () => {
  const { clock, conversations, order, pages, seen } = aliceScrolls();
  pages.filter("numb");
  pages.filter("number 7 ");
  assert.ok(pages.isFinding());
  clock.pass(200);
  await settled();
  assert.deepEqual(seen.asked, ["number 7"], "only what she has come to");
  assert.equal(pages.isFinding(), false);
  assert.deepEqual(order(), [1, 2, 3], "its place in the list is further down");
  assert.ok(conversations.isKnown(7));
  assert.ok(pages.isFound(conversations.get(7), "number 7"));
  assert.equal(pages.isFound(conversations.get(7), "number"), false);
  pages.filter("");
  assert.equal(pages.isFinding(), false);
});

test("of a large group without a title a few names are shown, and how many more there are", () => {
  const { conversations } = aliceScrolls();
  const people = [ALICE, BOB, CAROL, { userId: 4, name: "Dave" }, { userId: 5, name: "Erin" }];
  const crowd = { ...shape({ conversationId: 20, people }), isDirect: false, participantCount: 100 };
  conversations.learnAll([], [{ ...crowd, lastMessage: message(1, { from: ALICE }) }]);
  const large = conversations.get(20);
  assert.equal(plain(shownTitleOf(large, ALICE.userId)), "Bob Okafor, Carol Lindqvist, Dave, +96");
  assert.equal(receiptState(large, 1, ALICE.userId), "sent", "what all the others have is not known");
});
