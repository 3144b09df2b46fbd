import assert from "node:assert/strict";
import { test } from "node:test";

import { partsOf, shownText } from "../../conversations/static/conversations/links.js";

const linksIn = (text) => partsOf(text).filter((part) => typeof part !== "string");

/** Texts with their links in ⟦ ⟧. */
const ENDS = {
  "a scheme in any case": ["⟦https://example.com⟧ ⟦HTTP://EXAMPLE.COM/A⟧", "⟦hTTps://example.com/a⟧"],
  "www.": ["see ⟦www.example.dev⟧, ⟦WWW.Example.com/a?b⟧"],
  "a mail address": ["⟦mailto:a.b@example.com⟧ or ⟦a.b+c@example.co.uk⟧.", "⟦MAILTO:A@EXAMPLE.COM⟧"],
  "a bare name that nobody takes for a file or a word": ["⟦example.com⟧, ⟦Example.ORG/a⟧; notes.md know.is file.com.txt v1.2.3 script.sh"],
  "no other scheme": ["ftp://example.com //example.com javascript:alert(1) data:text/html,a file:///etc/passwd", "javascript://example.dev/%0aalert(1)"],
  "a port, a query and a fragment": ["⟦http://localhost:8000/a?b=c&d=e#f⟧", "⟦http://example.com?a⟧ ⟦http://[::1]:8000/a⟧"],
  "a number that is no port": ["https://example.com:99999/a"],
  "the end of a sentence": ["⟦https://example.com/a⟧. ⟦https://example.com/b⟧, ⟦https://example.com/c⟧; ⟦https://example.com/d⟧! ⟦https://example.com/e⟧?", "⟦https://example.com/f⟧... ⟦https://example.com⟧: yes"],
  "dots, commas and dashes within": ["⟦https://example.com/a...b,c;d--e-⟧", "⟦https://example.com/@59.93,30.31,15z?hl=en⟧"],
  "balanced brackets": ["⟦https://example.com/a_(b)⟧ (⟦https://example.com/c⟧)", "[⟦https://example.com/a[b]⟧] {⟦https://example.com/a{b}⟧}", "(see ⟦https://example.com/f(g(h))⟧).", "<⟦https://example.com/a⟧> ⟦https://example.com/(a)⟧ (b)"],
  "quotation marks": ["\"⟦https://example.com/a⟧\" '⟦https://example.com/b⟧'", "“⟦https://example.com/a⟧” ‘⟦https://example.com/b⟧’ «⟦https://example.com/c⟧» „⟦https://example.com/d⟧“", "⟦https://example.com/it's⟧"],
  "a colon": ["⟦https://example.com/a⟧: yes", "⟦https://example.com/a:b⟧ ⟦https://example.com/a?b⟧:"],
  "emphasis around it": ["**⟦https://a.example/x⟧** *⟦https://a.example/x⟧* **See ⟦https://a.example/x⟧.** (*⟦https://a.example/x⟧*)", "_⟦https://a.example/x⟧_ ~~⟦https://a.example/x⟧~~ `⟦https://a.example/x⟧` |⟦https://a.example/x⟧|", "⟦https://a.example/x_⟧ ⟦https://a.example/x~⟧ ⟦https://a.example/*/a⟧"],
  "what a mail is about": ["⟦mailto:bob@example.com?subject=hi&body=x⟧, ⟦mailto:bob@example.com⟧?", "(⟦mailto:bob@example.com?cc=carol@example.com⟧). ⟦bob@example.com⟧?subject=hi"],
  "typographic punctuation": ["⟦https://example.com/a⟧… ⟦https://example.com/b⟧—and ⟦https://example.com/c⟧–d"],
  "Chinese and Japanese": ["看⟦https://example.com⟧很好", "看这里⟦www.example.com⟧。好", "见⟦https://example.com/a⟧，⟦https://example.com/路径⟧！", "（⟦https://example.com/路⟧）「⟦https://example.com/a⟧」", "⟦https://zh.wikipedia.org/wiki/北京（城市）⟧。", "联系⟦a.b@example.com⟧吧", "⟦https://example.com⟧を見て"],
  "Korean and Thai": ["⟦https://example.com⟧에서 봐요", "ดู⟦https://example.com/a⟧ นะ"],
  "emoji and other pictures before it": ["👉⟦www.example.com⟧ 🔗⟦www.example.com/a⟧ ✓⟦www.example.com⟧ →⟦www.example.com⟧", "👉⟦https://a.example/x⟧ ✅⟦https://a.example/x⟧ →⟦https://a.example/x⟧ ❤️⟦https://a.example/x⟧", "1️⃣⟦https://a.example/x⟧ 👉🏽⟦www.example.com⟧ 👨‍👩‍👧⟦www.example.com⟧", "👉⟦bob@example.com⟧ 👉⟦mailto:bob@example.com⟧ 👉⟦example.com⟧"],
  "emoji and other pictures behind its host": ["⟦https://example.com⟧🙂 ⟦www.example.com⟧👍 ⟦bob@example.com⟧👍🏽. ⟦example.com⟧👍", "⟦https://example.com⟧→x ⟦https://example.com⟧→b.example ⟦https://example.com⟧🙂/a", "⟦http://localhost⟧👍 ⟦https://правительство.рф⟧👍"],
  "emoji in a path": ["⟦https://example.com/wiki/👍⟧ ⟦https://example.com/@bob👍x⟧"],
  "other symbols before it": ["`⟦https://a.example/x⟧ |⟦https://a.example/x⟧ ~⟦https://a.example/x⟧ =⟦https://a.example/x⟧ +⟦https://a.example/x⟧", "$⟦https://a.example/x⟧ ^⟦https://a.example/x⟧ _⟦https://a.example/x⟧ (~⟦https://a.example/x⟧)", "~⟦www.example.com⟧ `⟦www.example.com⟧` `⟦bob@example.com⟧` **⟦bob@example.com⟧** ~⟦example.com⟧~"],
  "other symbols within it": ["⟦https://a.example/x?u=https://b.example/y⟧ ⟦https://a.example/x?u=https://b.example~y⟧", "⟦https://a.example/~bob/x~y⟧ ⟦https://a.example/?a=$www.example.com⟧ ⟦_bob@example.com⟧"],
  "letters of all kinds in a path": ["⟦https://example.com/wiki/שלום_עולם⟧ ⟦https://example.com/കാ⟧"],
  "what can't be seen around it": ["\u2068⟦https://example.com⟧\u2069 \u200b⟦https://example.com/a⟧\u200b\ufeff."],
};

