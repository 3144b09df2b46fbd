// Who reacted with what: facts with the revision they were made in, so that a late one does no harm.

export function createReactions() {
  const messages = new Map();

  /** `settled`: the revision up to which all is known. `facts`: person and emoji to the last word on them. */
  function on(messageId) {
    if (!messages.has(messageId)) messages.set(messageId, { settled: -1, isTelling: true, facts: new Map() });
    return messages.get(messageId);
  }

  return {
    /** All reactions on the message, as of a revision, are told next. What is known of later ones stays. */
    settle(messageId, revision) {
      const known = on(messageId);
      known.isTelling = revision >= known.settled;
      if (!known.isTelling) return;
      known.settled = revision;
      for (const [key, fact] of known.facts) if (fact.revision <= revision) known.facts.delete(key);
    },

    /** A `reaction` event: told after `settle`, or live. */
    receive(event, { isTold }) {
      const known = on(event.messageId);
      const revision = event.revision ?? Math.max(known.settled, 0);
      if (isTold ? !known.isTelling : revision <= known.settled) return;
      const key = `${event.senderId} ${event.content}`;
      if (known.facts.get(key)?.revision > revision) return;
      const { senderId: userId, senderName: name, content: emoji } = event;
      known.facts.set(key, { userId, name, emoji, revision, isOn: event.messageType !== "remove" });
    },

    /** Call everybody by what `nameOf(userId, name)` gives. */
    rename(nameOf) {
      for (const { facts } of messages.values()) {
        for (const fact of facts.values()) fact.name = nameOf(fact.userId, fact.name);
      }
    },

    /** `[{emoji, people: [{userId, name}]}]`, the first emoji first. */
    of(messageId) {
      const groups = new Map();
      for (const { emoji, userId, name, isOn } of messages.get(messageId)?.facts.values() ?? []) {
        if (!isOn) continue;
        if (!groups.has(emoji)) groups.set(emoji, { emoji, people: [] });
        groups.get(emoji).people.push({ userId, name });
      }
      return [...groups.values()];
    },
  };
}
