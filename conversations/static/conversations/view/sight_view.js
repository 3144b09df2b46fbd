// Which of the messages are in sight: a real part of them, inside the part of the page that scrolls, and not beneath what
// stands over it.

const HALF = 0.5;
// A message higher than the view never shows half of itself; so that it fills half the view is noticed in small steps.
const STEPS = Array.from({ length: 51 }, (_, step) => step / 50);

function isReal({ isIntersecting, intersectionRatio, intersectionRect, rootBounds }) {
  return isIntersecting && (intersectionRatio >= HALF || intersectionRect.height >= rootBounds.height * HALF);
}

/**
 * `above` and `below` are what stands over the upper and the lower end of `root` while it is shown: the whole strip from
 * there to that end counts as covered. `onChange()` is called when `range()` may be another.
 */
export function createSightView(root, { above, below, onChange }) {
  const inSight = new Set();
  let margin = marginNow();
  let observer = createObserver();
  const covers = new ResizeObserver(() => {
    if (marginNow() !== margin) observeAnew();
  });
  for (const cover of [above, below]) covers.observe(cover);

  function createObserver() {
    return new IntersectionObserver(notice, { root, rootMargin: margin, threshold: STEPS });
  }

  function notice(entries) {
    for (const entry of entries) {
      if (isReal(entry)) inSight.add(entry.target);
      else inSight.delete(entry.target);
    }
    onChange();
  }

  function marginNow() {
    const view = root.getBoundingClientRect();
    const top = above.offsetHeight > 0 ? above.getBoundingClientRect().bottom - view.top : 0;
    const bottom = below.offsetHeight > 0 ? view.bottom - below.getBoundingClientRect().top : 0;
    return `${-Math.ceil(top)}px 0px ${-Math.ceil(bottom)}px 0px`;
  }

  /** The margin of an observer is fixed. A new one tells of all that it observes, so nothing is forgotten meanwhile. */
  function observeAnew() {
    margin = marginNow();
    observer.disconnect();
    observer = createObserver();
    for (const message of root.querySelectorAll('[data-hook="message"]')) observer.observe(message);
  }

  return {
    observe: (element) => observer.observe(element),

    /** The first and the last sequence of the stored messages in sight, or null. */
    range() {
      const shown = [...inSight].filter((element) => element.isConnected && element.dataset.sequence !== undefined);
      if (shown.length === 0) return null;
      const sequences = shown.map((element) => Number(element.dataset.sequence));
      return { first: Math.min(...sequences), last: Math.max(...sequences) };
    },
  };
}
