import assert from "node:assert/strict";
import { test } from "node:test";

import { createReactions } from "../../conversations/static/conversations/reactions_state.js";
import { ALICE, reaction } from "./support.js";

const LIVE = { isTold: false };
const TOLD = { isTold: true };

function reactionsWith(...events) {
  const reactions = createReactions();
  for (const event of events) reactions.receive(event, LIVE);
  return reactions;
}

const shown = (reactions) => reactions.of(1001).map(({ emoji, people }) => [emoji, people.length]);

test("the same emoji of two people is one chip", () => {
  const reactions = reactionsWith(reaction(1, { revision: 1 }), reaction(1, { from: ALICE, revision: 2 }));
  assert.deepEqual(shown(reactions), [["👍", 2]]);
});

test("a reaction that is taken back is gone, though its adding comes late or twice", () => {
  const added = reaction(1, { revision: 1 });
  const removed = reaction(1, { messageType: "remove", revision: 2 });
  assert.deepEqual(shown(reactionsWith(added, removed, added)), []);
  assert.deepEqual(shown(reactionsWith(removed, added)), []);
});

test("what is told of a message replaces what was known, but not what is newer", () => {
  const reactions = reactionsWith(reaction(1, { revision: 1 }), reaction(1, { content: "🎉", revision: 6 }));
  reactions.settle(1001, 5);
  reactions.receive(reaction(1, { content: "❤️" }), TOLD);
  assert.deepEqual(shown(reactions), [["🎉", 1], ["❤️", 1]]);
});

test("what was told before a newer telling is passed over", () => {
  const reactions = createReactions();
  reactions.settle(1001, 5);
  reactions.receive(reaction(1, { content: "❤️" }), TOLD);
  reactions.settle(1001, 3);
  reactions.receive(reaction(1), TOLD);
  assert.deepEqual(shown(reactions), [["❤️", 1]]);
});

test("a live change that the telling contains already changes nothing", () => {
  const reactions = createReactions();
  reactions.settle(1001, 5);
  reactions.receive(reaction(1, { revision: 4 }), LIVE);
  assert.deepEqual(shown(reactions), []);
  reactions.receive(reaction(1, { revision: 6 }), LIVE);
  assert.deepEqual(shown(reactions), [["👍", 1]]);
});
