import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fileOf } from "../../conversations/static/conversations/file_model.js";
import { reasonOf, troubleOf } from "../../conversations/static/conversations/reasons.js";
import { say } from "./support.js";

const described = JSON.parse(readFileSync(new URL("../../docs/asyncapi.json", import.meta.url), "utf8"));
const reasons = Object.keys(described["x-error-reasons"]);
/** Of an address or a method that no page of ours asks, and of a bug. */
const NOT_TOLD = new Set(["not_found", "method_not_allowed", "internal_error"]);

for (const code of Object.keys(described["x-error-codes"])) {
  test(`${code} is said in the page's own words`, () => {
    assert.equal(reasonOf({ code }, say) === say("refused"), NOT_TOLD.has(code));
  });
}

test("each cause of a refusal has a sentence of its own, beside a message or beside a file", () => {
  const about = { say, locale: "en", maxBytes: 10 * 2 ** 20 };
  const besideFile = (problem) => fileOf({ state: "failed", problem }, about).text;
  const general = new Set([say("refused"), say("media-invalid-media"), ...Object.keys(described["x-error-codes"]).map((code) => reasonOf({ code }, say))]);
  const sentences = reasons.map((reason) => {
    const refusal = { code: "rate_limited", reason, retryAfter: 150 };
    return [reasonOf(refusal, say), besideFile(refusal)].filter((sentence) => !general.has(sentence));
  });
  assert.deepEqual(reasons.filter((_, index) => sentences[index].length === 0), []);
  assert.equal(new Set(sentences.map(([first]) => first)).size, reasons.length);
});

test("a cause that the page does not know yet is told by its code", () => {
  assert.equal(reasonOf({ code: "not_allowed", reason: "of tomorrow" }, say), say("refused-not-allowed"));
  const message = trouble("invalid_frame", { reason: "nul_character" });
  assert.equal(message.reason, say("refused-nul-character"));
});

const trouble = (failed, { isThere = true, ...entry } = {}) =>
  troubleOf({ kind: "message", content: "hello", failed, ...entry }, { isThere, say });
const waysOut = ({ mayRetry, maySendText, mayEdit }) => ({ mayRetry, maySendText, mayEdit });

test("what is on its way has no trouble", () => assert.equal(trouble(undefined), null));

test("who is back in a conversation is told so, and can send again what was refused while they were not in it", () => {
  const gone = trouble("not_a_participant", { isThere: false });
  assert.equal(gone.reason, say("refused-not-a-participant"));
  assert.deepEqual(waysOut(gone), { mayRetry: false, maySendText: false, mayEdit: false });
  const back = trouble("not_a_participant");
  assert.equal(back.reason, say("refused-back"));
  assert.deepEqual(waysOut(back), { mayRetry: true, maySendText: false, mayEdit: true });
});

test("a text whose file is gone can be sent without it, and is not offered to be sent as it was", () => {
  assert.deepEqual(waysOut(trouble("invalid_media")), { mayRetry: false, maySendText: true, mayEdit: true });
  assert.deepEqual(waysOut(trouble("invalid_media", { content: "" })), { mayRetry: false, maySendText: false, mayEdit: false });
});

for (const code of ["content_too_long", "invalid_frame", "frame_too_large", "frame_unreadable", "invalid_reply", "client_id_reused", "edit_deleted"]) {
  test(`what was refused as ${code} can be written on at, since the same would be refused again`, () => {
    assert.deepEqual(waysOut(trouble(code)), { mayRetry: false, maySendText: false, mayEdit: true });
  });
}

test("what got no answer can be tried again", () => assert.equal(trouble("no_answer").mayRetry, true));

test("of a deletion that was refused nothing can be written on at", () => {
  assert.deepEqual(waysOut(trouble("not_allowed", { kind: "delete", content: undefined })), {
    ...{ mayRetry: false, maySendText: false, mayEdit: false },
  });
});

test("what an earlier version of the page kept can be tried again", () => {
  const old = trouble("You are not in this conversation.");
  assert.deepEqual([old.reason, old.mayRetry], [say("refused"), true]);
});
