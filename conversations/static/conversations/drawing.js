// When the page is drawn: once for all that happens at a moment, and never for more than half of the time. A burst of a
// thousand events, each of which came in a frame of its own, is not to cost a thousand times what the whole page costs.

/**
 * `show()` shows everything; `soon(callback)` calls back after what runs now. The answer asks for it to be shown, and its
 * `now()` shows it before it returns: the next key changes what is seen, so what a key did must be seen by then.
 */
export function createDrawing({ soon, clock, show }) {
  /** Whether it was asked for, and not shown since. */
  let isDue = false;
  // Counts what was asked for, so that what `now()` has shown is not shown again.
  let turn = 0;
  let restUntil = -Infinity;

  function run() {
    isDue = false;
    const began = clock.steady();
    show();
    const ended = clock.steady();
    restUntil = ended + (ended - began);
  }

  function draw() {
    if (isDue) return;
    isDue = true;
    turn += 1;
    const asked = turn;
    const runInTurn = () => asked === turn && run();
    const rest = restUntil - clock.steady();
    if (rest > 0) clock.setTimeout(runInTurn, rest);
    else soon(runInTurn);
  }

  draw.now = () => {
    turn += 1;
    run();
  };
  return draw;
}
