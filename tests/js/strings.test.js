import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { createSay } from "../../conversations/static/conversations/strings.js";
import { plain, strings } from "./support.js";

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
  assert.equal(plain(say("both", { first: "A", second: "{first}" })), "A and {first}");
  assert.throws(() => say("neither"), /add it to chat.html/);
});

test("what is put into a sentence is isolated in it, numbers are not", () => {
  const say = createSay({ typing: "{name} is typing…", left: "{count} left", quoted: "So: {sentence}" });
  assert.equal(say("typing", { name: "דנה" }), "\u2068דנה\u2069 is typing…");
  assert.equal(say("left", { count: 3 }), "3 left");
  const sentence = say("typing", { name: "דנה" });
  assert.equal(say("quoted", { sentence }), "So: \u2068\u2068דנה\u2069 is typing…\u2069");
});

test("no text that is put into a sentence gets out of its isolate", () => {
  const say = createSay({ said: "{content}!" });
  assert.equal(say("said", { content: "\u2069\u202egpj" }), "\u2068\u202egpj\u2069!");
  assert.equal(say("said", { content: "\u2067\u2068a" }), "\u2068\u2067\u2068a\u2069\u2069\u2069!");
});

test("a number has the form that its language gives it", () => {
  const table = { "left-one": "one left", "left-other": "{count} left" };
  const say = createSay(table, "en");
  assert.deepEqual([1, 2].map((count) => say.count("left", count)), ["one left", "2 left"]);
  // Polish tells apart more forms than the table has.
  assert.equal(createSay(table, "pl").count("left", 3), "3 left");
});
