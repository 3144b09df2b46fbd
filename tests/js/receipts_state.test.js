import assert from "node:assert/strict";
import { test } from "node:test";

import { createSwitches, raise, raiseAll, receiptState, receiptsOn, showsReceipts } from "../../conversations/static/conversations/receipts_state.js";
import { ALICE, BOB, CAROL } from "./support.js";

const NOTHING_YET = { readSequence: 0, deliveredSequence: 0 };

/** Where nobody has anything yet, and nobody hides what they have. */
function lunch(...others) {
  const conversation = { participants: [ALICE, ...others], receipts: new Map() };
  raiseAll(conversation.receipts, conversation.participants.map((person) => ({ ...person, ...NOTHING_YET })));
  return conversation;
}

test("a receipt is for all once all the others have it", () => {
  const conversation = lunch(BOB, CAROL);
  const state = () => receiptState(conversation, 5, ALICE.userId);
  assert.equal(state(), "sent");
  raise(conversation.receipts, BOB.userId, { read: 5 });
  assert.equal(state(), "sent");
  raise(conversation.receipts, CAROL.userId, { delivered: 5 });
  assert.equal(state(), "delivered");
  raise(conversation.receipts, CAROL.userId, { read: 6 });
  assert.equal(state(), "read");
});

test("alone, nobody reads what one writes", () => {
  assert.equal(receiptState(lunch(), 5, ALICE.userId), "sent");
});

test("marks only rise", () => {
  const { receipts } = lunch(BOB);
  raiseAll(receipts, [{ ...BOB, readSequence: 4, deliveredSequence: 6 }]);
  raise(receipts, BOB.userId, { delivered: 5 });
  raiseAll(receipts, [{ ...BOB, readSequence: 2, deliveredSequence: 3 }]);
  assert.deepEqual(receipts.get(BOB.userId), { delivered: 6, read: 4 });
});

test("nobody waits for who hides what they have, nor are they among those who lack the message", () => {
  const conversation = lunch(BOB, CAROL);
  raiseAll(conversation.receipts, [{ ...BOB, readSequence: 5, deliveredSequence: 5 }, CAROL]);
  assert.deepEqual(receiptsOn(conversation, 5, ALICE.userId), { read: [BOB], delivered: [], sent: [], hidden: [CAROL] });
  assert.equal(receiptState(conversation, 5, ALICE.userId), "read");
  assert.equal(receiptState(conversation, 6, ALICE.userId), "sent");
  assert.equal(showsReceipts(conversation, ALICE.userId), true);
});

test("where all the others hide what they have, nothing is said of it", () => {
  const conversation = lunch(BOB, CAROL);
  raiseAll(conversation.receipts, [BOB, CAROL]);
  assert.equal(receiptState(conversation, 5, ALICE.userId), "sent");
  assert.equal(showsReceipts(conversation, ALICE.userId), false, "her own are not meant");
});

/** A `receipts` event of Bob. */
const bobs = (sequence, marks) => ({ conversationId: 12, senderId: BOB.userId, sequence, showsReceipts: marks !== undefined, ...marks });
const mark = { conversationId: 12, senderId: BOB.userId };

test("who hides their receipts is at once among those who do not show them, and who shows them has what they had", () => {
  const conversation = lunch(BOB, CAROL);
  const switches = createSwitches();
  raise(conversation.receipts, BOB.userId, { read: 5 });
  switches.heard(conversation, bobs(1));
  assert.deepEqual(receiptsOn(conversation, 5, ALICE.userId), { read: [], delivered: [], sent: [CAROL], hidden: [BOB] });
  assert.equal(switches.allows(mark), false, "a mark that was on its way is not shown any more");
  switches.heard(conversation, bobs(2, { readSequence: 3, deliveredSequence: 5 }));
  assert.deepEqual(conversation.receipts.get(BOB.userId), { read: 3, delivered: 5 });
  assert.equal(switches.allows(mark), true);
});

test("of two changes of a switch the later one is true, in whatever order they come", () => {
  const conversation = lunch(BOB);
  const switches = createSwitches();
  switches.heard(conversation, bobs(2));
  switches.heard(conversation, bobs(1, { readSequence: 3, deliveredSequence: 5 }));
  assert.equal(showsReceipts(conversation, ALICE.userId), false);
  switches.ready();
  assert.equal(switches.allows(mark), true, "of a new connection the list says what is shown");
});
