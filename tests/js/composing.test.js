import assert from "node:assert/strict";
import { test } from "node:test";

import { createComposing, messagesOf, roomIn } from "../../conversations/static/conversations/composing.js";
import { createDraftState } from "../../conversations/static/conversations/draft_state.js";
import { createDraftStore } from "../../conversations/static/conversations/draft_store.js";
import { lengthOf } from "../../conversations/static/conversations/text_length.js";
import { createUploads } from "../../conversations/static/conversations/uploads.js";
import { ALICE, BOB, memoryStorage, message, say } from "./support.js";

const MAX = 300;
const settle = () => new Promise((resolve) => setImmediate(resolve));

function openComposer({ storage = memoryStorage() } = {}) {
  const added = [];
  const edited = [];
  const aside = [];
  const changes = new Map();
  const wires = [];
  const files = [];
  let nextId = 1;
  let composing;
  const newId = () => `id-${nextId++}`;
  const subjects = createDraftState();
  const uploads = createUploads({
    upload(file) {
      files.push(file);
      const wire = { cancel() {} };
      wire.done = new Promise((resolve, reject) => Object.assign(wire, { resolve, reject }));
      wires.push(wire);
      return wire;
    },
    preview: (file) => `blob:${file.name}`,
    release() {},
    maxBytes: 1000,
    newId,
    onChange: (conversationId) => composing.uploadsChanged(conversationId),
  });
  composing = createComposing({
    subjects,
    store: createDraftStore({ userId: 1, storage }),
    uploads,
    outbox: {
      add: (entry) => added.push(entry),
      edit: (entry) => edited.push(entry),
      setAside: (entry) => aside.push(entry),
      changesOf: () => changes,
    },
    ownTyping: { wrote() {}, sent() {}, stop() {} },
    say,
    newId,
    textFile: (text, name) => ({ name, type: "text/plain", size: text.length, text }),
    maxContent: MAX,
    onChange() {},
  });
  const shown = () => composing.shown(12);
  return { composing, subjects, uploads, files, storage, added, edited, aside, changes, wires, shown };
}

const picture = (name) => ({ name, type: "image/png", size: 10 });
const media = (number) => ({ mediaUrl: `/media/${number}/`, messageType: "image", mediaBytes: 10 });

test("what was written is sent, and the composer is empty", () => {
  const { composing, added, shown } = openComposer();
  composing.wrote(12, "  hello ");
  composing.submit(12);
  assert.equal(added[0].content, "hello");
  assert.equal(shown().text, "");
});

test("half of an emoji is sent as what can be sent, and so is an edit with it", () => {
  const { composing, added, edited } = openComposer();
  composing.wrote(12, "cut \ud83d");
  composing.submit(12);
  assert.equal(added[0].content, "cut \ufffd");
  composing.startEdit(message(1, { from: ALICE }));
  composing.wrote(12, "\ude00 cut");
  composing.submit(12);
  assert.equal(edited[0].content, "\ufffd cut");
});

test("nothing is sent of nothing", () => {
  const { composing, added } = openComposer();
  for (const text of ["  ", "\u200b \u3164"]) {
    composing.wrote(12, text);
    composing.submit(12);
  }
  assert.deepEqual(added, []);
});

test("a draft is there again after a reload, with what it answers", () => {
  const first = openComposer();
  first.composing.wrote(12, "I think");
  first.composing.startReply(message(1));
  const { composing, added, shown } = openComposer({ storage: first.storage });
  assert.equal(shown().text, "I think");
  composing.submit(12);
  assert.equal(added[0].replyToMessageId, 1001);
  assert.equal(first.storage.length, 0);
});

test("drafts are each conversation's own", () => {
  const { composing } = openComposer();
  composing.wrote(12, "to them");
  assert.equal(composing.shown(13).text, "");
});

test("while a message is edited, what was written of a new one waits", () => {
  const { composing, added, edited, shown } = openComposer();
  composing.wrote(12, "half a thought");
  composing.startEdit(message(1, { from: ALICE, content: "old" }));
  assert.equal(shown().text, "old");
  composing.wrote(12, "new");
  composing.submit(12);
  assert.deepEqual(edited, [{ conversationId: 12, messageId: 1001, content: "new" }]);
  assert.deepEqual(added, []);
  assert.equal(shown().text, "half a thought");
});