for (const [name, texts] of Object.entries(ENDS)) {
  test(`where an address begins and ends: ${name}`, () => {
    for (const text of texts) {
      const marked = partsOf(text.replace(/[⟦⟧]/g, "")).map((part) => (typeof part === "string" ? part : `⟦${part.text}⟧`));
      assert.equal(marked.join(""), text);
    }
  });
}

test("a link leads to where it says", () => {
  const leads = {
    "www.example.dev/a": "http://www.example.dev/a",
    "example.com": "http://example.com/",
    "HTTPS://Example.com/A": "https://example.com/A",
    "a.b@example.com": "mailto:a.b@example.com",
    "MAILTO:a@EXAMPLE.com": "mailto:a@example.com",
    "mailto:bob@example.com?subject=hi&body=x": "mailto:bob@example.com?subject=hi&body=x",
    "mailto:bob@example.com?subject=Grüße": "mailto:bob@example.com?subject=Gr%C3%BC%C3%9Fe",
    "https://example.com/路": "https://example.com/%E8%B7%AF",
  };
  for (const [text, href] of Object.entries(leads)) assert.deepEqual(linksIn(text), [{ text, href }]);
});

test("characters that can't be seen are shown as what they are, and lead nowhere else", () => {
  const address = "https://example.com/%E2%80%AEgpj.exe";
  assert.deepEqual(linksIn("https://example.com/\u202egpj.exe"), [{ text: address, href: address }]);
  const shownAs = {
    "https://example.com/a\u200bb?c\u2066d#\u00ade": "https://example.com/a%E2%80%8Bb?c%E2%81%A6d#%C2%ADe",
    "mailto:bob@example.com?a\u202eb": "mailto:bob@example.com?a%E2%80%AEb",
    "https://example.com/\u3164\u2800a": "https://example.com/%E3%85%A4%E2%A0%80a",
  };
  for (const [text, said] of Object.entries(shownAs)) {
    assert.equal(shownText(text), said);
    assert.equal(linksIn(text)[0].href, said);
  }
});

