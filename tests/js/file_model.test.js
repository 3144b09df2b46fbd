import assert from "node:assert/strict";
import { test } from "node:test";

import { fileOf } from "../../conversations/static/conversations/file_model.js";
import { say } from "./support.js";

const failed = (problem) => fileOf({ state: "failed", problem }, { say, locale: "en", maxBytes: 10 * 2 ** 20 }).text;
const plain = (sentence) => sentence.replaceAll(/[\u2068\u2069]/g, "");

test("a file that is too large is told how large one may be", () => {
  assert.match(plain(failed({ code: "invalid_media", reason: "file_too_large" })), /up to 10\.5 MB/);
});

for (const [retryAfter, wait] of [[1, "1 minute"], [150, "3 minutes"], [3600, "60 minutes"], [90_000, "25 hours"]]) {
  test(`a limit that is over in ${retryAfter} s says so in ${wait}`, () => {
    const sentence = plain(failed({ code: "rate_limited", reason: "hourly_bytes", retryAfter }));
    assert.ok(sentence.endsWith(`try again in ${wait}.`), sentence);
  });
}

test("what says nothing more than its code is told by that", () => {
  assert.equal(failed({ code: "rate_limited", reason: "hourly_bytes" }), say("refused-rate-limited"));
  assert.equal(failed({ code: "unavailable" }), say("refused-unavailable"));
  assert.equal(failed({ code: "invalid_media" }), say("media-invalid-media"));
  assert.equal(failed({ code: "unreachable" }), say("media-unreachable"));
});
