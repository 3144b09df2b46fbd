import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { createSay } from "../../conversations/static/conversations/strings.js";
import { strings } from "./support.js";

const root = new URL("../../conversations/static/conversations/", import.meta.url);
const sources = readdirSync(root, { recursive: true })
  .filter((path) => path.endsWith(".js"))
  .map((path) => [path, readFileSync(new URL(path, root), "utf8")]);

test("every string that the code says is on the page", () => {
  for (const [path, text] of sources) {
    for (const [, key] of text.matchAll(/\bsay\("([^"]+)"/g)) assert.ok(key in strings, `${path}: "${key}"`);
    for (const [, key] of text.matchAll(/\bsay\.count\("([^"]+)"/g)) {
      assert.ok(`${key}-other` in strings, `${path}: "${key}-other"`);
    }
  }
});

test("text never becomes HTML", () => {
  for (const [path, text] of sources) {
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/, path);
  }
});

test("only the view and main.js know of the browser", () => {
  for (const [path, text] of sources) {
    if (path.startsWith("view") || path === "main.js") continue;
    assert.doesNotMatch(text, /\b(document|window|localStorage)\./, path);
  }
});

test("values are put in their places, and an unknown key is an error that says what to do", () => {
  const say = createSay({ both: "{first} and {second}" });
  assert.equal(say("both", { first: "A", second: "{first}" }), "A and {first}");
  assert.throws(() => say("neither"), /add it to chat.html/);
});

test("a number has the form that its language gives it", () => {
  const table = { "left-one": "one left", "left-other": "{count} left" };
  const say = createSay(table, "en");
  assert.deepEqual([1, 2].map((count) => say.count("left", count)), ["one left", "2 left"]);
  // Polish tells apart more forms than the table has.
  assert.equal(createSay(table, "pl").count("left", 3), "3 left");
});
