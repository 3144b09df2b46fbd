import assert from "node:assert/strict";
import { test } from "node:test";

import { createLine } from "../../conversations/static/conversations/line_state.js";
import { handClock } from "./support.js";

function aliceOnline() {
  const clock = handClock();
  let changes = 0;
  const line = createLine({ clock, onChange: () => (changes += 1) });
  line.became("connecting");
  line.became("open");
  return { clock, line, changes: () => changes };
}

test("a connection that is back in a moment was never down", () => {
  const { clock, line, changes } = aliceOnline();
  line.became("waiting");
  clock.pass(1_000);
  line.became("connecting");
  line.became("open");
  clock.pass(60_000);
  assert.equal(line.isDown(), false);
  assert.equal(line.knownUntil(), null);
  assert.equal(changes(), 0);
});

test("a loss is told within two seconds, and since when it is so", () => {
  const { clock, line, changes } = aliceOnline();
  const lostAt = clock.now();
  line.became("waiting");
  line.became("connecting");
  line.became("waiting");
  clock.pass(2_000);
  assert.equal(line.isDown(), true);
  assert.equal(line.knownUntil(), lostAt);
  assert.equal(changes(), 1);
  line.became("open");
  assert.equal(line.isDown(), false);
});

for (const state of ["doubtful", "ended"]) {
  test(`that the stream is ${state} is told at once`, () => {
    const { line } = aliceOnline();
    line.became(state);
    assert.equal(line.isDown(), true);
  });
}

test("a page that connects for the first time is not down, unless it does not come through", () => {
  const clock = handClock();
  const line = createLine({ clock, onChange() {} });
  line.became("connecting");
  clock.pass(5_000);
  assert.equal(line.isDown(), false);
  line.became("waiting");
  clock.pass(2_000);
  assert.equal(line.isDown(), true);
});
