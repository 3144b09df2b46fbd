import assert from "node:assert/strict";
import { test } from "node:test";

import { shownMessages } from "../../conversations/static/conversations/stretches.js";
import { groupMessages, isLarge, itemsOf, receiptLinesOf, sizeLabel, subjectOf } from "../../conversations/static/conversations/thread_model.js";
import { ALICE, BOB, CAROL, aliceSees, message, plain, reaction, say, shape } from "./support.js";

/** The messages that Alice sees in her conversation. */
function itemsIn(conversations, context, { pending = [], changes = new Map() } = {}) {
  const conversation = conversations.get(12);
  const items = itemsOf(conversation, { messages: shownMessages(conversation), pending, changes }, context);
  return items.filter(({ kind }) => kind === "message");
}

test("messages are grouped by day, by sender, and by pauses", () => {
  const { context } = aliceSees([]);
  const at = (senderId, minutes) => ({ key: minutes, senderId, senderName: "B", time: context.now + minutes * 60_000 });
  const yesterday = -24 * 60;
  const items = groupMessages([at(2, yesterday), at(2, -10), at(2, -9), at(1, -8), at(1, -1)], context);
  assert.deepEqual(
    items.map((item) => (item.kind === "day" ? item.label : item.startsGroup)),
    ["Yesterday", true, "Today", true, false, true, true],
  );
});

test("a line stands where the unread ones begin, and own messages are not unread", () => {
  const { conversations, context } = aliceSees([shape()]);
  for (const [sequence, from] of [[1, BOB], [2, ALICE], [3, BOB], [4, BOB]]) conversations.receive(message(sequence, { from }));
  const conversation = conversations.get(12);
  const parts = { messages: shownMessages(conversation), pending: [], changes: new Map() };
  const items = itemsOf(conversation, parts, { ...context, unreadFrom: 2 });
  assert.deepEqual(items.map(({ kind, sequence }) => sequence ?? kind), ["day", 1, 2, "unread", 3, 4]);
});

test("a pending message stands at the end, and its echo takes its place", () => {
  const { conversations, context } = aliceSees([shape()]);
  const entry = { conversationId: 12, clientMessageId: "mine", content: "hi", timestamp: context.now };
  conversations.receive(message(1));
  const [, pending] = itemsIn(conversations, context, { pending: [entry] });
  assert.equal(pending.state, "pending");
  conversations.receive(message(2, { from: ALICE, clientMessageId: "mine" }));
  const items = itemsIn(conversations, context, { pending: [entry] });
  assert.deepEqual(items.map(({ state }) => state), ["sent", "sent"]);
  assert.equal(items[1].key, pending.key);
});

test("a refused message says why", () => {
  const { conversations, context } = aliceSees([shape()]);
  const entry = { conversationId: 12, clientMessageId: "mine", content: "hi", timestamp: context.now, failed: "content_too_long" };
  const [item] = itemsIn(conversations, context, { pending: [entry] });
  assert.equal(item.state, "failed");
  assert.equal(item.trouble.reason, say("refused-content-too-long"));
});

test("an edited message says so, and what is deleted shows nothing of what it was", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1, { from: ALICE }));
  conversations.receive(message(1, { from: ALICE, content: "better", editedAt: "2030-01-15T11:30:00.000Z", revision: 1 }));
  const [edited] = itemsIn(conversations, context);
  assert.deepEqual([edited.content, edited.isEdited, edited.canEdit, edited.canDelete], ["better", true, true, true]);
  conversations.receive(reaction(1, { revision: 2 }));
  conversations.receive(message(1, { from: ALICE, content: "", isDeleted: true, replyToMessageId: 7, revision: 3 }));
  const [deleted] = itemsIn(conversations, context);
  assert.deepEqual([deleted.isDeleted, deleted.isEdited, deleted.canEdit, deleted.canDelete], [true, false, false, false]);
  assert.deepEqual([deleted.reactions, deleted.quote, deleted.media], [[], null, null]);
});

test("others' messages are not hers to edit, and hers to delete only where she is an admin", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1));
  const [item] = itemsIn(conversations, context);
  assert.deepEqual([item.canEdit, item.canDelete], [false, false]);
  conversations.learn({ ...shape({ sequence: 1 }), isAdmin: true });
  assert.equal(itemsIn(conversations, context)[0].canDelete, true);
});

test("a reply quotes what it answers, as that is now", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1, { content: "Lunch?" }));
  conversations.receive(message(2, { from: ALICE, replyToMessageId: 1001 }));
  const quote = () => itemsIn(conversations, context)[1].quote;
  assert.deepEqual([quote().name, quote().excerpt], ["Bob Okafor", "Lunch?"]);
  conversations.receive(message(1, { content: "", isDeleted: true, revision: 1 }));
  assert.equal(quote().excerpt, "Deleted message");
});

test("a reply to what is not here yet waits for its quote", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1, { replyToMessageId: 7 }));
  assert.equal(itemsIn(conversations, context)[0].quote.excerpt, "…");
  conversations.addQuoted(12, { conversationId: 12, messageId: 7, isDeleted: true });
  assert.equal(itemsIn(conversations, context)[0].quote.excerpt, "Deleted message");
});

test("reactions are counted by emoji, with who, and whether it is one's own", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1));
  conversations.receive(reaction(1, { revision: 1 }));
  conversations.receive(reaction(1, { from: ALICE, revision: 2 }));
  conversations.receive(reaction(1, { content: "❤️", revision: 3 }));
  const [{ reactions }] = itemsIn(conversations, context);
  assert.deepEqual(
    reactions.map(({ emoji, count, isOwn, who }) => [emoji, count, isOwn, plain(who)]),
    [["👍", 2, true, "Bob Okafor and You"], ["❤️", 1, false, "Bob Okafor"]],
  );
  assert.equal(reactions[1].who, "\u2068Bob Okafor\u2069");
});

