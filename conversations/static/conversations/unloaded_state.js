// The person's conversations that are not loaded here: how each stands, as the connection told when it began.

/** Those that are loaded are never among them. `undelivered` are the ids of those of which no device of the person has all. */
export function createUnloaded({ undelivered = [] } = {}) {
  let states = new Map();
  /** Whether a connection has told of all conversations yet. */
  let isTold = false;
  const awaited = new Set(undelivered);

  /** Whether something came to it of which nobody told here, or it was not there before. */
  function isNews({ conversationId, sequence }) {
    const before = states.get(conversationId);
    if (before !== undefined) return sequence > before.sequence;
    return isTold || awaited.has(conversationId);
  }

  return {
    /** `told` of these a new connection. Those among them that are to be loaded now, since they have moved in the list. */
    ready(told) {
      const news = told.filter(isNews).map(({ conversationId }) => conversationId);
      states = new Map(told.map((state) => [state.conversationId, state]));
      isTold = true;
      return news;
    },
    /** Whether a connection has told of all conversations yet: before, any may be one of the person's. */
    isTold: () => isTold,
    has: (conversationId) => states.has(conversationId),
    ids: () => [...states.keys()],
    /** It is loaded, or no longer the person's. */
    drop: (conversationId) => states.delete(conversationId),
    /** How many messages are unread in them. */
    unread: () => [...states.values()].reduce((sum, { unread }) => sum + unread, 0),
  };
}
