import assert from "node:assert/strict";
import { test } from "node:test";

import { createCompany } from "../../conversations/static/conversations/company.js";
import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { createIdle } from "../../conversations/static/conversations/presence_state.js";
import { createRefusals } from "../../conversations/static/conversations/refusals.js";
import { ALICE, handClock, openLine, say, shape } from "./support.js";

const nothing = () => false;

/** Alice's page, whose server refuses what the test says. */
function refusedPage() {
  const clock = handClock();
  const line = openLine();
  const told = [];
  const asked = [];
  const fetched = [];
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list: [shape({ sequence: 3 })], clock, refresh: (ids) => fetched.push(...ids) },
    ask: (...cursor) => asked.push(cursor),
  });
  const company = createCompany({
    ...{ userId: ALICE.userId, conversations, opened: { id: null }, clock, send: line.send, draw: nothing, isHidden: nothing },
    bootstrap: { chosenStatus: "online", privacy: { showsPresence: true, showsTyping: true } },
  });
  const idle = createIdle({ send: line.send, clock, isHidden: false });
  const refused = createRefusals({
    ...{ conversations, company, idle, send: line.send, clock, say },
    writing: { refused: nothing },
    marking: { refused: nothing },
    complain: (sentence) => told.push(sentence),
    notify: (sentence) => told.push(sentence),
  });
  return { clock, line, told, asked, fetched, conversations, company, idle, refused };
}

for (const code of ["rate_limited", "unavailable"]) {
  test(`a choice refused as ${code} is told again, and idleness too`, () => {
    const { clock, line, told, company, idle, refused } = refusedPage();
    company.choose("busy");
    clock.pass(5 * 60_000);
    company.choose("away");
    idle.ready();
    line.take();
    refused({ type: "error", refusedType: "presence", code, content: "Later." });
    clock.pass(3_000);
    assert.deepEqual(line.take(), [
      { type: "presence", presenceStatus: "away" },
      { type: "presence", isIdle: true },
    ]);
    assert.equal(company.choice().status, "away");
    assert.deepEqual(told, []);
  });

  test(`that messages are marked as unread goes again if it is refused as ${code}`, () => {
    const { clock, line, told, refused } = refusedPage();
    refused({ type: "error", refusedType: "unread", code, conversationId: 12, messageId: 1001, content: "Later." });
    clock.pass(3_000);
    assert.deepEqual(line.take(), [{ type: "unread", conversationId: 12, messageId: 1001 }]);
    assert.deepEqual(told, []);
  });

  test(`a catch-up refused as ${code} is asked for again`, () => {
    const { clock, asked, told, conversations, refused } = refusedPage();
    conversations.receive({ type: "ready", conversations: [{ conversationId: 12, sequence: 5, readSequence: 0, unread: 5 }] });
    assert.equal(asked.length, 1);
    refused({ type: "error", refusedType: "message", code, conversationId: 12, content: "Later." });
    clock.pass(3_000);
    assert.equal(asked.length, 2);
    assert.deepEqual(told, []);
  });
}

test("a choice that can't be is taken back, and the person told why", () => {
  const { told, company, refused } = refusedPage();
  company.choose("busy", 1);
  refused({ type: "error", refusedType: "presence", code: "invalid_frame", content: "That time has passed." });
  assert.equal(company.choice().status, "online");
  assert.deepEqual(told, [say("status-refused")]);
});

test("that nothing can be marked as unread is said where the person is, and a reason in the page's words", () => {
  const { told, refused } = refusedPage();
  refused({ type: "error", refusedType: "unread", code: "unknown_message", conversationId: 12, content: "On the wire." });
  refused({ type: "error", refusedType: "reaction", code: "invalid_reaction", messageId: 1001, content: "On the wire." });
  assert.deepEqual(told, [say("nothing-to-mark"), say("refused-invalid-reaction")]);
});

test("a refusal of typing is nobody's business, and takes no choice back", () => {
  const { told, company, refused } = refusedPage();
  company.choose("busy");
  refused({ type: "error", refusedType: "typing", code: "rate_limited", conversationId: 12, content: "Slow down." });
  assert.equal(company.choice().status, "busy");
  assert.deepEqual(told, []);
});

test("of many conversations that something is missed of, some are asked about at a time", () => {
  const clock = handClock();
  const asked = [];
  const list = Array.from({ length: 800 }, (_, index) => shape({ conversationId: index + 1, sequence: 3 }));
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list, clock, refresh: nothing },
    ask: (...cursor) => asked.push(cursor),
  });
  const states = list.map(({ conversationId }) => ({ conversationId, sequence: 4, readSequence: 0, unread: 4 }));
  conversations.receive({ type: "ready", conversations: states });
  const answered = new Set();
  while (answered.size < 800) {
    const underWay = asked.filter(([conversationId]) => !answered.has(conversationId));
    assert.ok(underWay.length >= 1 && underWay.length <= 8, `${underWay.length} are under way`);
    const [conversationId] = underWay[0];
    answered.add(conversationId);
    conversations.receive({ type: "conversation", conversationId, isCatchup: true, sequence: 4, revision: 0 });
  }
  assert.equal(asked.length, 800);
  assert.ok(conversations.all().every(({ held }) => held === 4));
});

test("of a conversation in which she is not, as a refusal says, it is believed until it is read again", () => {
  const { fetched, conversations, refused } = refusedPage();
  const refusal = { type: "error", refusedType: "message", code: "not_a_participant", clientMessageId: "one", content: "Not yours." };
  refused({ ...refusal, conversationId: 12 });
  refused({ ...refusal, conversationId: 12 });
  refused({ ...refusal, conversationId: 99 });
  assert.equal(conversations.isIn(12), false);
  assert.deepEqual(fetched, [12]);
  conversations.learnAll([12], [shape({ sequence: 3 })]);
  assert.equal(conversations.isIn(12), true, "it was of before she was added again");
});

test("of a conversation that a new connection does not name she is not in it, and that is looked up", () => {
  const { fetched, conversations } = refusedPage();
  conversations.receive({ type: "ready", conversations: [] });
  assert.equal(conversations.isIn(12), false);
  assert.deepEqual(fetched, [12]);
  conversations.receive({ type: "ready", conversations: [{ conversationId: 12, sequence: 3, readSequence: 0, unread: 0, revision: 0 }] });
  assert.equal(conversations.isIn(12), true);
});
