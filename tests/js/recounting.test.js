import assert from "node:assert/strict";
import { test } from "node:test";

import { createRecounting } from "../../conversations/static/conversations/recounting.js";
import { handClock, shape } from "./support.js";

/** Let what was promised happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function aliceCounts() {
  const clock = handClock();
  const site = { asked: [], isAway: false, isKnown: true };
  const learned = [];
  const api = {
    async conversation(conversationId) {
      site.asked.push(conversationId);
      if (site.isAway) throw new Error("away");
      return shape({ conversationId });
    },
  };
  const recount = createRecounting({
    ...{ api, clock, isKnown: () => site.isKnown },
    learn: ({ conversationId }) => learned.push(conversationId),
  });
  const pass = async (milliseconds) => {
    clock.pass(milliseconds);
    await settled();
  };
  return { site, learned, recount, pass };
}

test("what is wanted several times is asked for once", async () => {
  const { site, learned, recount, pass } = aliceCounts();
  for (const conversationId of [12, 13, 12]) recount(conversationId);
  await pass(499);
  assert.deepEqual(site.asked, []);
  await pass(1);
  assert.deepEqual([site.asked, learned], [[12, 13], [12, 13]]);
  recount(12);
  await pass(500);
  assert.deepEqual(learned, [12, 13, 12]);
});

test("what could not be read is asked for again, unless it is lost", async () => {
  const { site, learned, recount, pass } = aliceCounts();
  site.isAway = true;
  recount(12);
  await pass(500);
  site.isAway = false;
  await pass(4_999);
  assert.deepEqual(site.asked, [12]);
  await pass(1);
  assert.deepEqual(learned, [12]);
  Object.assign(site, { isAway: true, isKnown: false });
  recount(12);
  await pass(500);
  await pass(60_000);
  assert.equal(site.asked.length, 3);
});
