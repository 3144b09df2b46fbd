// The place where one finds what could not be sent: what it says, why, and what can be done about it.

import { hook, make, reconcile, setOriginal, setText } from "./dom.js";
import { actionOf, createWaysOut, showWaysOut } from "./ways_out.js";

const COPIED_FOR = 2_000;

/** Copy what an element says, also where the browser has no clipboard for pages (plain http). */
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  window.getSelection().selectAllChildren(element);
  document.execCommand("copy");
}

export function createUnsentDialog(root, { say }) {
  const opener = hook(root, "unsent");
  const dialog = hook(root, "unsent-dialog");
  const list = hook(dialog, "unsent-list");

  const create = () =>
    make(
      "li",
      { className: "unsent-item", hook: "unsent-item" },
      make("h3", { className: "unsent-title", hook: "unsent-title", dir: "auto" }),
      make("span", { className: "unsent-time", hook: "unsent-time" }),
      make("p", { className: "unsent-text", hook: "unsent-text", dir: "auto", tabindex: "0" }),
      make("p", { className: "unsent-files", hook: "unsent-files", dir: "auto" }),
      make("p", { className: "unsent-reason", hook: "unsent-reason" }),
      make(
        "div",
        { className: "unsent-buttons" },
        make("button", { className: "quiet", type: "button", hook: "copy-unsent", text: say("copy-unsent") }),
        ...createWaysOut(say),
      ),
    );

  function update(element, item) {
    element.dataset.conversationId = item.conversationId;
    setText(hook(element, "unsent-title"), item.title);
    setText(hook(element, "unsent-time"), item.timeText);
    setOriginal(hook(element, "unsent-text"), item.text);
    setText(hook(element, "unsent-files"), item.files === "" ? "" : say("unsent-files", { names: item.files }));
    setText(hook(element, "unsent-reason"), item.reason);
    hook(element, "unsent-text").hidden = hook(element, "copy-unsent").hidden = item.text === "";
    hook(element, "unsent-files").hidden = item.files === "";
    showWaysOut(element, item);
  }

  async function copyOf(item, button) {
    await copy(hook(item, "unsent-text"));
    setText(button, say("copied"));
    window.setTimeout(() => setText(button, say("copy-unsent")), COPIED_FOR);
  }

  function onClick(event, app) {
    const button = event.target.closest("button");
    const item = event.target.closest('[data-hook="unsent-item"]');
    if (button === null || item === null) return;
    const { key, conversationId } = item.dataset;
    if (button.dataset.hook === "copy-unsent") copyOf(item, button);
    else app[actionOf(button)](key, Number(conversationId));
    if (button.dataset.hook === "rework") dialog.close();
  }

  return {
    show(unsent) {
      opener.hidden = unsent.length === 0;
      setText(hook(opener, "unsent-count"), String(unsent.length));
      hook(dialog, "unsent-none").hidden = unsent.length > 0;
      reconcile(list, unsent, { create, update });
    },

    listen(app) {
      opener.addEventListener("click", () => dialog.showModal());
      list.addEventListener("click", (event) => onClick(event, app));
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    },
  };
}