test("who has a message is told by what they have of it", () => {
  const people = [ALICE, { ...BOB, readSequence: 5, deliveredSequence: 5 }, { ...CAROL, deliveredSequence: 5, readSequence: 2 }];
  const { conversations, context } = aliceSees([shape({ people, sequence: 5 })]);
  const lines = receiptLinesOf(conversations.get(12), 5, context);
  assert.deepEqual(
    lines.map(({ label, people: [person] }) => [label, person.name]),
    [["Read by", "Bob Okafor"], ["Delivered to", "Carol Lindqvist"]],
  );
});

const MEDIA = { mediaUrl: "/media/1/", mediaName: "cat.png", mediaBytes: 1_234_567, mediaWidth: 800, mediaHeight: 600 };

test("a picture has the room it will take, a name and a size", () => {
  const { conversations, context } = aliceSees([shape()]);
  conversations.receive(message(1, { content: "", messageType: "image", ...MEDIA, thumbnailUrl: "/media/1/thumbnail/" }));
  conversations.receive(message(2, { messageType: "of-next-year", ...MEDIA }));
  conversations.receive(message(3, { messageType: "video", ...MEDIA, mediaWidth: undefined }));
  const [picture, file, film] = itemsIn(conversations, context).map(({ media }) => media);
  assert.deepEqual([picture.kind, picture.width, picture.height, picture.size], ["image", 352, 264, "1.2 MB"]);
  assert.equal(picture.thumbnailUrl, "/media/1/thumbnail/");
  assert.equal(file.kind, "file");
  assert.deepEqual([film.kind, film.width], ["video", undefined]);
});

const ROOMS = [
  [6, 9000, 6, 176],
  [9000, 6, 176, 6],
  [1, 1, 1, 1],
  [1080, 9000, 80, 320],
  [9000, 1080, 352, 88],
  [100, 400, 80, 320],
];
for (const [mediaWidth, mediaHeight, width, height] of ROOMS) {
  test(`a picture of ${mediaWidth}×${mediaHeight} has a room in which it is seen`, () => {
    const { conversations, context } = aliceSees([shape()]);
    conversations.receive(message(1, { messageType: "image", ...MEDIA, mediaWidth, mediaHeight }));
    const [{ media }] = itemsIn(conversations, context);
    assert.deepEqual([media.width, media.height], [width, height]);
  });
}

const SIZES = [
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_500, "1.5 kB"],
  [10_000_000, "10 MB"],
];
for (const [bytes, label] of SIZES) {
  test(`${bytes} bytes are "${label}"`, () => assert.equal(sizeLabel(bytes, { locale: "en" }), label));
}

const LARGE = [
  ["👍", true],
  ["👩‍👩‍👧 ❤️", true],
  ["🇳🇴🇸🇪", true],
  ["👍👍👍👍", false],
  ["👍 yes", false],
  ["7", false],
  ["", false],
];
for (const [content, expected] of LARGE) {
  test(`"${content}" is ${expected ? "" : "not "}shown large`, () => assert.equal(isLarge(content), expected));
}

test("the composer says what it is about", () => {
  const subject = subjectOf({ kind: "reply", message: message(5) }, { ...ALICE, say });
  assert.deepEqual(subject, { kind: "reply", messageId: 1005, name: "Bob Okafor", excerpt: "message 5", content: "message 5" });
  assert.equal(subjectOf({ kind: "edit", message: message(5, { from: ALICE }) }, { ...ALICE, say }).name, "You");
});

test("a text of many lines or letters may have to be folded, a deleted one has nothing to fold", () => {
  const long = "word ".repeat(60);
  const { conversations, context } = aliceSees([shape()]);
  for (const [index, content] of ["short", long, "\n".repeat(20)].entries()) conversations.receive(message(index + 1, { content }));
  conversations.receive(message(4, { content: "", isDeleted: true }));
  assert.deepEqual(itemsIn(conversations, context).map((item) => item.isLong), [false, true, true, false]);
});

test("who has a message is told and offered only where others show it", () => {
  const marks = { readSequence: 0, deliveredSequence: 1 };
  const { conversations, context } = aliceSees([shape({ people: [ALICE, { ...BOB, ...marks }, CAROL], title: "Lunch" })]);
  conversations.receive(message(1, { from: ALICE }));
  const isOffered = () => itemsIn(conversations, context)[0].hasReceipts;
  const linesOf = () =>
    receiptLinesOf(conversations.get(12), 1, context).map(({ label, people }) => [label, people.map(({ name }) => name)]);
  assert.deepEqual(linesOf(), [["Delivered to", [BOB.name]], ["Not shown by", [CAROL.name]]]);
  assert.equal(isOffered(), true);
  const carols = { conversationId: 12, senderId: CAROL.userId, sequence: 7 };
  conversations.receive({ type: "receipts", ...carols, showsReceipts: true, readSequence: 1, deliveredSequence: 1 });
  assert.deepEqual(linesOf(), [["Read by", [CAROL.name]], ["Delivered to", [BOB.name]]], "she shows hers from now on");
  conversations.receive({ type: "receipts", ...carols, sequence: 8, showsReceipts: false });
  conversations.receive({ type: "read", ...carols, sequence: 1 });
  assert.deepEqual(linesOf(), [["Delivered to", [BOB.name]], ["Not shown by", [CAROL.name]]]);
  conversations.receive({ type: "ready", showsReceipts: false, conversations: [] });
  assert.equal(isOffered(), false, "she hides her own, so nobody's are told");
});
