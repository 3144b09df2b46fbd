// Who is in a conversation, as far as that is known here. Of a large one the list names but a few.

/** Of at most so many all are read while the conversation is looked at: whom a message reached can be told then. */
export const ALL_UP_TO = 500;

/**
 * What a list says of the people in a conversation: `participants`, how many there are (`count`), whether these are but some
 * of them (`isPartial`), and whether they are to be read (`isStale`). With more of them before one (`known`) these are kept
 * until then.
 */
export function membersFrom(shape, people, known = null) {
  const participants = people.participants(shape.participants);
  const { participantCount: count = participants.length } = shape;
  if (participants.length >= count) return { participants, count, isPartial: false, isStale: false };
  if (known !== null) return { participants: known.participants, count, isPartial: known.isPartial, isStale: true };
  return { participants, count, isPartial: true, isStale: true };
}

/** The same, once a page of them was read: the first, one that follows, or those that were found. */
export function membersWith(known, page, people, { isFirst = false } = {}) {
  const read = people.participants(page.participants);
  const kept = isFirst ? [] : known.participants;
  const participants = [...new Map([...kept, ...read].map((person) => [person.userId, person])).values()];
  const count = page.participantCount;
  const isStale = isFirst ? false : known.isStale;
  return { participants, count, isPartial: participants.length < count, isStale };
}
