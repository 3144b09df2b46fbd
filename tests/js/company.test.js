import assert from "node:assert/strict";
import { test } from "node:test";

import { createCompany } from "../../conversations/static/conversations/company.js";
import { createConversations } from "../../conversations/static/conversations/conversations_state.js";
import { ALICE, BOB, CAROL, handClock, openLine, shape } from "./support.js";

const UNTIL = "2030-01-15T15:00:00.000Z";
const READY = { type: "ready", presenceStatus: "online", showsPresence: true, showsTyping: true, showsReceipts: true };
const is = (person, presenceStatus, sequence, more = {}) => ({
  ...{ type: "presence", senderId: person.userId, presenceStatus, sequence },
  ...more,
});

/** Alice's page, on which the server answers as `answers` says. */
function aliceAmong(list, { answers = [] } = {}) {
  const clock = handClock();
  const line = openLine();
  const asked = [];
  const choices = [];
  const opened = { id: null };
  const page = { isHidden: false };
  const nothing = () => false;
  const conversations = createConversations({ userId: ALICE.userId, list, clock, ask: nothing, refresh: nothing });
  const company = createCompany({
    ...{ userId: ALICE.userId, conversations, opened, clock, send: line.send },
    bootstrap: { chosenStatus: "busy", chosenUntil: UNTIL, privacy: { showsPresence: true, showsTyping: true, showsReceipts: true } },
    ask: async (ids) => {
      asked.push(ids);
      return answers;
    },
    askPrivacy: (choice) => new Promise((answer) => choices.push({ choice, answer })),
    isHidden: () => page.isHidden,
    draw() {},
  });
  return { clock, line, asked, choices, opened, page, conversations, company };
}

const large = (people = [ALICE, BOB, CAROL]) => ({ ...shape({ people, title: "All" }), presenceCapped: true });

test("what was chosen is known from the first paint, from ready, and from other tabs", () => {
  const { company } = aliceAmong([]);
  assert.deepEqual(company.choice(), { status: "busy", until: Date.parse(UNTIL) });
  company.ready(READY);
  assert.deepEqual(company.choice(), { status: "online", until: null });
  company.heard(is(ALICE, "away", 3, { chosenStatus: "away", until: UNTIL }));
  assert.deepEqual(company.choice(), { status: "away", until: Date.parse(UNTIL) });
  company.heard(is(ALICE, "online", 4, { chosenStatus: "online" }));
  assert.deepEqual(company.choice(), { status: "online", until: null });
});

test("that she is away by herself, and what others are, is no choice of hers", () => {
  const { company } = aliceAmong([shape()]);
  company.ready(READY);
  company.heard(is(ALICE, "away", 3));
  company.heard(is(BOB, "busy", 3));
  assert.equal(company.choice().status, "online");
});

test("the answer to a heartbeat tells what time it is", () => {
  const { clock, company } = aliceAmong([]);
  clock.sleep(3_600_000);
  company.heard(is(ALICE, "online", 3, { timestamp: new Date(clock.server()).toISOString() }));
  assert.equal(clock.now(), clock.server());
});

test("a choice is shown at once, and taken back if it is refused", () => {
  const { company, line } = aliceAmong([]);
  company.ready(READY);
  company.choose("busy", Date.parse(UNTIL));
  assert.deepEqual(line.take(), [{ type: "presence", presenceStatus: "busy", until: UNTIL }]);
  assert.equal(company.choice().status, "busy");
  company.refused();
  assert.equal(company.choice().status, "online");
});

test("of two choices the word of the first does not take the second back", () => {
  const { company } = aliceAmong([]);
  company.ready(READY);
  company.choose("busy");
  company.choose("away", Date.parse(UNTIL));
  company.heard(is(ALICE, "busy", 3, { chosenStatus: "busy" }));
  assert.equal(company.choice().status, "away");
  company.ready({ ...READY, presenceStatus: "busy" });
  assert.equal(company.choice().status, "away");
  company.heard(is(ALICE, "away", 4, { chosenStatus: "away", until: UNTIL }));
  company.heard(is(ALICE, "online", 5, { chosenStatus: "online" }));
  assert.equal(company.choice().status, "online", "another tab chose later");
});

test("a choice of which no word comes is given up", () => {
  const { clock, company } = aliceAmong([]);
  company.ready(READY);
  company.choose("busy");
  clock.pass(10_000);
  assert.equal(company.choice().status, "online");
});

