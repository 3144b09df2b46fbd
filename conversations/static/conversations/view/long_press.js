// A finger that rests on something: what a click with the other button is to a mouse.

const AFTER = 450;
const FARTHEST = 10;
/** What the browser itself, or a handler of its own, answers a finger on. */
const ITS_OWN = "a, button, audio";

/** `act(element)` once the finger that rested on an element of this selector is lifted. */
export function onLongPress(root, selector, act) {
  let start = null;
  let timer = null;
  let pressed = null;

  function end() {
    window.clearTimeout(timer);
    timer = null;
    if (pressed !== null) delete pressed.dataset.pressed;
    pressed = null;
  }

  root.addEventListener("pointerdown", ({ target, pointerType, isPrimary, clientX, clientY }) => {
    end();
    const element = target.closest(selector);
    if (pointerType !== "touch" || !isPrimary || element === null || target.closest(ITS_OWN)) return;
    start = { clientX, clientY };
    timer = window.setTimeout(() => {
      pressed = element;
      element.dataset.pressed = "true";
    }, AFTER);
  });
  root.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (timer === null) return;
    const far = Math.hypot(clientX - start.clientX, clientY - start.clientY);
    if (far > FARTHEST) end();
  });
  root.addEventListener("pointercancel", end);
  root.addEventListener("pointerup", () => {
    const element = pressed;
    end();
    // The finger that is lifted would close what it opens.
    if (element !== null) window.setTimeout(() => act(element));
  });
  root.addEventListener("contextmenu", (event) => timer !== null && event.preventDefault());
}
