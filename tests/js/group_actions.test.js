import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../../conversations/static/conversations/api.js";
import { createGroupActions } from "../../conversations/static/conversations/group_actions.js";
import { ALICE, BOB, CAROL, aliceSees, say, shape } from "./support.js";

const LUNCH = { ...shape({ people: [ALICE, BOB, CAROL], title: "Lunch" }), historyVisible: true };

/** Alice with a group open, and a server that answers when `answer(…)` is called. */
function aliceChanges() {
  const { conversations } = aliceSees([LUNCH]);
  const opened = { id: 12 };
  const waiting = [];
  const nothing = () => {};
  const api = {
    changeConversation: (id, change) => new Promise((resolve, reject) => waiting.push({ id, change, resolve, reject })),
  };
  const around = { userId: ALICE.userId, api, conversations, opened, refresh: nothing, open: nothing, say, draw: nothing };
  const groups = createGroupActions(around);
  const historyVisible = () => groups.withWishes(conversations.get(12)).historyVisible;
  return { groups, conversations, opened, waiting, historyVisible };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the switch of a group stays as it was turned, whatever is told meanwhile", async () => {
  const { groups, conversations, opened, waiting, historyVisible } = aliceChanges();
  const turned = groups.showHistory(false);
  await settled();
  conversations.learn(LUNCH);
  opened.id = null;
  assert.equal(historyVisible(), false);
  assert.deepEqual([waiting[0].id, waiting[0].change], [12, { historyVisible: false }]);
  waiting[0].resolve({ ...LUNCH, historyVisible: false });
  assert.equal(await turned, null);
  assert.equal(historyVisible(), false);
});

test("the switch of a group goes back if that can't be told", async () => {
  const { groups, waiting, historyVisible } = aliceChanges();
  const turned = groups.showHistory(false);
  await settled();
  waiting[0].reject(new TypeError("Failed to fetch"));
  assert.equal(await turned, say("unreachable"));
  assert.equal(historyVisible(), true);
});

test("what is refused of a group is said in the page's words", async () => {
  const { groups, waiting } = aliceChanges();
  for (const [code, key] of [["not_allowed", "group-not-allowed"], ["not_a_participant", "refused-not-a-participant"], ["unavailable", "refused-unavailable"]]) {
    const renamed = groups.rename("Dinner");
    await settled();
    waiting.pop().reject(new ApiError({ code, content: "On the wire." }));
    assert.equal(await renamed, say(key));
  }
  const renamed = groups.rename("Dinner");
  await settled();
  waiting.pop().reject(new ApiError({ code: "not_allowed", reason: "last_admin" }));
  assert.equal(await renamed, say("refused-last-admin"));
});
