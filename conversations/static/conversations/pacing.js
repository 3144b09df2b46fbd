// All that the page sends passes here, no faster than the limits that `ready` tells. The server counts frames in a token
// bucket, and so does this, in one that is smaller and fills more slowly: what goes out evenly may arrive in a bunch.

/** Of what the server puts up with at once, and of its rate, so much is used. */
const SHARE_OF_BURST = 0.5;
const SHARE_OF_RATE = 0.8;
/** Of the bucket so much is kept for what can't wait. */
const SHARE_FOR_URGENT = 0.2;
/** After a refusal. */
const PAUSE = 1_000;

/** Before the server has told its own. */
const CAUTIOUS = { frameBurst: 20, frameInterval: 500 };

const URGENT = 0;
const WRITTEN = 1;
const REST = 2;

/** What a person sees at once in others comes first, then what they wrote, then what nobody waits for. */
function rankOf({ type, isCatchup }) {
  if (type === "typing" || type === "presence") return URGENT;
  if ((type === "message" && !isCatchup) || type === "reaction") return WRITTEN;
  return REST;
}

/**
 * `write(frame)` sends a frame. `onSilence()` is called when so much went out since something was last heard that nothing
 * more may go before: on a line that stands still all of it would arrive at once.
 */
export function createPacer({ clock, write, onSilence }) {
  let size = 0;
  let interval = 0;
  let tokens = 0;
  let countedAt = 0;
  let unheard = 0;
  let isSilent = false;
  let timer = null;
  /** What waits, by rank, each in the order in which it came. */
  const waiting = [[], [], []];

  const reserveFor = (rank) => (rank === URGENT ? 0 : Math.floor(size * SHARE_FOR_URGENT));
  const isHeldBack = (rank) => rank !== URGENT && unheard >= size;

  function keepTo({ frameBurst, frameInterval }) {
    size = Math.max(1, Math.floor(frameBurst * SHARE_OF_BURST));
    interval = frameInterval / SHARE_OF_RATE;
    tokens = Math.min(tokens, size);
  }

  function count() {
    const now = clock.steady();
    if (now <= countedAt) return;
    tokens = Math.min(size, tokens + (now - countedAt) / interval);
    countedAt = now;
  }

  const mayGo = (rank) => !isHeldBack(rank) && tokens >= reserveFor(rank) + 1;

  function go(frame) {
    tokens -= 1;
    unheard += 1;
    write(frame);
  }

  /** Send what may go, and look again when the next may. */
  function pump() {
    clock.clearTimeout(timer);
    timer = null;
    count();
    for (const [rank, frames] of waiting.entries()) {
      while (frames.length > 0 && mayGo(rank)) go(frames.shift());
      if (frames.length > 0 && !isHeldBack(rank)) return wait(rank);
    }
    if (isSilent || waiting.every((frames) => frames.length === 0)) return;
    isSilent = true;
    onSilence();
  }

  function wait(rank) {
    const missing = reserveFor(rank) + 1 - tokens;
    const paused = Math.max(0, countedAt - clock.steady());
    timer = clock.setTimeout(pump, Math.max(1, Math.ceil(missing * interval + paused)));
  }

  function clear() {
    clock.clearTimeout(timer);
    timer = null;
    for (const frames of waiting) frames.length = 0;
  }

  return {
    /** A new connection, with the limits that its `ready` tells. */
    opened(limits = CAUTIOUS) {
      clear();
      tokens = Infinity;
      keepTo(limits);
      countedAt = clock.steady();
      unheard = 0;
      isSilent = false;
    },

    /** The connection is gone, and what waits is void, as is what was on its way. */
    closed: clear,

    /** Something was heard: the line lives. */
    heard() {
      unheard = 0;
      isSilent = false;
      if (waiting.some((frames) => frames.length > 0)) pump();
    },

    /** The server refused a frame all the same: it takes less than it tells. From now on half of it is sent. */
    refused() {
      const isKnown = clock.steady() < countedAt;
      countedAt = clock.steady() + PAUSE;
      tokens = 0;
      if (isKnown) return;
      size = Math.max(1, Math.floor(size / 2));
      interval *= 2;
    },

    /**
     * Send it, now or as soon as it may go. False if it will not go: that somebody types is news or nothing, so what
     * can't go at once does not go at all.
     */
    send(frame) {
      const rank = rankOf(frame);
      count();
      const isFirst = waiting.slice(0, rank + 1).every((frames) => frames.length === 0);
      if (isFirst && mayGo(rank)) {
        go(frame);
        return true;
      }
      if (frame.type === "typing" && frame.isTyping) return false;
      waiting[rank].push(frame);
      if (timer === null || rank < REST) pump();
      return true;
    },
  };
}
