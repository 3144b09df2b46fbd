import assert from "node:assert/strict";
import { test } from "node:test";

import { createWishes } from "../../conversations/static/conversations/wishes.js";

/** Wishes, and a server that answers when `answer(value)` is called: with the value, or an error. */
function aliceChooses() {
  const asked = [];
  const waiting = [];
  let changes = 0;
  const wishes = createWishes({ onChange: () => (changes += 1) });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    asked,
    of: wishes.of,
    changes: () => changes,
    choose: (key, value) =>
      wishes.choose(key, value, () => {
        asked.push([key, value]);
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      }),
    settled,
    async answer(value) {
      await settled();
      const { resolve, reject } = waiting.shift();
      if (value instanceof Error) reject(value);
      else resolve(value);
      await settled();
    },
  };
}

test("a choice is shown at once, until it is answered", async () => {
  const { choose, of, answer, changes } = aliceChooses();
  assert.equal(of("typing", true), true);
  const chosen = choose("typing", false);
  assert.equal(of("typing", true), false);
  assert.equal(changes(), 1);
  await answer("kept");
  assert.equal(await chosen, "kept");
  assert.equal(of("typing", true), true);
  assert.equal(changes(), 2);
});

test("two choices are asked for one after the other, and the answer to one leaves the other as chosen", async () => {
  const { choose, of, answer, asked, settled } = aliceChooses();
  choose("presence", true);
  choose("typing", false);
  await settled();
  assert.deepEqual(asked, [["presence", true]]);
  await answer("kept");
  assert.equal(of("presence", "told"), "told");
  assert.equal(of("typing", "told"), false);
  assert.deepEqual(asked, [["presence", true], ["typing", false]]);
  await answer("kept");
  assert.equal(of("typing", "told"), "told");
});

test("of one thing only the last choice counts", async () => {
  const { choose, of, answer, asked, settled } = aliceChooses();
  const first = choose("typing", false);
  await settled();
  const second = choose("typing", true);
  const third = choose("typing", false);
  await answer("kept");
  assert.equal(await first, "kept");
  assert.equal(of("typing", true), false, "the answer to the first is none to the last");
  await answer("kept at last");
  assert.equal(await second, null);
  assert.equal(await third, "kept at last");
  assert.deepEqual(asked, [["typing", false], ["typing", false]]);
});

test("a choice that fails is taken back, and those after it go on", async () => {
  const { choose, of, answer } = aliceChooses();
  const first = choose("presence", false);
  const second = choose("typing", false);
  const refused = assert.rejects(first, /no/);
  await answer(new Error("no"));
  await refused;
  assert.equal(of("presence", true), true);
  assert.equal(of("typing", true), false);
  await answer("kept");
  assert.equal(await second, "kept");
});
