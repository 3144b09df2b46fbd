// How far a message of one's own has come, as ticks and as a word.

import { setData, setText } from "./dom.js";

const TICKS = { pending: "…", failed: "!", sent: "✓", delivered: "✓✓", read: "✓✓" };
const WORDS = { pending: "sending", failed: "failed", sent: "stored", delivered: "delivered", read: "read" };

/** `state` is null where there is nothing to tell. */
export function setTick(element, state, say) {
  element.hidden = state === null;
  if (state === null) return;
  setData(element, "state", state);
  setText(element, TICKS[state]);
  element.setAttribute("aria-label", say(WORDS[state]));
}
