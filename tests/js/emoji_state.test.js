import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { test } from "node:test";

import {
  GROUPS,
  createEmojiMemory,
  emojisFrom,
  findEmojis,
  inTone,
} from "../../conversations/static/conversations/emoji_state.js";
import { memoryStorage, strings } from "./support.js";

const vendor = new URL("../../conversations/static/conversations/vendor/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", vendor), "utf8"));
const [{ name, version }] = manifest.packages;
const data = JSON.parse(readFileSync(new URL(`${name}-${version}/en/compact.json`, vendor), "utf8"));
const emojis = emojisFrom(data);
const found = (text) => findEmojis(emojis, text).map(({ emoji }) => emoji);

/** A browser finds modules by their path: names of packages were replaced by that in what was taken, and nothing else. */
function asPublished(path) {
  const content = readFileSync(new URL(path, vendor));
  const replaced = Object.entries(manifest.specifiers[path] ?? {});
  if (replaced.length === 0) return content;
  return replaced.reduce((text, [of, at]) => text.replace(`from "${at}"`, `from "${of}"`), content.toString());
}

test("what was taken from others is as they made it, with their licence", () => {
  const files = readdirSync(vendor, { recursive: true }).filter((path) => statSync(new URL(path, vendor)).isFile());
  const sums = files
    .filter((path) => path !== "manifest.json")
    .map((path) => [path, createHash("sha256").update(asPublished(path)).digest("hex")]);
  assert.deepEqual(Object.fromEntries(sums), manifest.sha256);
  for (const { name: of, version: at } of manifest.packages) {
    assert.ok(["LICENSE", "LICENSE.txt"].some((file) => `${of}-${at}/${file}` in manifest.sha256), of);
  }
});

test("every emoji is in a group that has a name on the page", () => {
  assert.deepEqual([...new Set(emojis.map(({ group }) => group))].sort(), GROUPS);
  for (const group of GROUPS) assert.ok(`emoji-group-${group}` in strings);
  assert.equal(emojis.some(({ emoji }) => emoji === "🇦"), false);
});

test("emojis are found by the beginnings of words, those of that name first", () => {
  assert.equal(found("thumbs up")[0], "👍");
  assert.deepEqual(found("cat").slice(0, 2), ["🐈", "🐱"]);
  assert.ok(found("celebr").includes("🎉"));
  assert.deepEqual(found("nothing-of-that-name"), []);
  assert.deepEqual(found("  "), []);
});

test("an emoji is written as keyboards write it", () => {
  assert.equal(found("red heart")[0], "\u2764\uFE0F");
});

test("a search finds no more than can be looked at", () => {
  assert.ok(found("a").length <= 100);
});

test("a skin tone is taken where there is one", () => {
  const [hand] = findEmojis(emojis, "waving hand");
  assert.equal(inTone(hand, 0), "👋");
  assert.equal(inTone(hand, 3), "👋🏽");
  const [rocket] = findEmojis(emojis, "rocket");
  assert.equal(inTone(rocket, 3), "🚀");
});

test("the emojis used last come first, each once", () => {
  const memory = createEmojiMemory(memoryStorage());
  assert.ok(memory.recent().length > 0);
  memory.used("🦊");
  memory.used("🐙");
  memory.used("🦊");
  assert.deepEqual(memory.recent().slice(0, 2), ["🦊", "🐙"]);
  memory.chooseTone(4);
  assert.equal(memory.tone(), 4);
});

test("what can't be read or written is as if there were nothing", () => {
  const storage = memoryStorage();
  storage.setItem("emoji.tone", "{");
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const memory = createEmojiMemory(storage);
  memory.used("🦊");
  assert.equal(memory.tone(), 0);
});
