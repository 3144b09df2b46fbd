// Tells that the end of a list is nearly in sight, where the list goes on behind what is here of it.

/** `onReach()` is called when the last element comes near the view of `root`, by scrolling or by the keys. */
export function createEndWatch(root, { onReach }) {
  let watched = null;
  let isNear = false;

  function look(entries) {
    isNear = entries.at(-1).isIntersecting;
    if (isNear) onReach();
  }

  // Before the end is reached, so that nobody waits there.
  const observer = new IntersectionObserver(look, { root, rootMargin: "0px 0px 50% 0px" });

  /** The last element of the list, whenever it is shown; null: it does not go on. */
  return function watch(element) {
    if (element === watched) {
      // What was read then has brought nothing.
      if (isNear) onReach();
      return;
    }
    observer.disconnect();
    isNear = false;
    watched = element;
    if (element !== null) observer.observe(element);
  };
}
