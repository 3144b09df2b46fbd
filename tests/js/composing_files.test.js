import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX, media, openComposer, picture, settle, waitsForFiles } from "./composer.js";

test("a text that is too long for a message goes with it as a file", async () => {
  const { composing, added, files, wires, shown } = openComposer();
  composing.wrote(12, "look");
  assert.equal(composing.mayPutIn(12, "a".repeat(MAX)), true);
  assert.equal(composing.mayPutIn(12, ` ${"👍".repeat(MAX)}\n`), true);
  assert.equal(composing.mayPutIn(12, "a".repeat(MAX + 1)), false);
  assert.deepEqual(files.map(({ name, text }) => [name, text.length]), [["Pasted text.txt", MAX + 1]]);
  assert.match(shown().note, /added as a file/);
  assert.deepEqual([shown().text, shown().files.length], ["look", 1]);
  wires[0].resolve({ mediaUrl: "/media/1/", messageType: "file" });
  await settle();
  composing.submit(12);
  assert.deepEqual([added[0].content, added[0].mediaUrl], ["look", "/media/1/"]);
  assert.equal(shown().note, "");
});

test("what makes a text far too long goes with it as a file, piece by piece", () => {
  const { composing, files, shown } = openComposer();
  const piece = "a".repeat(MAX - 10);
  let text = "";
  for (let count = 0; count < 4; count += 1) {
    if (composing.mayPutIn(12, piece, { beside: text })) text += piece;
    composing.wrote(12, text);
  }
  assert.equal(shown().text, piece + piece);
  assert.deepEqual(files.map((file) => file.text), [piece, piece]);
  // In place of what is there, it is not too long.
  assert.equal(composing.mayPutIn(12, piece, { beside: "" }), true);
});

test("a message sent while its picture goes up is sent when that is up", async () => {
  const { composing, added, wires, shown } = openComposer();
  composing.addFiles(12, [picture("a.png")]);
  composing.wrote(12, "look");
  composing.submit(12);
  assert.ok(shown().isSending);
  assert.deepEqual(added, []);
  wires[0].resolve(media(1));
  await settle();
  assert.deepEqual([added[0].content, added[0].mediaUrl], ["look", "/media/1/"]);
  assert.deepEqual([shown().text, shown().isSending, shown().files], ["", false, []]);
});

test("what failed on the way is offered to be tried again", async () => {
  const { composing, wires, shown } = openComposer();
  composing.addFiles(12, [picture("a.png"), picture("b.png")]);
  wires[0].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  wires[1].reject(Object.assign(new Error("No network."), { code: "unreachable" }));
  await settle();
  composing.submit(12);
  assert.match(shown().problem, /Try them again, or remove them\.$/);
});

test("a picture that was refused is to be taken away before anything is sent", async () => {
  const { composing, uploads, added, wires, shown } = openComposer();
  composing.addFiles(12, [picture("a.png")]);
  composing.wrote(12, "look");
  composing.submit(12);
  wires[0].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  await settle();
  assert.equal(shown().isSending, false);
  composing.submit(12);
  assert.match(shown().problem, /Remove it first\.$/);
  assert.deepEqual(added, []);
  uploads.remove(shown().files[0].id);
  composing.submit(12);
  assert.equal(added[0].content, "look");
});

test("a reload keeps the pictures that are up, and says of the others that they are lost", async () => {
  const first = openComposer();
  first.composing.addFiles(12, [picture("up.png"), picture("under-way.png")]);
  first.wires[0].resolve(media(1));
  await settle();
  const { composing, added, shown } = openComposer({ storage: first.storage });
  assert.deepEqual(shown().files.map(({ name }) => name), ["up.png"]);
  assert.deepEqual(shown().lost, ["under-way.png"]);
  composing.forgetLost(12);
  assert.deepEqual(shown().lost, []);
  composing.submit(12);
  assert.equal(added[0].mediaUrl, "/media/1/");
  assert.equal(first.storage.length, 0);
});

test("a file that was taken away is not lost", async () => {
  const { composing, uploads, wires, shown, storage } = openComposer();
  shown();
  composing.addFiles(12, [picture("broken.png"), picture("unwanted.png")]);
  wires[0].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  await settle();
  for (const { id } of shown().files) uploads.remove(id);
  assert.deepEqual(shown().lost, []);
  assert.equal(storage.length, 0);
});

test("a text never goes out alone when a file that it waits for is taken away", async () => {
  const { uploads, added, wires, shown } = await waitsForFiles();
  uploads.remove(shown().files[1].id);
  assert.deepEqual([shown().isSending, shown().text], [false, "look"]);
  wires[1].resolve(media(2));
  await settle();
  assert.deepEqual(added, []);
});

test("when a file that it waits for fails, the text is there again, and the reason names the file", async () => {
  const { added, wires, shown } = await waitsForFiles();
  wires[1].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  await settle();
  assert.deepEqual([shown().isSending, shown().text], [false, "look"]);
  assert.match(shown().problem, /b\.png/);
  assert.deepEqual(shown().files.map(({ name }) => name), ["b.png", "a.png"]);
  assert.deepEqual(added, []);
});

test("a text whose file the server no longer has is a draft again without it", () => {
  const { composing, shown } = openComposer();
  const entry = { id: "e", kind: "message", conversationId: 12, content: "look", failed: "invalid_media" };
  composing.takeBack({ ...entry, ...media(7), mediaName: "a.png" });
  assert.deepEqual([shown().text, shown().files], ["look", []]);
});
