// What the person appears as, and the menus with which they choose it and for how long.

import { hook, setData, setText } from "./dom.js";

const KEPT = "kept";

export function createStatusMenu(root, { say }) {
  const line = hook(root, "own-status");
  const menu = hook(root, "status-menu");
  const duration = hook(root, "status-duration");
  const durationLabel = hook(root, "status-duration-label");
  const kept = hook(duration, "status-until");

  return {
    show({ appearsAs, ownLine, choice, chosenUntil }) {
      setText(line, ownLine);
      setData(line, "status", appearsAs);
      if (menu.value !== choice.status) menu.value = choice.status;
      // What is automatic has no end.
      durationLabel.hidden = choice.status === "online";
      kept.hidden = chosenUntil === null;
      setText(kept, chosenUntil === null ? "" : say("until", { time: chosenUntil }));
      const value = chosenUntil === null ? "" : KEPT;
      if (duration.value !== value) duration.value = value;
    },
    listen(app) {
      menu.addEventListener("change", () => app.choose(menu.value));
      duration.addEventListener("change", () => duration.value !== KEPT && app.chooseDuration(duration.value));
    },
  };
}
