import assert from "node:assert/strict";
import { test } from "node:test";

import { toJson, wellFormed } from "../../conversations/static/conversations/wellformed.js";

const CASES = [
  ["half \ud83d of one", "half \ufffd of one"],
  ["the other \ude00", "the other \ufffd"],
  ["whole 😀", "whole 😀"],
  ["\ude00\ud83d", "\ufffd\ufffd"],
];

for (const [text, wanted] of CASES) {
  test(`${JSON.stringify(text)} travels as ${JSON.stringify(wanted)}`, () => {
    assert.equal(wellFormed(text), wanted);
    assert.equal(toJson({ deep: [{ text }] }), JSON.stringify({ deep: [{ text: wanted }] }));
  });

  test(`so it does in a browser that has no method for it: ${JSON.stringify(text)}`, () => {
    const { toWellFormed } = String.prototype;
    delete String.prototype.toWellFormed;
    try {
      assert.equal(wellFormed(text), wanted);
    } finally {
      Object.defineProperty(String.prototype, "toWellFormed", { value: toWellFormed, configurable: true, writable: true });
    }
  });
}
