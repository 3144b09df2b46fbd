import assert from "node:assert/strict";
import { test } from "node:test";

import { createUploads } from "../../conversations/static/conversations/uploads.js";

const KIB = 1024;

function openTray({ maxBytes = 100 * KIB } = {}) {
  const sent = [];
  const released = [];
  let nextId = 1;
  function upload(file, onProgress) {
    const one = { file, onProgress, isCancelled: false };
    one.done = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
    sent.push(one);
    return { done: one.done, cancel: () => (one.isCancelled = true) };
  }
  const uploads = createUploads({
    upload,
    preview: (file) => `blob:${file.name}`,
    release: (address) => released.push(address),
    maxBytes,
    newId: () => `item-${nextId++}`,
    onChange() {},
  });
  const states = () => uploads.of(12).map(({ state }) => state);
  return { uploads, sent, released, states };
}

const file = (name, { type = "image/png", size = KIB } = {}) => ({ name, type, size });
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("pictures go up two at a time, show how far they are, and are taken when they are up", async () => {
  const { uploads, sent, states } = openTray();
  uploads.add(12, [file("a.png"), file("b.png"), file("c.png")]);
  assert.deepEqual(states(), ["uploading", "uploading", "waiting"]);
  sent[0].onProgress(0.5);
  assert.equal(uploads.of(12)[0].progress, 0.5);
  assert.equal(uploads.of(12)[0].preview, "blob:a.png");
  for (const index of [0, 1, 2]) {
    sent[index].resolve({ mediaUrl: `/media/${index}/` });
    await settle();
  }
  assert.ok(uploads.areDone(12));
  assert.deepEqual(uploads.take(12).map(({ media }) => media.mediaUrl), ["/media/0/", "/media/1/", "/media/2/"]);
  assert.deepEqual(uploads.of(12), []);
});

test("what is too large or empty is refused without being sent", () => {
  const { uploads, sent } = openTray({ maxBytes: KIB });
  uploads.add(12, [file("large.png", { size: KIB + 1 }), file("empty.txt", { type: "text/plain", size: 0 })]);
  assert.deepEqual(uploads.of(12).map(({ problem }) => problem.reason), ["file_too_large", "empty_file"]);
  assert.equal(sent.length, 0);
  uploads.retry("item-1");
  assert.equal(sent.length, 0);
});

test("no character of a name turns around what is read of it", () => {
  const { uploads } = openTray();
  uploads.add(12, [file("evil\u202egpj.exe")]);
  assert.equal(uploads.of(12)[0].name, "evilgpj.exe");
});

test("what is taken away is cancelled, its picture freed, and the next one goes", () => {
  const { uploads, sent, released, states } = openTray();
  uploads.add(12, [file("a.png"), file("b.png"), file("c.png")]);
  uploads.remove("item-1");
  assert.ok(sent[0].isCancelled);
  assert.deepEqual(released, ["blob:a.png"]);
  assert.deepEqual(states(), ["uploading", "uploading"]);
});

test("what came after it was taken away changes nothing", async () => {
  const { uploads, sent } = openTray();
  uploads.add(12, [file("a.png")]);
  uploads.remove("item-1");
  sent[0].resolve({ mediaUrl: "/media/0/" });
  await settle();
  assert.deepEqual(uploads.take(12), []);
});

test("what failed because nobody could be reached goes again by itself, what was refused does not", async () => {
  const { uploads, sent, states } = openTray();
  uploads.add(12, [file("a.png"), file("b.png")]);
  sent[0].reject(Object.assign(new Error("gone"), { code: "unreachable" }));
  sent[1].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  await settle();
  assert.deepEqual(states(), ["failed", "failed"]);
  assert.ok(uploads.isAnyUnfinished());
  uploads.reachable();
  assert.deepEqual(states(), ["uploading", "failed"]);
  assert.equal(uploads.of(12)[1].problem.code, "invalid_media");
});

test("a failed one can be tried again by hand", async () => {
  const { uploads, sent, states } = openTray();
  uploads.add(12, [file("a.png")]);
  sent[0].reject(new Error("500"));
  await settle();
  uploads.retry("item-1");
  assert.deepEqual(states(), ["uploading"]);
  assert.equal(sent.length, 2);
});

test("each conversation has its own", () => {
  const { uploads } = openTray();
  uploads.add(12, [file("a.png")]);
  assert.deepEqual(uploads.of(13), []);
  assert.ok(uploads.areDone(13));
  assert.equal(uploads.areDone(12), false);
});

test("a picture that browsers don't show is shown once the site has made one that they do", async () => {
  const { uploads, sent, released } = openTray();
  uploads.add(12, [file("phone.heic", { type: "image/heic" }), file("film.mp4", { type: "video/mp4" })]);
  assert.deepEqual(uploads.of(12).map(({ preview }) => preview), [null, null]);
  sent[0].resolve({ mediaUrl: "/media/1/", messageType: "image", thumbnailUrl: "/media/1/thumbnail/" });
  sent[1].resolve({ mediaUrl: "/media/2/", messageType: "video" });
  await settle();
  assert.deepEqual(uploads.of(12).map(({ preview }) => preview), ["/media/1/thumbnail/", null]);
  uploads.remove("item-1");
  assert.deepEqual(released, []);
});

test("what can't be read is not tried again when the site can be reached", async () => {
  const { uploads, sent, states } = openTray();
  uploads.add(12, [file("photos", { type: "" })]);
  sent[0].reject({ code: "unreadable" });
  await settle();
  uploads.reachable();
  assert.deepEqual(states(), ["failed"]);
  assert.equal(uploads.of(12)[0].mayRetry, false);
  assert.equal(sent.length, 1);
});