test("an edit called off, or one that changes nothing, leaves the message as it is", () => {
  const { composing, edited, shown } = openComposer();
  const mine = message(1, { from: ALICE, content: "old" });
  composing.startEdit(mine);
  composing.wrote(12, "new");
  composing.cancel(12);
  composing.startEdit(mine);
  assert.equal(shown().text, "old");
  composing.submit(12);
  assert.deepEqual(edited, []);
  assert.equal(shown().text, "");
});

test("after an edit, called off or saved, the reply is there again", () => {
  const { composing, added, edited, shown, subjects } = openComposer();
  composing.wrote(12, "I think");
  composing.startReply(message(1));
  composing.startEdit(message(2, { from: ALICE, content: "old" }));
  composing.cancel(12);
  assert.deepEqual([subjects.of(12).kind, shown().text], ["reply", "I think"]);
  composing.startEdit(message(2, { from: ALICE, content: "old" }));
  composing.wrote(12, "new");
  composing.submit(12);
  assert.equal(edited[0].content, "new");
  composing.submit(12);
  assert.deepEqual([added[0].content, added[0].replyToMessageId], ["I think", 1001]);
  assert.equal(subjects.of(12).kind, "new");
});

test("an edit under way is there again after a reload, and so is the reply behind it", () => {
  const first = openComposer();
  first.composing.startReply(message(1));
  first.composing.startEdit(message(2, { from: ALICE, content: "old" }));
  first.composing.wrote(12, "new");
  const { composing, added, edited, shown, storage } = openComposer({ storage: first.storage });
  assert.equal(shown().text, "new");
  composing.submit(12);
  assert.deepEqual(edited, [{ conversationId: 12, messageId: 1002, content: "new" }]);
  composing.wrote(12, "yes");
  composing.submit(12);
  assert.equal(added[0].replyToMessageId, 1001);
  assert.equal(storage.length, 0);
});

test("what was written in an edit is kept while the person answers somebody, or edits another message", () => {
  const { composing, shown } = openComposer();
  const mine = message(2, { from: ALICE, content: "old" });
  composing.startEdit(mine);
  composing.wrote(12, "new");
  composing.startEdit(message(3, { from: ALICE, content: "another" }));
  assert.equal(shown().text, "another");
  composing.startReply(message(1));
  assert.equal(shown().text, "");
  composing.startEdit(mine);
  assert.equal(shown().text, "new");
});

test("the reply is gone with the message that it answers, also while another message is edited", () => {
  const { composing, shown, subjects, storage } = openComposer();
  composing.startReply(message(1));
  composing.startEdit(message(2, { from: ALICE, content: "old" }));
  composing.messageChanged(message(1, { content: "", isDeleted: true }));
  assert.equal(shown().text, "old");
  composing.cancel(12);
  assert.equal(subjects.of(12).kind, "new");
  assert.equal(storage.length, 0);
});

test("an edit that another tab ended is over here, unless this is where the person writes", () => {
  const first = openComposer();
  first.composing.startEdit(message(2, { from: ALICE, content: "old" }));
  const { composing, shown, subjects } = openComposer({ storage: first.storage });
  assert.equal(shown().text, "old");
  first.composing.cancel(12);
  const event = { key: "draft.1.12", newValue: null };
  composing.storageChanged(event, { isInUse: true });
  assert.equal(subjects.of(12).kind, "edit");
  composing.storageChanged(event, { isInUse: false });
  assert.equal(subjects.of(12).kind, "new");
});

test("a message can't be edited to nothing, a picture's words can", () => {
  const { composing, edited, shown } = openComposer();
  composing.startEdit(message(1, { from: ALICE }));
  composing.wrote(12, " ");
  composing.submit(12);
  assert.match(shown().problem, /deleted instead/);
  composing.startEdit(message(2, { from: ALICE, mediaUrl: "/media/1/" }));
  composing.wrote(12, "");
  composing.submit(12);
  assert.deepEqual(edited, [{ conversationId: 12, messageId: 1002, content: "" }]);
});

