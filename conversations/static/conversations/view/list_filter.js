// The field that narrows the list of conversations.

import { hook } from "./dom.js";

export function createListFilter(root) {
  const field = hook(root, "filter");
  const none = hook(root, "filter-none");
  const empty = hook(root, "list-empty");
  const list = hook(root, "conversation-list");

  const firstLink = () => list.querySelector("[data-conversation-id]");

  return {
    show({ filter, rows, isFinding }) {
      if (field.value !== filter && document.activeElement !== field) field.value = filter;
      none.hidden = filter.trim() === "" || rows.length > 0 || isFinding;
      if (!none.hidden) empty.hidden = true;
    },

    listen(app) {
      field.addEventListener("input", () => app.filter(field.value));
      field.addEventListener("keydown", (event) => {
        if (event.isComposing) return;
        if (event.key === "Escape" && field.value !== "") {
          event.preventDefault();
          field.value = "";
          app.filter("");
        } else if (event.key === "ArrowDown") {
          event.preventDefault();
          firstLink()?.focus();
        } else if (event.key === "Enter") {
          firstLink()?.click();
        }
      });
    },
  };
}
