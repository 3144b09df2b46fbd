import assert from "node:assert/strict";
import { test } from "node:test";

import { createConversations, unreadOf } from "../../conversations/static/conversations/conversations_state.js";
import { readUntil } from "../../conversations/static/conversations/unread_state.js";
import { ALICE, BOB, handClock, message, shape } from "./support.js";

/** Alice's one conversation, and for which she asks the server. */
function aliceHas(shaped) {
  const asked = [];
  const conversations = createConversations({
    ...{ userId: ALICE.userId, list: [shaped], clock: handClock(), ask: () => true, refresh() {} },
    recount: (conversationId) => asked.push(conversationId),
  });
  return { asked, conversations, unread: () => unreadOf(conversations.get(12)) };
}

const deleted = (sequence, revision, rest = {}) => message(sequence, { content: "", isDeleted: true, revision, ...rest });
const read = (sequence) => ({ type: "read", conversationId: 12, senderId: ALICE.userId, sequence });
const marked = (sequence, second = 1) => ({
  ...{ type: "unread", conversationId: 12, senderId: ALICE.userId, timestamp: `2030-01-15T12:00:0${second}.000Z` },
  ...(sequence === null ? {} : { sequence }),
});
const held = (conversations, ...sequences) =>
  conversations.addHistory(12, { messages: sequences.map((sequence) => message(sequence)).reverse(), hasMore: true }, { isNewest: true });

test("the count is what the server says, and a new message of somebody else is one more, once", () => {
  const { conversations, unread } = aliceHas({ ...shape({ sequence: 9, readSequence: 4 }), unread: 2 });
  assert.equal(unread(), 2);
  for (const _ of [1, 2]) conversations.receive(message(10));
  assert.equal(unread(), 3);
  conversations.receive(message(10, { isCatchup: true }));
  assert.equal(unread(), 3);
  conversations.receive(message(9));
  assert.equal(unread(), 3, "that one was in the server's count");
});

test("a deletion is one less, once, wherever the message is known from", () => {
  const { conversations, unread } = aliceHas({ ...shape({ sequence: 3, readSequence: 0, revision: 4 }), unread: 3 });
  conversations.receive(deleted(1, 4));
  assert.equal(unread(), 3, "it was in the server's count");
  for (const _ of [1, 2]) conversations.receive(deleted(2, 5));
  assert.equal(unread(), 2);
  conversations.receive(message(4));
  for (const _ of [1, 2]) conversations.receive(deleted(4, 6));
  assert.equal(unread(), 2);
  conversations.receive(message(4));
  assert.equal(unread(), 2, "what is late does not bring it back");
  conversations.receive(deleted(3, 7));
  conversations.receive(deleted(3, undefined));
  assert.equal(unread(), 1);
});

test("an edit changes no count, and neither does the deletion of what was read, or is one's own", () => {
  const mark = { unreadFrom: 3, unreadAt: marked(3).timestamp };
  const { conversations, unread } = aliceHas({ ...shape({ sequence: 5, readSequence: 5 }), ...mark, unread: 2 });
  conversations.receive(message(4, { revision: 1, editedAt: "2030-01-15T12:00:00.000Z", content: "more" }));
  conversations.receive(deleted(1, 2));
  conversations.receive(deleted(5, 3, { from: ALICE }));
  assert.equal(unread(), 2);
});

test("who has read everything has nothing unread, whatever is held", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 9, readSequence: 4 }), unread: 5 });
  conversations.receive(message(10));
  conversations.receive(read(10));
  assert.deepEqual([unread(), asked], [0, []]);
});

test("who answers has not read, and their own messages are not unread to them", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 9, readSequence: 8 }), unread: 1 });
  conversations.receive(message(10));
  conversations.receive(message(11, { from: ALICE }));
  assert.deepEqual([unread(), readUntil(conversations.get(12)), asked], [2, 8, []]);
  conversations.receive(read(10));
  assert.deepEqual([unread(), asked], [0, []]);
  conversations.receive(message(12, { from: ALICE }));
  conversations.receive(marked(9));
  conversations.receive(message(13, { from: ALICE }));
  conversations.learn({ ...shape({ sequence: 13, readSequence: 13 }), unread: 2, unreadFrom: 9, unreadAt: marked(9).timestamp });
  assert.equal(unread(), 2, "a message of one's own ends no mark");
});

test("an answer that tells of one's own messages below the mark is no older than what is known", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 900, readSequence: 0 }), unread: 700 });
  conversations.receive(read(900));
  conversations.receive(message(901, { from: ALICE }));
  conversations.receive(marked(450));
  conversations.learn({ ...shape({ sequence: 901, readSequence: 901 }), unread: 333, unreadFrom: 450, unreadAt: marked(450).timestamp });
  assert.deepEqual([unread(), asked], [333, [12]]);
});

test("who has read some knows the rest, from what is held behind or before the mark", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 9, readSequence: 0 }), unread: 9 });
  held(conversations, 7, 8, 9);
  conversations.receive(read(6));
  assert.deepEqual([unread(), asked], [3, []]);
  const up = aliceHas({ ...shape({ sequence: 900, readSequence: 0 }), unread: 700 });
  up.conversations.addHistory(12, { messages: [3, 2, 1].map((sequence) => message(sequence)), hasMore: false }, {});
  up.conversations.receive(read(2));
  assert.deepEqual([up.unread(), up.asked], [698, []]);
});

test("where neither is held, the server is asked, and its answer counts", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 900, readSequence: 0 }), unread: 700 });
  conversations.receive(read(450));
  assert.deepEqual([unread(), asked], [450, [12]], "until then it is no more than there can be");
  conversations.learn({ ...shape({ sequence: 900, readSequence: 450 }), unread: 333 });
  assert.equal(unread(), 333);
});

