import assert from "node:assert/strict";
import { test } from "node:test";

import { bannerText } from "../../conversations/static/conversations/banner.js";
import { say } from "./support.js";

const offline = { streamState: "waiting", isDown: true, isOnline: false, waiting: 0, say };

test("nothing is said while the line is not down", () => {
  assert.equal(bannerText({ ...offline, isDown: false, waiting: 2 }), "");
});

test("who is offline hears what becomes of what they write", () => {
  const sentences = [0, 1, 2].map((waiting) => bannerText({ ...offline, waiting }));
  assert.deepEqual(sentences, [
    "You are offline. What you write will be sent when you are back.",
    "You are offline. 1 message will be sent when you are back.",
    "You are offline. 2 messages will be sent when you are back.",
  ]);
});

test("a site that is away is not the person's network", () => {
  assert.match(bannerText({ ...offline, isOnline: true }), /^Not connected/);
  assert.match(bannerText({ ...offline, isOnline: true, streamState: "doubtful" }), /^No answer from the site/);
});

test("who is signed out is told just that", () => {
  assert.equal(bannerText({ ...offline, streamState: "ended", waiting: 2 }), "You have been signed out.");
});
