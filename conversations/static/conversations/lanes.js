// What of the outbox may go to the server now. Of a conversation one thing at a time is under way, so that none overtakes
// another; what one conversation waits for does not keep the others. What stays without an answer is tried alone, and in
// the end given up: it must not keep what is behind it for ever.

const AT_ONCE = 8;
const ANSWER_WITHIN = 10_000;
/** So many times without an answer. */
const ALONE_AFTER = 2;
const GIVE_UP_AFTER = 4;
/** Close codes by which a server says that it could not take a frame: its encoding, or its size. */
const BLAMES_FRAME = new Set([1007, 1009, 4009]);

/** `onLate(id)` is called when what went out got no answer in time; it is not under way any more. */
export function createLanes({ clock, onLate }) {
  /** Conversation to what of it is under way: `{id, timer}`. */
  const underWay = new Map();
  /** Conversation to when it may go on, by the steady clock. */
  const pausedUntil = new Map();
  /** Entry to how many times it went out and was not answered. */
  const unanswered = new Map();
  let isAlone = false;

  const isDoubtful = ({ id }) => (unanswered.get(id) ?? 0) >= ALONE_AFTER;
  const isFree = (conversationId) =>
    !underWay.has(conversationId) && (pausedUntil.get(conversationId) ?? 0) <= clock.steady();

  function end(conversationId) {
    const { id, timer } = underWay.get(conversationId);
    clock.clearTimeout(timer);
    underWay.delete(conversationId);
    isAlone = false;
    return id;
  }

  function missAnswer(id) {
    unanswered.set(id, (unanswered.get(id) ?? 0) + 1);
  }

  return {
    isUnderWay: ({ id, conversationId }) => underWay.get(conversationId)?.id === id,

    /**
     * The first of these, in their order, that may go; undefined if all have to wait. What may never be answered comes
     * after all others, and alone.
     */
    next(entries, mayGo) {
      if (isAlone || underWay.size >= AT_ONCE) return undefined;
      const passed = new Set();
      let doubtful;
      for (const entry of entries) {
        const { conversationId } = entry;
        if (passed.has(conversationId) || !mayGo(entry)) continue;
        if (isFree(conversationId)) {
          if (!isDoubtful(entry)) return entry;
          doubtful ??= entry;
        }
        passed.add(conversationId);
      }
      return underWay.size === 0 ? doubtful : undefined;
    },

    /** It is to go out. */
    takes(entry) {
      isAlone = isDoubtful(entry);
      underWay.set(entry.conversationId, { id: entry.id, timer: null });
    },

    /** It does not go out. */
    leaves: ({ conversationId }) => end(conversationId),

    /** It went out: from now on the answer is waited for. */
    went({ id, conversationId }) {
      const lane = underWay.get(conversationId);
      if (lane?.id !== id || lane.timer !== null) return;
      lane.timer = clock.setTimeout(() => {
        end(conversationId);
        missAnswer(id);
        onLate(id);
      }, ANSWER_WITHIN);
    },

    /** There was an answer, whatever it said, or nobody waits for one any more. */
    release({ id, conversationId }) {
      unanswered.delete(id);
      if (underWay.get(conversationId)?.id === id) end(conversationId);
    },

    /** Nothing more of the conversation for so many milliseconds. */
    pause(conversationId, duration) {
      pausedUntil.set(conversationId, clock.steady() + duration);
    },

    /**
     * The connection is gone, and with it the answers. Gives the id of what it was closed for, if that is certain: a
     * frame was blamed, and only one was under way.
     */
    lost(code) {
      const ids = [...underWay.keys()].map(end);
      pausedUntil.clear();
      const isBlamed = BLAMES_FRAME.has(code);
      if (isBlamed && ids.length === 1) return ids[0];
      for (const id of ids) {
        missAnswer(id);
        if (isBlamed) unanswered.set(id, Math.max(ALONE_AFTER, unanswered.get(id)));
      }
      return null;
    },

    /** A new connection, or one that has lost something: nothing is waited for any more. */
    renew() {
      for (const conversationId of [...underWay.keys()]) end(conversationId);
      pausedUntil.clear();
    },

    /** Whether it was tried often enough. */
    isHopeless: (id) => (unanswered.get(id) ?? 0) >= GIVE_UP_AFTER,
  };
}
