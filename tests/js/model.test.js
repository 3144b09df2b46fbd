import assert from "node:assert/strict";
import { test } from "node:test";

import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import {
  avatarOf,
  groupMessages,
  headerOf,
  itemsOf,
  rowOf,
} from "../../conversations/static/conversations/model.js";
import { createPresences } from "../../conversations/static/conversations/presence_state.js";
import { createOthersTyping } from "../../conversations/static/conversations/typing_state.js";
import { ALICE, BOB, CAROL, handClock, message, say, shape } from "./support.js";

function aliceSees(list) {
  const clock = handClock();
  const presences = createPresences();
  const typing = createOthersTyping({ clock, onChange() {} });
  const nothing = () => false;
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list, catchupLimit: 500, clock, ask: nothing, refresh: nothing },
  });
  const context = { ...ALICE, presences, typing, say, locale: "en", now: clock.now(), openId: 12 };
  return { presences, typing, conversations, context };
}

const AVATARS = [
  ["Alice Moreau", "AM"],
  ["alice", "A"],
  ["Ana María de la Cruz", "AC"],
  ["🦊 Fox", "🦊F"],
  ["", "?"],
];
for (const [name, initials] of AVATARS) {
  test(`"${name}" is shown as ${initials}`, () => assert.equal(avatarOf(name, 1).initials, initials));
}

test("a person keeps their colour whatever they are called", () => {
  assert.equal(avatarOf("Bob", 10).color, avatarOf("Robert", 10).color);
});

test("a row shows the other one, the last message, and how many are unread", () => {
  const { conversations, context } = aliceSees([shape({ sequence: 3, readSequence: 1 })]);
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.title, "Bob Okafor");
  assert.equal(row.preview, "message 3");
  assert.equal(row.unread, 2);
  assert.equal(row.isOpen, true);
  assert.equal(row.dot, null, "nothing is known of Bob yet");
});

test("while somebody is typing the row says so", () => {
  const { conversations, context, typing } = aliceSees([shape({ sequence: 1 })]);
  typing.receive({ type: "typing", conversationId: 12, senderId: 2, senderName: "Bob", isTyping: true });
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.preview, "Bob is typing…");
  assert.equal(row.isTyping, true);
});

test("a group says who spoke, and has no dot of one person", () => {
  const { conversations, context } = aliceSees([shape({ people: [ALICE, BOB, CAROL], sequence: 1, title: "Lunch" })]);
  const row = rowOf(conversations.get(12), context);
  assert.equal(row.title, "Lunch");
  assert.equal(row.preview, "Bob Okafor: message 1");
  assert.equal(row.dot, null);
});

test("the header counts who is there among several", () => {
  const { conversations, context, presences } = aliceSees([shape({ people: [ALICE, BOB, CAROL] })]);
  presences.receive({ senderId: BOB.userId, presenceStatus: "away", sequence: 1 });
  assert.equal(headerOf(conversations.get(12), context).presence, "3 people", "of Carol nothing is known yet");
  presences.receive({ senderId: CAROL.userId, presenceStatus: "offline", sequence: 1 });
  const header = headerOf(conversations.get(12), context);
  assert.equal(header.title, "Bob Okafor, Carol Lindqvist");
  assert.equal(header.presence, "1 of 2 online");
});

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

test("a pending message stands at the end, and its echo takes its place", () => {
  const { conversations, context } = aliceSees([shape()]);
  const entry = { conversationId: 12, clientMessageId: "mine", content: "hi", timestamp: context.now };
  conversations.receive(message(1));
  const [, , pending] = itemsOf(conversations.get(12), { pending: [entry], changes: new Map() }, context);
  assert.equal(pending.state, "pending");
  conversations.receive(message(2, { from: ALICE, clientMessageId: "mine" }));
  const items = itemsOf(conversations.get(12), { pending: [entry], changes: new Map() }, context).filter(({ kind }) => kind === "message");
  assert.deepEqual(items.map(({ state }) => state), ["sent", "sent"]);
  assert.equal(items[1].key, pending.key);
});

test("a refused message says why", () => {
  const { conversations, context } = aliceSees([shape()]);
  const entry = { conversationId: 12, clientMessageId: "mine", content: "hi", timestamp: context.now, failed: "No." };
  const [, item] = itemsOf(conversations.get(12), { pending: [entry], changes: new Map() }, context);
  assert.equal(item.state, "failed");
  assert.equal(item.problem, "No.");
});
