// Two clocks. `now()` says what time it is, by the server's clock: the device's own may be wrong, or be set while the
// page is open. `steady()` is never set, so intervals are measured on it; only differences between its values mean anything.

/**
 * `wall()` is the device's clock and `steady()` its monotonic clock, both in milliseconds. Timers are those of the browser,
 * which run on the monotonic clock as well.
 */
export function createClock({ wall, steady, setTimeout, clearTimeout }) {
  // The server's time minus the monotonic clock. Until the server has said what time it is, the device is believed.
  let offset = wall() - steady();

  return {
    now: () => steady() + offset,
    steady,
    setTimeout,
    clearTimeout,

    /**
     * The server said just now that it is `time` (milliseconds since 1970). It read its clock before this moment, and after
     * `since` (of the steady clock), where that is known. Between these two bounds a slow line proves nothing, and what was
     * believed before stays; beyond them it is wrong, and is moved to the nearer bound.
     */
    told(time, { since = -Infinity } = {}) {
      offset = Math.min(Math.max(offset, time - steady()), time - since);
    },
  };
}
