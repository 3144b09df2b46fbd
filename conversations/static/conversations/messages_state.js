// The messages of one conversation that are held here, which may have holes between them.

export const revisionOf = (message) => message.revision ?? 0;

export function createMessages() {
  const bySequence = new Map();
  const sequences = new Map();
  /** Messages known apart from their neighbours: quoted ones, and changed ones of pages not loaded. */
  const aside = new Map();

  const find = (messageId) => bySequence.get(sequences.get(messageId)) ?? aside.get(messageId);

  /** What is known of a message, with what an event says of it: the later change wins. */
  function newer(event) {
    const known = find(event.messageId);
    return known !== undefined && revisionOf(known) > revisionOf(event) ? known : event;
  }

  return {
    has: (sequence) => bySequence.has(sequence),

    /** The message of this sequence, if it is held. */
    at: (sequence) => bySequence.get(sequence),

    isHeld: (messageId) => sequences.has(messageId),

    /** The message, be it held or only quoted. */
    find,

    /** Hold it, in its place among the others. */
    put(event) {
      bySequence.set(event.sequence, newer(event));
      sequences.set(event.messageId, event.sequence);
      aside.delete(event.messageId);
    },

    /** Know it, whether or not those around it are held. */
    putAside(event) {
      if (sequences.has(event.messageId)) bySequence.set(event.sequence, newer(event));
      else aside.set(event.messageId, newer(event));
    },

    /** Put what `change(message)` gives in the place of each. */
    rewrite(change) {
      for (const messages of [bySequence, aside]) for (const [key, event] of messages) messages.set(key, change(event));
    },

    /** Those around a sequence up to the next hole, or at most so many `before` and `after` it, oldest first. */
    stretch(sequence, { before = Infinity, after = Infinity } = {}) {
      if (!bySequence.has(sequence)) return [];
      let from = sequence;
      while (bySequence.has(from - 1) && sequence - from < before) from -= 1;
      const found = [];
      for (let at = from; bySequence.has(at) && at - sequence <= after; at += 1) found.push(bySequence.get(at));
      return found;
    },
  };
}
