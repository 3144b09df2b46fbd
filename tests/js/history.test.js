import assert from "node:assert/strict";
import { test } from "node:test";

import { shownMessages } from "../../conversations/static/conversations/conversations_state.js";
import { createHistory } from "../../conversations/static/conversations/history.js";
import { aliceSees, message, shape } from "./support.js";

/** History whose server has messages 1 to 9 in pages of three, and notes what it is asked. */
function aliceReads() {
  const { conversations } = aliceSees([shape({ sequence: 9 })]);
  const asked = [];
  const page = (from) => ({ messages: [from + 2, from + 1, from].map((sequence) => message(sequence)), hasMore: from > 1 });
  const api = {
    async messages(_, { before, after, around }) {
      asked.push(before ?? after ?? around ?? "newest");
      if (around !== undefined) return page(around - 1001);
      return page(after === undefined ? (before ?? 10) - 3 : after + 1);
    },
    async message(_, messageId) {
      asked.push(messageId);
      return message(messageId - 1000);
    },
  };
  const history = createHistory({ conversations, api, onLoaded() {} });
  const held = (focus) => shownMessages(conversations.get(12), focus).map(({ sequence }) => sequence);
  return { conversations, history, asked, held };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("pages are put in one before the other until the very first", async () => {
  const { history, asked, held } = aliceReads();
  history.newest(12);
  history.newest(12);
  for (let times = 0; times < 5; times += 1) {
    await settled();
    history.older(12, null);
  }
  assert.deepEqual(asked, ["newest", 7, 4]);
  assert.deepEqual(held(null), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("from an old message on, newer pages lead to the newest one", async () => {
  const { history, asked, held } = aliceReads();
  history.newest(12);
  await settled();
  await history.around(12, 1002);
  assert.deepEqual(held(2), [1, 2, 3]);
  for (let times = 0; times < 3; times += 1) {
    history.newer(12, 2);
    await settled();
  }
  assert.deepEqual(asked, ["newest", 1002, 3]);
  assert.deepEqual(held(2), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
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
