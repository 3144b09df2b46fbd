import assert from "node:assert/strict";
import { test } from "node:test";

import { groupOf } from "../../conversations/static/conversations/group_model.js";
import { ALICE, BOB, CAROL, say, shape } from "./support.js";

const context = { userId: ALICE.userId, say, locale: "en" };
const admin = (person) => ({ ...person, isAdmin: true });
const lunch = (people, more = {}) => ({ ...shape({ people, title: "Lunch" }), ...more });

test("in a direct conversation there is nothing to change", () => {
  assert.equal(groupOf(shape(), context), null);
});

test("an admin may remove the others, and make them admins", () => {
  const { people, isAdmin } = groupOf(lunch([BOB, admin(ALICE), CAROL], { isAdmin: true }), context);
  assert.ok(isAdmin);
  assert.deepEqual(people.map(({ name }) => name), ["Alice Moreau (you)", "Bob Okafor", "Carol Lindqvist"]);
  assert.deepEqual(people.map(({ mayRemove }) => mayRemove), [false, true, true]);
  assert.deepEqual(people.map(({ mayChangeAdmin }) => mayChangeAdmin), [false, true, true]);
});

test("where there are several admins, one may cease to be", () => {
  const { people } = groupOf(lunch([admin(ALICE), admin(BOB)], { isAdmin: true }), context);
  assert.deepEqual(people.map(({ mayChangeAdmin }) => mayChangeAdmin), [true, true]);
});

test("who is no admin changes nothing", () => {
  const { people } = groupOf(lunch([ALICE, admin(BOB), CAROL]), context);
  assert.equal(people.some(({ mayRemove, mayChangeAdmin }) => mayRemove || mayChangeAdmin), false);
});
