import assert from "node:assert/strict";
import { test } from "node:test";

import { createMarking } from "../../conversations/static/conversations/marking.js";
import { handClock, openLine } from "./support.js";

/** Marking on a line that is open, and whatever runs soon. */
function aliceMarks({ limits = { marks: 500 } } = {}) {
  const clock = handClock();
  const line = openLine();
  let due = [];
  const marking = createMarking({ send: line.send, clock, isOpen: () => line.isOpen, soon: (callback) => due.push(callback) });
  marking.opened(limits);
  const take = () => {
    for (const callback of due.splice(0)) callback();
    return line.take();
  };
  const mark = (type, conversationId, messageId) => marking.send({ type, conversationId, messageId });
  return { clock, line, marking, mark, take };
}

test("one mark goes out as such", () => {
  const { mark, take } = aliceMarks();
  mark("read", 12, 1001);
  assert.deepEqual(take(), [{ type: "read", conversationId: 12, messageId: 1001 }]);
});

test("the marks of a moment go out together, of each conversation the last", () => {
  const { mark, take } = aliceMarks();
  mark("delivered", 12, 1001);
  mark("read", 13, 2001);
  mark("delivered", 14, 3001);
  mark("delivered", 12, 1002);
  assert.deepEqual(take(), [
    { type: "read", conversationId: 13, messageId: 2001 },
    {
      type: "delivered",
      marks: [{ conversationId: 12, messageId: 1002 }, { conversationId: 14, messageId: 3001 }],
    },
  ]);
});

test("a thousand are as many frames as the limit asks for", () => {
  const { mark, take } = aliceMarks({ limits: { marks: 400 } });
  for (let id = 1; id <= 1_000; id += 1) mark("delivered", id, id);
  assert.deepEqual(take().map(({ marks }) => marks.length), [400, 400, 200]);
});

test("a server that does not know of many at once gets one at a time", () => {
  const { mark, take } = aliceMarks({ limits: null });
  mark("delivered", 12, 1001);
  mark("delivered", 13, 2001);
  assert.deepEqual(take().map(({ conversationId }) => conversationId), [12, 13]);
});

test("without a connection nothing is promised", () => {
  const { line, mark, take } = aliceMarks();
  line.isOpen = false;
  assert.equal(mark("read", 12, 1001), false);
  line.isOpen = true;
  assert.deepEqual(take(), []);
});

for (const code of ["rate_limited", "unavailable"]) {
  test(`what was refused as ${code} goes again, unless more is marked by then`, () => {
    const { clock, marking, mark, take } = aliceMarks();
    const marks = [{ conversationId: 12, messageId: 1001 }, { conversationId: 13, messageId: 2001 }];
    assert.equal(marking.refused({ refusedType: "delivered", code, marks }), true);
    assert.equal(marking.refused({ refusedType: "read", code, conversationId: 14, messageId: 3001 }), true);
    clock.pass(2_999);
    assert.deepEqual(take(), []);
    mark("delivered", 13, 2002);
    assert.deepEqual(take().find(({ type }) => type === "delivered").marks, [marks[0], { conversationId: 13, messageId: 2002 }]);
    marking.refused({ refusedType: "read", code, conversationId: 14, messageId: 3001 });
    clock.pass(3_000);
    assert.deepEqual(take(), [{ type: "read", conversationId: 14, messageId: 3001 }]);
  });
}

test("what can never be marked is let go, and what is no mark is no business of it", () => {
  const { clock, marking, take } = aliceMarks();
  assert.equal(marking.refused({ refusedType: "read", code: "unknown_message", conversationId: 12, messageId: 1 }), true);
  assert.equal(marking.refused({ refusedType: "reaction", code: "rate_limited", conversationId: 12, messageId: 1 }), false);
  clock.pass(60_000);
  assert.deepEqual(take(), []);
});

test("on a new connection nothing is left of the former one", () => {
  const { clock, marking, mark, take } = aliceMarks();
  mark("delivered", 12, 1001);
  marking.refused({ refusedType: "read", code: "unavailable", conversationId: 13, messageId: 2001 });
  marking.opened({ marks: 500 });
  clock.pass(60_000);
  assert.deepEqual(take(), []);
});
