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

/** The marks that the HTTP API tells of the participants. Who hides theirs has none any more. */
export function raiseAll(receipts, participants) {
  for (const { userId, deliveredSequence, readSequence } of participants) {
    if (readSequence === undefined && deliveredSequence === undefined) receipts.delete(userId);
    else raise(receipts, userId, { delivered: deliveredSequence, read: readSequence });
  }
}

const othersIn = ({ participants }, userId) => participants.filter((person) => person.userId !== userId);

/** "sent", "delivered" or "read": what all the others have who can read it. */
export function receiptState(conversation, sequence, userId) {
  const others = othersIn(conversation, userId).filter(isActive);
  const all = (kind) =>
    others.length > 0 && others.every((person) => (conversation.receipts.get(person.userId)?.[kind] ?? 0) >= sequence);
  if (all("read")) return "read";
  return all("delivered") ? "delivered" : "sent";
}

/** The others, by what they have of a message: `{read, delivered, sent}`, each a list of people. Of those who can't read any
 * more, nobody waits for the rest. */
export function receiptsOn(conversation, sequence, userId) {
  const people = { read: [], delivered: [], sent: [] };
  for (const person of othersIn(conversation, userId)) {
    const { delivered = 0, read = 0 } = conversation.receipts.get(person.userId) ?? {};
    if (read >= sequence) people.read.push(person);
    else if (delivered >= sequence) people.delivered.push(person);
    else if (isActive(person)) people.sent.push(person);
  }
  return people;
}
