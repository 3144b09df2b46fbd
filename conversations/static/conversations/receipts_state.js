// Who has which messages: one mark for each person and kind, which only rises.

import { isActive } from "./people_state.js";

/** `receipts` is a map of person to `{delivered, read}`, both sequences. */
export function raise(receipts, userId, { delivered = 0, read = 0 }) {
  const known = receipts.get(userId) ?? { delivered: 0, read: 0 };
  receipts.set(userId, {
    // What is read was delivered.
    delivered: Math.max(known.delivered, delivered, read),
    read: Math.max(known.read, read),
  });
}

/** The marks that the HTTP API tells of the participants. It leaves them away of somebody who hides them. */
export function raiseAll(receipts, participants) {
  for (const { userId, deliveredSequence, readSequence } of participants) {
    if (readSequence === undefined && deliveredSequence === undefined) receipts.delete(userId);
    else raise(receipts, userId, { delivered: deliveredSequence, read: readSequence });
  }
}

/**
 * Whether other people show their receipts, by the `receipts` events of this connection. A mark that was on its way as
 * somebody hid theirs, and an event that was overtaken by a later one, say nothing any more.
 */
export function createSwitches() {
  let latest = new Map();
  const keyOf = ({ conversationId, senderId }) => `${conversationId} ${senderId}`;

  return {
    /** A new connection: what is shown now is read anew. */
    ready() {
      latest = new Map();
    },
    /** Whether a mark of this person in this conversation is to be shown. */
    allows: (event) => latest.get(keyOf(event))?.showsReceipts ?? true,
    /** A `receipts` event. */
    heard({ receipts }, event) {
      const known = latest.get(keyOf(event));
      if (known !== undefined && known.sequence >= event.sequence) return;
      latest.set(keyOf(event), event);
      if (!event.showsReceipts) receipts.delete(event.senderId);
      else raise(receipts, event.senderId, { delivered: event.deliveredSequence, read: event.readSequence });
    },
  };
}

const othersIn = ({ participants }, userId) => participants.filter((person) => person.userId !== userId);

/** Whether it is known what somebody has: not of those who hide it, and of nobody while the person hides their own. */
const isShown = ({ receipts }, { userId }) => receipts.has(userId);

/** Whether there is anybody else of whom it is known what they have. */
export function showsReceipts(conversation, userId) {
  return othersIn(conversation, userId).some((person) => isShown(conversation, person));
}

/** "sent", "delivered" or "read": what all the others have who can read it and do not hide what they have. */
export function receiptState(conversation, sequence, userId) {
  // What the others have is not known of all of them.
  if (conversation.isPartial) return "sent";
  const others = othersIn(conversation, userId).filter((person) => isActive(person) && isShown(conversation, person));
  const all = (kind) => others.length > 0 && others.every((person) => conversation.receipts.get(person.userId)[kind] >= sequence);
  if (all("read")) return "read";
  return all("delivered") ? "delivered" : "sent";
}

/** What somebody has of a message, or "hidden". */
function receiptOf({ receipts }, { userId }, sequence) {
  const marks = receipts.get(userId);
  if (marks === undefined) return "hidden";
  if (marks.read >= sequence) return "read";
  return marks.delivered >= sequence ? "delivered" : "sent";
}

/** The others, by what they have of a message: `{read, delivered, sent, hidden}`, each a list of people. Of those who can't
 * read any more, nobody waits for the rest. */
export function receiptsOn(conversation, sequence, userId) {
  const people = { read: [], delivered: [], sent: [], hidden: [] };
  for (const person of othersIn(conversation, userId)) {
    const kind = receiptOf(conversation, person, sequence);
    if (isActive(person) || kind === "read" || kind === "delivered") people[kind].push(person);
  }
  return people;
}
