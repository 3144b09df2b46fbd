// A tab with an outbox, and two of one browser.

import { createOutbox } from "../../conversations/static/conversations/outbox.js";
import { createOutboxStore } from "../../conversations/static/conversations/outbox_store.js";
import { ALICE, handClock, memoryStorage, message, openLine, say } from "./support.js";

export function openTab({ storage = memoryStorage(), line = openLine(), clock = handClock() } = {}) {
  let changes = 0;
  const store = createOutboxStore({ userId: 1, storage });
  const outbox = createOutbox({
    ...{ userId: 1, store, clock, send: line.send, say, titleOf: () => "Bob Okafor", onChange: () => (changes += 1) },
  });
  const write = (clientMessageId, more = {}) =>
    outbox.add({ conversationId: 12, clientMessageId, content: clientMessageId, ...more });
  const acknowledge = (clientMessageId) => outbox.heard({ ...message(1, { from: ALICE }), clientMessageId });
  return { outbox, storage, line, clock, write, acknowledge, changes: () => changes };
}

export const sentIds = (line) => line.take().map(({ clientMessageId }) => clientMessageId);
export const ids = (outbox) => outbox.of(12).map(({ id }) => id);
export const REACTION = { conversationId: 12, messageId: 1001, content: "👍" };
