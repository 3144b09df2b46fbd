// The buttons beside what was not sent: what can be done about it.

import { hook, make } from "./dom.js";

/** By the button: what says whether it can help, and what of the app it asks for. */
const WAYS = {
  retry: { may: "mayRetry", action: "retry" },
  "send-text": { may: "maySendText", action: "sendText" },
  rework: { may: "mayEdit", action: "rework" },
};

const button = (name, say) => make("button", { className: "quiet", type: "button", hook: name, text: say(name) });

/** The buttons; the last one gives it up. */
export const createWaysOut = (say) => [...Object.keys(WAYS), "discard"].map((name) => button(name, say));

/** Show those that can help, as `troubleOf` says. */
export function showWaysOut(element, trouble) {
  for (const [name, { may }] of Object.entries(WAYS)) hook(element, name).hidden = !trouble[may];
}

/** The app's action that a button asks for, or undefined if it is another button. */
export const actionOf = ({ dataset }) => (dataset.hook === "discard" ? "discard" : WAYS[dataset.hook]?.action);
