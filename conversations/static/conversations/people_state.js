// What people are called, and whether their accounts are active: the latest word on each is true.

/** Whether the person can be here and read. The list says so only of those who can't. */
export const isActive = (person) => person.isActive !== false;

/** `version`: how many changes of names there had been on the site before the page was made. */
export function createPeople({ version = 0 } = {}) {
  const people = new Map();
  let held = version;

  function learn(userId, { name, isActive = true, version = 0 }) {
    const known = people.get(userId);
    if (known === undefined || known.version <= version) people.set(userId, { name, isActive, version });
  }

  const nameOf = (userId, otherwise) => people.get(userId)?.name ?? otherwise;

  return {
    /** A new connection. What live events tell does not count: one before them may have been missed. */
    ready({ peopleVersion = held }) {
      held = peopleVersion;
    },

    /** Up to which change of names none is missing here. */
    version: () => held,

    /** A `person` event. */
    heard({ senderId, senderName, isActive, sequence }) {
      learn(senderId, { name: senderName, isActive, version: sequence });
    },

    /** Participants as a list has them, by the latest word on each. */
    participants(listed) {
      for (const person of listed) learn(person.userId, person);
      return listed.map((person) => ({ ...person, ...people.get(person.userId) }));
    },

    /** `otherwise`: what to call somebody of whom nothing is known. */
    nameOf,

    /** A message or an event, with the name that its sender has now. */
    named(event) {
      if (event.type === "person" || event.senderName === undefined) return event;
      const senderName = nameOf(event.senderId, event.senderName);
      return senderName === event.senderName ? event : { ...event, senderName };
    },
  };
}