test("an edit is over when the message is deleted meanwhile", () => {
  const { composing, shown } = openComposer();
  composing.wrote(12, "draft");
  composing.startEdit(message(1, { from: ALICE }));
  const { version } = shown();
  composing.messageChanged(message(1, { from: ALICE, content: "", isDeleted: true }));
  assert.equal(shown().text, "draft");
  assert.ok(shown().version > version);
});

test("who comes near the limit sees how near, and over it nothing is sent", () => {
  const { composing, added, shown } = openComposer();
  assert.equal(roomIn("a".repeat(MAX - 201), MAX), null);
  assert.deepEqual(roomIn("a".repeat(MAX - 5), MAX), { count: 5, isOver: false });
  composing.wrote(12, "👍".repeat(MAX + 2));
  assert.deepEqual(shown().room, { count: 2, isOver: true });
  composing.submit(12);
  assert.deepEqual(added, []);
  assert.equal(shown().problem, "2 characters too many.");
});

test("the length is what the server counts: code points, without the space around them", () => {
  const lengths = { "": 0, " \n ": 0, " a b ": 3, "👍👍": 2, "\ud800": 1, "\udc00\ud800": 2, "👩‍💻": 3 };
  for (const [text, length] of Object.entries(lengths)) assert.equal(lengthOf(text), length, JSON.stringify(text));
});

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

test("what makes an edit far too long is refused", () => {
  const { composing, files, shown } = openComposer();
  composing.startEdit(message(1, { from: ALICE, content: "old" }));
  assert.equal(composing.mayPutIn(12, "a".repeat(MAX), { beside: "a".repeat(MAX) }), true);
  assert.equal(composing.mayPutIn(12, "a".repeat(MAX), { beside: "a".repeat(MAX + 1) }), false);
  assert.match(shown().problem, /^That is too much/);
  assert.deepEqual(files, []);
});

test("an edit takes no files: what is too long for it is refused at once", () => {
  const { composing, files, shown } = openComposer();
  composing.startEdit(message(1, { from: ALICE, content: "old" }));
  assert.equal(composing.mayPutIn(12, "a".repeat(MAX + 1)), false);
  assert.equal(shown().problem, "That is too much to put in here: a message has at most 300 characters.");
  assert.deepEqual([shown().text, files], ["old", []]);
  composing.wrote(12, "older");
  assert.equal(shown().problem, null);
});

