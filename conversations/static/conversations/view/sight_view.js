// Which of the messages are in sight: a real part of them, inside the part of the page that scrolls.

const HALF = 0.5;
// A message higher than the view never shows half of itself; so that it fills half the view is noticed in small steps.
const STEPS = Array.from({ length: 51 }, (_, step) => step / 50);

function isReal({ isIntersecting, intersectionRatio, intersectionRect, rootBounds }) {
  return isIntersecting && (intersectionRatio >= HALF || intersectionRect.height >= rootBounds.height * HALF);
}

/** `onChange()` is called when `range()` may be another. */
export function createSightView(root, onChange) {
  const inSight = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (isReal(entry)) inSight.add(entry.target);
        else inSight.delete(entry.target);
      }
      onChange();
    },
    { root, threshold: STEPS },
  );

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
