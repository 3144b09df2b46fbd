import assert from "node:assert/strict";
import { test } from "node:test";

import { endLabel, endOf, ownLine } from "../../conversations/static/conversations/choice_model.js";
import { say } from "./support.js";

const at = (day, hour, minute = 0) => new Date(2030, 0, day, hour, minute).getTime();
const MINUTE = 60_000;

const ENDS = [
  ["", at(15, 12), null],
  ["30", at(15, 12), at(15, 12, 30)],
  ["240", at(15, 22), at(16, 2)],
  ["tomorrow", at(15, 12), at(16, 8)],
  ["tomorrow", at(15, 23, 59), at(16, 8)],
  ["tomorrow", at(15, 4), at(16, 8)],
  ["tomorrow", at(15, 3, 59), at(15, 8)],
  ["tomorrow", at(31, 12), at(32, 8)],
];
for (const [duration, now, end] of ENDS) {
  test(`for "${duration}" from ${new Date(now).toString().slice(0, 21)}`, () => assert.equal(endOf(duration, now), end));
}

const context = { now: at(15, 12), say, locale: "en-GB" };

test("an end is told by the hour, with the day if it is another", () => {
  assert.equal(endLabel(at(15, 15), context), "15:00");
  assert.match(endLabel(at(16, 8), context), /^tomorrow, 0?8:00$/);
  assert.match(endLabel(at(20, 8), context), /20 Jan.*\b0?8:00/);
});

test("the person's own line says until when, if that is what others see", () => {
  const choice = { status: "busy", until: at(15, 12) + 30 * MINUTE };
  assert.equal(ownLine({ appearsAs: "busy", choice }, context), "You appear as busy until 12:30");
  assert.equal(ownLine({ appearsAs: "offline", choice }, context), "You appear as offline");
  assert.equal(ownLine({ appearsAs: "connecting", choice }, context), "Connecting…");
  assert.equal(ownLine({ appearsAs: "busy", choice: { status: "busy", until: null } }, context), "You appear as busy");
});
