import assert from "node:assert/strict";
import { test } from "node:test";

import { createDrawing } from "../../conversations/static/conversations/drawing.js";
import { handClock } from "./support.js";

/** A page that takes so many milliseconds to be drawn. */
function pageThatTakes(duration) {
  const clock = handClock();
  const drawn = [];
  const draw = createDrawing({
    clock,
    soon: (callback) => clock.setTimeout(callback, 0),
    show() {
      drawn.push(clock.steady());
      clock.pass(duration);
    },
  });
  return { clock, drawn, draw };
}

test("what happens at one moment is shown at once, and once", () => {
  const { clock, drawn, draw } = pageThatTakes(0);
  for (let event = 0; event < 10; event += 1) draw();
  clock.pass(0);
  assert.equal(drawn.length, 1);
  draw();
  clock.pass(0);
  assert.equal(drawn.length, 2);
});

test("a burst of events is not drawn for more than half of the time, and its end is shown", () => {
  const { clock, drawn, draw } = pageThatTakes(100);
  const began = clock.steady();
  for (let event = 0; event < 1_000; event += 1) {
    draw();
    clock.pass(1);
  }
  draw();
  clock.pass(1_000);
  const last = drawn.at(-1) - began;
  assert.ok(drawn.length * 200 <= last + 200, `${drawn.length} times in ${last} ms`);
  const events = drawn.length;
  clock.pass(60_000);
  assert.equal(drawn.length, events, "nothing is drawn without a reason");
});

test("what a key did is shown before the next one, however long the page took last, and not twice", () => {
  const { clock, drawn, draw } = pageThatTakes(100);
  draw();
  clock.pass(0);
  draw();
  draw.now();
  assert.equal(drawn.length, 2);
  clock.pass(1_000);
  assert.equal(drawn.length, 2);
  draw();
  clock.pass(0);
  assert.equal(drawn.length, 3);
});