test("an answer that was overtaken does not count, and is asked for again", () => {
  const { asked, conversations, unread } = aliceHas({ ...shape({ sequence: 900, readSequence: 0 }), unread: 700 });
  conversations.receive(read(450));
  conversations.receive(read(460));
  conversations.learn({ ...shape({ sequence: 900, readSequence: 450 }), unread: 333 });
  assert.notEqual(unread(), 333);
  assert.deepEqual(asked, [12, 12, 12]);
  conversations.learn({ ...shape({ sequence: 900, readSequence: 460 }), unread: 330 });
  assert.deepEqual([unread(), asked.length], [330, 3]);
});

test("what is marked as unread is so until it is read, and an event that is late says nothing", () => {
  const { asked, conversations, unread } = aliceHas(shape({ sequence: 5, readSequence: 5 }));
  held(conversations, 1, 2, 3, 4, 5);
  conversations.receive(deleted(4, 1));
  conversations.receive(marked(2));
  assert.deepEqual([unread(), readUntil(conversations.get(12))], [3, 1]);
  conversations.receive(marked(4, 3));
  assert.equal(unread(), 1);
  conversations.receive(marked(2, 2));
  assert.equal(unread(), 1);
  conversations.receive(marked(null, 4));
  assert.deepEqual([unread(), readUntil(conversations.get(12)), asked], [0, 5, []]);
});

test("a mark on what is not here is counted by the server", () => {
  const { asked, conversations, unread } = aliceHas(shape({ sequence: 900, readSequence: 900 }));
  conversations.receive(marked(2));
  assert.deepEqual(asked, [12]);
  conversations.learn({ ...shape({ sequence: 900, readSequence: 900 }), unread: 800, unreadFrom: 2, unreadAt: marked(2).timestamp });
  assert.equal(unread(), 800);
});

test("ready tells of a mark that was set elsewhere", () => {
  const { conversations, unread } = aliceHas(shape({ sequence: 5, readSequence: 5 }));
  const { timestamp: unreadAt } = marked(3);
  const state = { conversationId: 12, sequence: 6, revision: 0, readSequence: 5, unread: 3, unreadFrom: 3, unreadAt };
  conversations.receive({ type: "ready", senderId: ALICE.userId, conversations: [state] });
  assert.deepEqual([unread(), readUntil(conversations.get(12))], [3, 2]);
  conversations.receive(message(6));
  assert.equal(unread(), 3, "it is in the count of ready");
});

/** Numbers that look random and are the same each time. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

/** The server, of which Alice hears by events that may come late or twice. */
function server(roll) {
  const messages = [];
  const place = { readSequence: 0, unreadFrom: null, unreadAt: "" };
  let revision = 0;
  let time = Date.UTC(2030, 0, 15, 12);

  function setMark(unreadFrom) {
    time += 1;
    Object.assign(place, { unreadFrom, unreadAt: new Date(time).toISOString() });
    const event = { type: "unread", conversationId: 12, senderId: ALICE.userId, timestamp: place.unreadAt };
    return unreadFrom === null ? event : { ...event, sequence: unreadFrom };
  }

  function readOn(sequence) {
    const events = sequence > place.readSequence ? [read(sequence)] : [];
    place.readSequence = Math.max(place.readSequence, sequence);
    if (place.unreadFrom !== null && place.unreadFrom <= sequence) {
      events.push(setMark(sequence < place.readSequence ? sequence + 1 : null));
    }
    return events;
  }

  const count = () =>
    messages.filter((one) => one.sequence > readUntil(place) && one.senderId !== ALICE.userId && !one.isDeleted).length;

  return {
    count,
    shape() {
      const { unreadFrom, ...marks } = place;
      const told = { ...shape({ sequence: messages.length }), revision, ...marks, unread: count() };
      return unreadFrom === null ? told : { ...told, unreadFrom };
    },
    page: () => ({ messages: messages.slice(-3).reverse(), hasMore: messages.length > 3, revision }),
    happens() {
      const what = roll(10);
      const some = 1 + roll(messages.length || 1);
      if (what < 5 || messages.length === 0) {
        const from = roll(4) === 0 ? ALICE : BOB;
        messages.push(message(messages.length + 1, { from }));
        if (from === ALICE && place.readSequence === messages.length - 1) place.readSequence += 1;
        return [messages.at(-1)];
      }
      if (what < 7) return readOn(some);
      if (what < 8) return [setMark(Math.min(some, readUntil(place) + 1))];
      if (messages[some - 1].isDeleted) return [];
      revision += 1;
      messages[some - 1] = { ...messages[some - 1], content: "", isDeleted: true, revision };
      return [messages[some - 1]];
    },
  };
}

test("after any history, with events that come twice and answers that come early, the count is exact", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const roll = dice(seed);
    const site = server(roll);
    for (let step = 0; step < roll(40); step += 1) site.happens();
    const { asked, conversations, unread } = aliceHas(site.shape());
    const told = [];
    let waiting = [];
    const deliver = () => {
      for (const event of waiting) conversations.receive(event);
      told.push(...waiting);
      waiting = [];
    };
    for (let step = 0; step < 120; step += 1) {
      waiting.push(...site.happens());
      const what = roll(12);
      if (what < 6) deliver();
      else if (what === 6 && told.length > 0) conversations.receive(told[roll(told.length)]);
      else if (what === 7) conversations.learn(site.shape());
      else if (what === 8) conversations.addHistory(12, site.page(), { isNewest: true });
      while (asked.length > 0 && roll(2) === 0) conversations.learn((asked.pop(), site.shape()));
    }
    deliver();
    while (asked.length > 0) conversations.learn((asked.pop(), site.shape()));
    assert.equal(unread(), site.count(), `seed ${seed}`);
  }
});
