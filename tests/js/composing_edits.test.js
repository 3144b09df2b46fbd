import assert from "node:assert/strict";
import { test } from "node:test";

import { messagesOf } from "../../conversations/static/conversations/submitting.js";
import { MAX, media, openComposer, picture, settle, waitsForFiles } from "./composer.js";
import { ALICE, BOB, message } from "./support.js";

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
