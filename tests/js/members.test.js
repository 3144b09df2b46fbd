import assert from "node:assert/strict";
import { test } from "node:test";

import { createMembers } from "../../conversations/static/conversations/members.js";
import { ALICE, aliceSees, handClock, shape } from "./support.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const person = (number) => ({ userId: number, name: number === 1 ? ALICE.name : `Person ${number}`, readSequence: 2, deliveredSequence: 2 });
const crowd = (count) => Array.from({ length: count }, (_, index) => person(index + 1));

/** Alice before a group of so many, of whom the list names ten. */
function aliceAmong(count) {
  let everybody = crowd(count);
  const named = () => ({ ...shape({ people: everybody.slice(0, 10), title: "All" }), participantCount: everybody.length });
  const { conversations } = aliceSees([named()], { isOpen: (id) => id === opened.id });
  const opened = { id: 12 };
  const clock = handClock();
  const asked = [];
  const server = { isReachable: true };
  const api = {
    async members(id, { limit, after = "0", q }) {
      asked.push(q ?? `${after}+${limit}`);
      if (!server.isReachable) throw new Error("unreachable");
      const found = q === undefined ? everybody : everybody.filter(({ name }) => name === q);
      const from = Number(after);
      const next = from + limit < found.length ? { next: String(from + limit) } : {};
      return { participants: found.slice(from, from + limit), participantCount: everybody.length, ...next };
    },
  };
  const members = createMembers({ api, conversations, opened, clock, onRead() {}, draw: () => members.look() });
  const leave = (id) => {
    everybody = everybody.filter(({ userId }) => userId !== id);
    conversations.learn(named());
  };
  return { server, asked, clock, leave, members, opened, group: () => conversations.get(12) };
}

test("of a group that is looked at all people are read, at once, and nobody is forgotten meanwhile", async () => {
  const { asked, clock, group, leave, members } = aliceAmong(300);
  assert.equal(group().participants.length, 10);
  members.look();
  await settled();
  assert.deepEqual([group().participants.length, group().isPartial, asked], [300, false, ["0+500"]]);
  assert.deepEqual(group().receipts.get(250), { read: 2, delivered: 2 });
  leave(7);
  assert.equal(group().participants.length, 300);
  members.look();
  await settled();
  assert.equal(asked.length, 1, "not at every change, if there are many");
  clock.pass(1_000);
  await settled();
  assert.equal(group().participants.length, 299);
  assert.equal(group().participants.some(({ userId }) => userId === 7), false);
});

test("of a larger one they are read as they are scrolled to", async () => {
  const { asked, group, members } = aliceAmong(900);
  members.look();
  await settled();
  assert.equal(group().participants.length, 200);
  for (const length of [400, 600, 800, 900, 900]) {
    members.actions.moreMembers();
    members.actions.moreMembers();
    await settled();
    assert.equal(group().participants.length, length);
  }
  assert.deepEqual(asked, ["0+200", "200+200", "400+200", "600+200", "800+200"]);
  assert.equal(group().isPartial, false);
});

test("who is told about all of them has all of them read", async () => {
  const { group, members } = aliceAmong(900);
  members.look();
  await settled();
  members.all();
  for (let page = 0; page < 6; page += 1) await settled();
  assert.equal(group().participants.length, 900);
});

test("somebody who is not here yet is found among them", async () => {
  const { asked, clock, group, members } = aliceAmong(900);
  members.look();
  await settled();
  members.actions.findMembers("Person 75");
  members.actions.findMembers("Person 755 ");
  clock.pass(200);
  await settled();
  assert.deepEqual(asked.slice(1), ["Person 755"]);
  assert.deepEqual(group().participants.filter(members.isShown).map(({ userId }) => userId), [755]);
  members.actions.findMembers("");
  assert.equal(group().participants.filter(members.isShown).length, 201);
});

test("while the site can't be reached they are asked for again now and then", async () => {
  const { asked, clock, group, members, server } = aliceAmong(300);
  server.isReachable = false;
  members.look();
  await settled();
  clock.pass(4_000);
  await settled();
  assert.equal(asked.length, 1);
  server.isReachable = true;
  clock.pass(1_000);
  await settled();
  assert.equal(group().isPartial, false);
});

test("of what is not looked at nothing is read", async () => {
  const { asked, members, opened } = aliceAmong(900);
  opened.id = null;
  members.look();
  await settled();
  assert.deepEqual(asked, []);
});
