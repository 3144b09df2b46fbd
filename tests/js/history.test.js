import assert from "node:assert/strict";
import { test } from "node:test";

import { shownMessages } from "../../conversations/static/conversations/stretches.js";
import { createHistory } from "../../conversations/static/conversations/history.js";
import { aliceSees, message, shape } from "./support.js";

const PAGE = 50;
const LENGTH = 400;

/** History whose server has messages 1 to 400 in pages of fifty, and notes what it is asked. */
function aliceReads({ isAway = () => false } = {}) {
  const { conversations } = aliceSees([shape({ sequence: LENGTH, readSequence: 200 })]);
  const asked = [];
  function page(from, to) {
    const [first, last] = [Math.max(1, from), Math.min(LENGTH, to)];
    const messages = Array.from({ length: last - first + 1 }, (_, index) => message(last - index));
    return { messages, hasMore: first > 1, hasNewer: last < LENGTH };
  }
  const api = {
    async messages(_, query) {
      asked.push(query);
      if (isAway()) throw new Error("away");
      const { before, after, around } = query;
      if (around !== undefined) return page(around - 1000 - PAGE / 2 + 1, around - 1000 + PAGE / 2);
      if (after !== undefined) return page(after + 1, after + PAGE);
      const end = Math.min(before ?? LENGTH + 1, LENGTH + 1);
      return page(end - PAGE, end - 1);
    },
    async message(_, messageId) {
      asked.push(messageId);
      return message(messageId - 1000);
    },
  };
  const history = createHistory({ conversations, api, onLoaded() {} });
  const conversation = conversations.get(12);
  const shown = (focus) => shownMessages(conversation, focus).map(({ sequence }) => sequence);
  const ends = (focus) => [shown(focus)[0], shown(focus).at(-1)];
  return { conversations, conversation, history, asked, shown, ends };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the newest page is loaded once, and older ones as one comes near to its beginning", async () => {
  const { conversation, history, asked, ends } = aliceReads();
  history.show(conversation, { focus: null, inSight: null });
  history.show(conversation, { focus: null, inSight: null });
  await settled();
  assert.deepEqual(ends(null), [351, 400]);
  history.show(conversation, { focus: null, inSight: { first: 385, last: 400 } });
  await settled();
  assert.deepEqual(asked, [{}]);
  history.show(conversation, { focus: null, inSight: { first: 370, last: 385 } });
  history.show(conversation, { focus: null, inSight: { first: 369, last: 384 } });
  await settled();
  assert.deepEqual(asked, [{}, { before: 351 }]);
  assert.deepEqual(ends(null), [301, 400]);
});

test("it begins with the page around what is looked at, and goes on in both directions", async () => {
  const { conversation, history, asked, ends } = aliceReads();
  history.show(conversation, { focus: 201, inSight: null });
  await settled();
  assert.deepEqual(ends(201), [176, 225]);
  history.show(conversation, { focus: 201, inSight: { first: 199, last: 212 } });
  await settled();
  assert.deepEqual(asked, [{ before: 226 }, { before: 176 }, { after: 225 }]);
  assert.deepEqual(ends(201), [126, 275]);
  assert.equal(conversation.isLoaded, false);
});

test("from an old message on, newer pages lead to the newest one, and then there is no other to load", async () => {
  const { conversation, history, ends } = aliceReads();
  await history.at(12, 300);
  for (let last = 310; last <= 400; last += 20) {
    history.show(conversation, { focus: last, inSight: { first: last - 9, last } });
    await settled();
  }
  assert.deepEqual(ends(400), [300, 400]);
  assert.equal(conversation.isLoaded, true);
});

test("what could not be loaded is tried again after a while, not at once", async () => {
  let isAway = true;
  const { conversation, history, asked, ends } = aliceReads({ isAway: () => isAway });
  for (let times = 0; times < 3; times += 1) {
    history.show(conversation, { focus: null, inSight: null });
    await settled();
  }
  assert.equal(asked.length, 1);
  isAway = false;
  history.tick();
  history.show(conversation, { focus: null, inSight: null });
  await settled();
  assert.deepEqual(ends(null), [351, 400]);
});

test("what is quoted and not here is asked for, once on a connection", async () => {
  const { conversations, history, asked } = aliceReads();
  const shown = [message(9, { replyToMessageId: 1002 }), message(8)];
  history.quoted(conversations.get(12), shown);
  history.quoted(conversations.get(12), shown);
  await settled();
  assert.deepEqual(asked, [1002]);
  assert.equal(conversations.messageOf(12, 1002).content, "message 2");
});
