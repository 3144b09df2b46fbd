import assert from "node:assert/strict";
import { test } from "node:test";

import { isFound } from "../../conversations/static/conversations/list_filter.js";
import { ALICE, BOB, CAROL, shape } from "./support.js";

const group = shape({ people: [ALICE, BOB, { userId: 4, name: "José Núñez" }], title: "Summer trip" });
const finds = (text, conversation = group) => isFound(conversation, text, ALICE.userId);

test("a conversation is found by words of its title or of those in it", () => {
  for (const text of ["", " ", "summer", "TRIP", "oka", "bob trip"]) assert.ok(finds(text), text);
  for (const text of ["ummer", "carol", "bob winter"]) assert.equal(finds(text), false, text);
});

test("marks over letters need not be typed", () => {
  assert.ok(finds("jose nun"));
  assert.ok(finds("josé"));
});

test("one's own name finds nothing: it is in all of them", () => {
  assert.equal(finds("alice"), false);
  assert.ok(finds("carol", shape({ people: [ALICE, CAROL] })));
});