test("of several pictures the first one answers, and the words go with the last", () => {
  const files = [{ media: media(1), preview: "blob:a" }, { media: media(2), preview: null }];
  const [first, last] = messagesOf({ text: "look", files, replyToMessageId: 7 });
  assert.deepEqual([first.content, first.replyToMessageId, first.preview], ["", 7, "blob:a"]);
  assert.deepEqual([last.content, last.replyToMessageId, last.mediaUrl], ["look", undefined, "/media/2/"]);
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

test("a picture that was refused is to be taken away before anything is sent", async () => {
  const { composing, uploads, added, wires, shown } = openComposer();
  composing.addFiles(12, [picture("a.png")]);
  composing.wrote(12, "look");
  composing.submit(12);
  wires[0].reject(Object.assign(new Error("Not an image."), { code: "invalid_media" }));
  await settle();
  assert.equal(shown().isSending, false);
  composing.submit(12);
  assert.ok(shown().problem);
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

test("what another tab sent is not a draft here, unless this is where the person writes", () => {
  const { composing, shown } = openComposer();
  composing.wrote(12, "hello");
  const event = { key: "draft.1.12", newValue: null };
  composing.storageChanged(event, { isInUse: true });
  assert.equal(shown().text, "hello");
  composing.storageChanged(event, { isInUse: false });
  assert.equal(shown().text, "");
});

test("a draft outlives the session, and is nobody else's", () => {
  const first = openComposer();
  first.composing.wrote(12, "mine");
  const store = createDraftStore({ userId: 2, storage: first.storage });
  assert.equal(store.of(12).text, "");
  assert.equal(store.storageChanged({ key: "draft.1.12", newValue: null }), null);
  assert.equal(openComposer({ storage: first.storage }).shown().text, "mine");
});

test("a reply is to the message, whoever wrote it", () => {
  const { composing, added } = openComposer();
  composing.startReply(message(3, { from: BOB }));
  composing.wrote(12, "yes");
  composing.submit(12);
  assert.equal(added[0].replyToMessageId, 1003);
  composing.wrote(12, "and");
  composing.submit(12);
  assert.equal(added[1].replyToMessageId, undefined);
});

/** A message of a text and two files that waits for them. */
async function waitsForFiles() {
  const composer = openComposer();
  composer.composing.addFiles(12, [picture("a.png"), picture("b.png")]);
  composer.composing.wrote(12, "look");
  composer.composing.submit(12);
  composer.wires[0].resolve(media(1));
  await settle();
  assert.ok(composer.shown().isSending);
  return composer;
}

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

for (const [what, happens] of [
  ["it is called off", ({ composing }) => composing.callOff(12)],
  ["another file is added", ({ composing }) => composing.addFiles(12, [picture("c.png")])],
  ["the text is changed", ({ composing }) => composing.wrote(12, "look at")],
  ["another message is edited", ({ composing }) => composing.startEdit(message(1, { from: ALICE }))],
  ["another tab changed the draft", ({ composing }) =>
    composing.storageChanged({ key: "draft.1.12", newValue: null }, { isInUse: false })],
]) {
  test(`what waits for its files is a draft again when ${what}`, async () => {
    const composer = await waitsForFiles();
    happens(composer);
    assert.equal(composer.shown().isSending, false);
    composer.wires[1].resolve(media(2));
    await settle();
    assert.deepEqual([composer.added, composer.edited], [[], []]);
  });
}

test("what was written of an edit is set aside when somebody deletes the message, in the composer or not", () => {
  const { composing, aside, changes } = openComposer();
  for (const sequence of [1, 2, 3]) {
    composing.startEdit(message(sequence, { from: ALICE }));
    composing.wrote(12, `better ${sequence}`);
  }
  changes.set(1002, { kind: "delete" });
  for (const sequence of [1, 2, 3, 4]) composing.messageChanged(message(sequence, { isDeleted: true }));
  assert.deepEqual(aside.map(({ messageId, content, failed }) => [messageId, content, failed]), [
    [1001, "better 1", "edit_deleted"],
    [1003, "better 3", "edit_deleted"],
  ]);
});

test("what could not be sent is a draft again, before what has been written since", () => {
  const { composing, added, shown } = openComposer();
  composing.wrote(12, "and more");
  const entry = { id: "e", kind: "message", conversationId: 12, content: "it failed", replyToMessageId: 1001 };
  composing.takeBack({ ...entry, ...media(7), mediaName: "a.png" }, message(1));
  assert.equal(shown().text, "it failed\nand more");
  assert.deepEqual(shown().files.map(({ name }) => name), ["a.png"]);
  composing.submit(12);
  assert.deepEqual([added[0].content, added[0].mediaUrl, added[0].replyToMessageId], ["it failed\nand more", "/media/7/", 1001]);
});

test("an edit that could not be sent is an edit again, and a text where its message is gone", () => {
  const { composing, edited, shown } = openComposer();
  const edit = { kind: "edit", conversationId: 12, messageId: 1001, content: "better" };
  composing.takeBack(edit, message(1, { from: ALICE }));
  composing.submit(12);
  assert.deepEqual(edited, [{ conversationId: 12, messageId: 1001, content: "better" }]);
  composing.takeBack(edit, undefined);
  assert.equal(shown().text, "better");
});

test("the drafts say whether one would be lost with the page", () => {
  const storage = memoryStorage();
  const { setItem } = storage;
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const store = createDraftStore({ userId: 1, storage });
  store.change(12, { text: "mine" });
  assert.equal(store.isAnyUnkept(), true);
  storage.setItem = setItem;
  store.change(12, { text: "mine, and more" });
  assert.equal(store.isAnyUnkept(), false);
});

test("a text whose file the server no longer has is a draft again without it", () => {
  const { composing, shown } = openComposer();
  const entry = { id: "e", kind: "message", conversationId: 12, content: "look", failed: "invalid_media" };
  composing.takeBack({ ...entry, ...media(7), mediaName: "a.png" });
  assert.deepEqual([shown().text, shown().files], ["look", []]);
});
