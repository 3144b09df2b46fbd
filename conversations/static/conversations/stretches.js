// Which messages of a conversation are shown: a stretch without a hole, and what lies beyond it.

/** At most so many messages are shown before those that are looked at, and after them: the page stays light. */
export const REACH = 100;

/** How many messages from one sequence to another are the others' and can be read. Each that is not held counts as `missing`. */
export function countUnread({ messages }, { from, to, userId, missing }) {
  let count = 0;
  for (let sequence = from; sequence <= to; sequence += 1) {
    const message = messages.at(sequence);
    if (message === undefined) count += missing;
    else if (message.senderId !== userId && !message.isDeleted) count += 1;
  }
  return count;
}

/** What is shown: the messages around `focus` without a hole, or else those up to the newest held. */
export function shownMessages({ messages, held }, focus = null) {
  if (focus === null) return messages.stretch(held, { before: 2 * REACH });
  return messages.stretch(focus, { before: REACH, after: REACH });
}

/** Whether there are older ones before the messages shown, and newer ones after. */
export function hasBeyond(conversation, shown) {
  if (shown.length === 0) return { older: !conversation.isLoaded, newer: false };
  const first = shown[0].sequence;
  return { older: first > 1 && first !== conversation.oldest, newer: shown.at(-1).sequence < conversation.held };
}
