// A token bucket as the server counts in, but smaller and slower: what goes out evenly may arrive in a bunch, and others may
// draw on the server's as well. After a refusal half of it is used, and step by step all of it again.

/** Of what the server puts up with at once, and of its rate, so much is used. */
const SHARE_OF_BURST = 0.5;
const SHARE_OF_RATE = 0.8;
/** After a refusal. */
const PAUSE = 1_000;
/** Without a refusal, after which twice as much is used. */
const REGAINED_AFTER = 30_000;
/** So much slower it becomes at most. */
const SLOWEST = 64;

export function createBucket({ clock }) {
  let told = { burst: 1, interval: 0 };
  let slowness = 1;
  let refusedAt = -Infinity;
  let tokens = 0;
  let countedAt = 0;

  const size = () => Math.max(1, Math.floor((told.burst * SHARE_OF_BURST) / slowness));
  const interval = () => (told.interval / SHARE_OF_RATE) * slowness;

  function regain(now) {
    if (slowness === 1 || now - refusedAt < REGAINED_AFTER) return;
    slowness /= 2;
    refusedAt = now;
  }

  function count() {
    const now = clock.steady();
    if (now <= countedAt) return;
    regain(now);
    tokens = Math.min(size(), tokens + (now - countedAt) / interval());
    countedAt = now;
  }

  return {
    size,

    /** A new connection: so many frames at once, and one more each so many milliseconds. */
    opened(burst, milliseconds) {
      told = { burst, interval: milliseconds };
      slowness = 1;
      tokens = size();
      countedAt = clock.steady();
    },

    /** Whether there is one more than are kept. */
    has(kept = 0) {
      count();
      return tokens >= kept + 1;
    },

    take() {
      tokens -= 1;
    },

    /** Milliseconds until `has(kept)`. */
    wait(kept = 0) {
      const paused = Math.max(0, countedAt - clock.steady());
      return Math.max(1, Math.ceil((kept + 1 - tokens) * interval() + paused));
    },

    /** The server refused a frame all the same: it has less to give than it tells, or others took it. */
    refused() {
      const isKnown = clock.steady() < countedAt;
      countedAt = clock.steady() + PAUSE;
      tokens = 0;
      if (isKnown) return;
      refusedAt = countedAt;
      slowness = Math.min(SLOWEST, slowness * 2);
    },
  };
}
