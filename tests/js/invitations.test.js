import assert from "node:assert/strict";
import { test } from "node:test";

import { createInvitations } from "../../conversations/static/conversations/invitations.js";
import { aliceSees, plain, say, shape } from "./support.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const LUNCH = { conversationId: 20, title: "Lunch", inviterName: "Bob", invitedAt: "2030-01-15T11:00:00.000Z" };

/** Alice's page with these invitations, and a server that has those of `server.list`. */
function aliceIsInvited(list = [LUNCH]) {
  const { conversations } = aliceSees([shape()]);
  const server = { list, refusal: null, read: 0 };
  const seen = { opened: [], told: [] };
  const answer = (value) => async () => {
    if (server.refusal !== null) throw Object.assign(new Error("no"), server.refusal);
    return value;
  };
  const api = {
    async invitations() {
      server.read += 1;
      return server.list;
    },
    acceptInvitation: (id) => answer(shape({ conversationId: id, title: "Lunch" }))(),
    declineInvitation: answer(null),
  };
  const invitations = createInvitations({
    ...{ api, list, conversations, say, draw() {} },
    open: (id) => seen.opened.push(id),
    notify: (sentence) => seen.told.push(sentence),
  });
  const sentences = () => invitations.shown().map(({ sentence }) => plain(sentence));
  return { conversations, invitations, seen, sentences, server };
}

test("an invitation is shown from the first paint, with who invites to what", () => {
  const { sentences } = aliceIsInvited([LUNCH, { ...LUNCH, conversationId: 21, title: "" }]);
  assert.deepEqual(sentences(), ["Bob invites you back to “Lunch”.", "Bob invites you back to a conversation that you left."]);
});

test("who accepts is in the conversation, and sees it", async () => {
  const { conversations, invitations, seen, sentences } = aliceIsInvited();
  await invitations.actions.acceptInvitation(20);
  assert.ok(conversations.isKnown(20));
  assert.deepEqual([seen.opened, sentences()], [[20], []]);
});

test("who declines sees it no more, and nothing else", async () => {
  const { conversations, invitations, seen, sentences } = aliceIsInvited();
  await invitations.actions.declineInvitation(20);
  assert.deepEqual([conversations.isKnown(20), seen.opened, sentences()], [false, [], []]);
});

test("what can't be done is said, and what there is read anew", async () => {
  const { invitations, seen, sentences, server } = aliceIsInvited();
  server.refusal = { code: "conversation_full" };
  await invitations.actions.acceptInvitation(20);
  await settled();
  assert.deepEqual([seen.told, sentences().length], [[say("refused-conversation-full")], 1]);
  server.refusal = { code: "not_a_participant" };
  server.list = [];
  await invitations.actions.acceptInvitation(20);
  await settled();
  assert.deepEqual(sentences(), []);
});

test("it is looked for when a conversation is told of that is not here, and on every connection but the first", async () => {
  const { invitations, sentences, server } = aliceIsInvited([]);
  invitations.connected();
  invitations.heard({ type: "conversation", conversationId: 12 });
  invitations.heard({ type: "conversation", conversationId: 20, isCatchup: true });
  assert.equal(server.read, 0);
  server.list = [LUNCH];
  invitations.heard({ type: "conversation", conversationId: 20 });
  await settled();
  assert.equal(sentences().length, 1);
  invitations.connected();
  assert.equal(server.read, 2);
});