test("what is chosen without a line is told as soon as there is one", () => {
  const { clock, company, line } = aliceAmong([]);
  company.ready(READY);
  company.choose("away");
  line.take();
  company.disconnected();
  line.isOpen = false;
  company.choose("busy");
  clock.pass(60_000);
  assert.equal(company.choice().status, "busy");
  line.isOpen = true;
  company.ready(READY);
  assert.deepEqual(line.take(), [{ type: "presence", presenceStatus: "busy" }]);
  company.heard(is(ALICE, "busy", 3, { chosenStatus: "busy" }));
  company.ready({ ...READY, presenceStatus: "busy" });
  assert.deepEqual(line.take(), []);
});

test("who hides appears as offline from ready on", () => {
  const { company } = aliceAmong([]);
  company.ready({ ...READY, showsPresence: false });
  assert.equal(company.presences.statusOf(ALICE.userId), "offline");
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a switch stays as it was turned, whatever the answer to another and ready say meanwhile", async () => {
  const { company, choices } = aliceAmong([]);
  company.ready({ ...READY, showsPresence: false });
  const first = company.choosePrivacy("showsPresence", true);
  const second = company.choosePrivacy("showsTyping", false);
  assert.deepEqual(company.privacy(), { showsPresence: true, showsTyping: false, showsReceipts: true });
  company.ready({ ...READY, showsPresence: false });
  assert.deepEqual(company.privacy(), { showsPresence: true, showsTyping: false, showsReceipts: true });
  await settled();
  choices[0].answer({ showsPresence: true, showsTyping: true, showsReceipts: true });
  assert.equal(await first, true);
  company.ready(READY);
  assert.deepEqual(company.privacy(), { showsPresence: true, showsTyping: false, showsReceipts: true });
  assert.deepEqual(choices.map(({ choice }) => choice), [{ showsPresence: true }, { showsTyping: false }]);
  choices[1].answer({ showsPresence: true, showsTyping: false, showsReceipts: true });
  assert.equal(await second, true);
  assert.deepEqual(company.privacy(), { showsPresence: true, showsTyping: false, showsReceipts: true });
});

test("a switch whose turning could not be told goes back", async () => {
  const { company, choices } = aliceAmong([]);
  company.ready(READY);
  const turned = company.choosePrivacy("showsTyping", false);
  await settled();
  choices[0].answer(null);
  assert.equal(await turned, false);
  assert.deepEqual(company.privacy(), { showsPresence: true, showsTyping: true, showsReceipts: true });
});

test("who is known from a large conversation alone is forgotten, and not asked about by itself", async () => {
  const { company, asked, conversations } = aliceAmong([shape({ people: [ALICE, BOB, CAROL], title: "All" })]);
  company.ready(READY);
  company.heard(is(BOB, "online", 3));
  conversations.learnAll([12], [large()]);
  await company.settle();
  assert.equal(company.presences.statusOf(BOB.userId), "unknown");
  assert.deepEqual(asked.flat(), [ALICE.userId].filter((id) => company.presences.unknown([id]).length > 0));
  conversations.learnAll([12], [shape({ people: [ALICE, BOB, CAROL], title: "All" })]);
  await company.settle();
  assert.deepEqual(asked.at(-1), [BOB.userId, CAROL.userId]);
});

test("many people are asked about in several requests", async () => {
  const crowd = Array.from({ length: 450 }, (_, index) => ({ userId: 100 + index, name: "One" }));
  const { company, asked } = aliceAmong([shape({ people: [ALICE, ...crowd], title: "All" })]);
  company.ready(READY);
  company.heard(is(ALICE, "online", 1));
  await company.settle();
  assert.deepEqual(asked.map((ids) => ids.length), [200, 200, 50]);
});

test("a large conversation is asked about while it is looked at, and no longer", async () => {
  const { clock, company, asked, opened, page } = aliceAmong([large()], { answers: [is(BOB, "away")] });
  company.ready(READY);
  await company.look();
  assert.deepEqual(asked, []);
  opened.id = 12;
  await company.look();
  await company.look();
  assert.deepEqual(asked, [[BOB.userId, CAROL.userId]]);
  assert.equal(company.glimpse.of(12).online, 1);
  clock.pass(15_000);
  page.isHidden = true;
  await company.look();
  assert.equal(asked.length, 1);
  page.isHidden = false;
  await company.look();
  assert.equal(asked.length, 2);
  opened.id = null;
  await company.look();
  assert.equal(company.glimpse.of(12), null);
});
