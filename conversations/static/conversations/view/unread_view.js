// The ways through what is unread: the line before it, up to its beginning, down to the newest, and past all of it.

import { hook, make, setText } from "./dom.js";

export function createUnreadView(root, { say }) {
  const messages = hook(root, "messages-inner");
  const above = hook(root, "unread-above");
  const latest = hook(root, "latest");
  let shown = null;

  /** Escape means something else in a dialog, a menu or a field, and while the composer answers or edits. */
  function isFree({ target, defaultPrevented, isComposing }) {
    if (defaultPrevented || isComposing || shown?.subject.kind !== "new") return false;
    const isField = target.matches("input, select, textarea") && target.dataset.hook !== "composer";
    return !isField && document.querySelector("dialog[open], :popover-open") === null;
  }

  return {
    createLine() {
      const all = { className: "quiet", type: "button", hook: "mark-all-read", text: say("mark-all-read") };
      return make("div", { className: "unread-line", hook: "unread-line" }, make("span"), make("button", all));
    },

    /** `{isAtEnd, isLoaded, below}` */
    showLatest({ isAtEnd, isLoaded, below = 0 }) {
      latest.hidden = isAtEnd || !isLoaded;
      setText(hook(latest, "latest-count"), below > 0 ? String(below) : "");
    },

    show(thread) {
      shown = thread;
      this.showLatest(thread);
      above.hidden = thread.above === 0;
      if (thread.above > 0) setText(hook(above, "unread-above-count"), say("unread", { count: thread.above }));
      const line = messages.querySelector('[data-hook="unread-line"]');
      if (line !== null) hook(line, "mark-all-read").hidden = thread.unread === 0;
    },

    /** `onLatest()` is called before the newest is asked for. */
    listen(app, { onLatest }) {
      latest.addEventListener("click", () => {
        onLatest();
        app.toNewest();
      });
      hook(above, "to-first-unread").addEventListener("click", app.toFirstUnread);
      for (const place of [above, messages]) {
        place.addEventListener("click", ({ target }) => {
          if (target.closest('[data-hook="mark-all-read"]') !== null) app.markAllRead();
        });
      }
      document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && isFree(event)) app.markAllRead();
      });
    },
  };
}
