// Whether the line to the site is down, as the person is told: at once where it is certain, and not for a moment's
// interruption. What is shown of others while it is down is what was last known.

const DOWN_AFTER = 1_500;

/** `onChange()` is called when the line goes down by time alone. */
export function createLine({ clock, onChange }) {
  let isDown = false;
  let lostAt = null;
  let timer = null;

  function goDown() {
    clock.clearTimeout(timer);
    isDown = true;
  }

  return {
    /** The state of the stream changed. */
    became(state) {
      if (state === "open") {
        clock.clearTimeout(timer);
        isDown = false;
        lostAt = timer = null;
        return;
      }
      // The first connect of a page is no loss.
      if (state === "connecting") return;
      lostAt ??= clock.now();
      if (state !== "waiting") return goDown();
      timer ??= clock.setTimeout(() => {
        goDown();
        onChange();
      }, DOWN_AFTER);
    },
    isDown: () => isDown,
    /** Until when what is shown of others is known to be so, in milliseconds; `null`: it is so now. */
    knownUntil: () => (isDown ? lostAt : null),
  };
}