test("text directly behind a link is not turned around", () => {
  const shownAs = {
    "https://example.com\u202e/gpj.exe": "https://example.com%E2%80%AE/gpj.exe",
    "www.example.com\u2067/a\u2069 b": "www.example.com%E2%81%A7/a\u2069 b",
    "https://example.com/a\u202e": "https://example.com/a%E2%80%AE",
    "(https://example.com/a)\u202bb": "(https://example.com/a)%E2%80%ABb",
    // Not behind one.
    "\u202eb https://example.com/a \u202bb": "\u202eb https://example.com/a \u202bb",
  };
  for (const [text, said] of Object.entries(shownAs)) {
    assert.equal(shownText(text), said);
    assert.equal(linksIn(text).length, 1);
  }
});

test("no host has them: that is no link, and is shown", () => {
  assert.deepEqual(partsOf("https://exa\u202emple.com/a"), ["https://exa%E2%80%AEmple.com/a"]);
});

test("the host that is shown is the one that it leads to", () => {
  const hosts = {
    // In Cyrillic letters, all or one of them; in Latin ones with marks.
    "https://аррӏе.com/a": "https://xn--80ak6aa92e.com/a",
    "https://pаypal.com": "https://xn--pypal-4ve.com",
    "www.müller.de": "www.xn--mller-kva.de",
    "a@pаypal.com": "a@xn--pypal-4ve.com",
    // Which browsers take for others.
    "https://ｅｘａｍｐｌｅ.com/": "https://example.com/",
    "http://0x7f.1/": "http://127.0.0.1/",
    "http://2130706433/": "http://127.0.0.1/",
    // Names with emoji in them, which go on behind those.
    "https://i❤.example/a": "https://xn--i-7iq.example/a",
    "https://a😀😀.example": "https://xn--a-jv3sa.example",
    // No name in ASCII ends like these.
    "https://правительство.рф/a": "https://правительство.рф/a",
    "https://例子.中国/": "https://例子.中国/",
  };
  for (const [text, said] of Object.entries(hosts)) {
    const [link] = linksIn(text);
    assert.equal(link.text, said);
  }
  assert.equal(linksIn("https://правительство.рф/a")[0].href, "https://xn--80aealotwbjpid2k.xn--p1ai/a");
});

test("a name before the host is not taken for it", () => {
  for (const text of ["https://example.com@example.net/a", "https://user:pass@example.com/", "http://example.com\\@example.net/a"]) {
    assert.deepEqual(partsOf(text), [text]);
  }
});

test("the host is what stands between the pictures", () => {
  const hosts = { "https://example.com🙂": "https://example.com/", "👉www.example.com👍": "http://www.example.com/", "✓bob@example.com👍": "mailto:bob@example.com" };
  for (const [text, href] of Object.entries(hosts)) assert.deepEqual(linksIn(text).map((link) => link.href), [href]);
});

test("nothing of the text is lost, whatever it is", () => {
  const texts = ["", "a", "https://", "www.", "@", "https://example.com/\ud800", "www.".repeat(500), `https://example.com/${"([{（".repeat(200)}`];
  for (const text of texts) assert.equal(shownText(text).replaceAll("\ufffd", "\ud800"), text);
});
