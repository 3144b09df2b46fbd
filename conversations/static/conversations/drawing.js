// When the page is drawn: once for all that happens at a moment, and never for more than half of the time. A burst of a
// thousand events, each of which came in a frame of its own, is not to cost a thousand times what the whole page costs.

/** `show()` shows everything; `soon(callback)` calls back after what runs now. The answer asks for it to be shown. */
export function createDrawing({ soon, clock, show }) {
  let isDue = false;
  let restUntil = -Infinity;

  function run() {
    isDue = false;
    const began = clock.steady();
    show();
    const ended = clock.steady();
    restUntil = ended + (ended - began);
  }

  return function draw() {
    if (isDue) return;
    isDue = true;
    const rest = restUntil - clock.steady();
    if (rest > 0) clock.setTimeout(run, rest);
    else soon(run);
  };
}
