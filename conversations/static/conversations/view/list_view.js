// The list of conversations.

import { createEndWatch } from "./end_watch.js";
import { hook, make, reconcile, setAvatar, setData, setDot, setText } from "./dom.js";
import { setTick } from "./tick_view.js";

function createRow({ conversationId }) {
  const avatar = make("span", { className: "avatar", hook: "row-avatar", "aria-hidden": "true" });
  const dot = make("span", { className: "dot", hook: "presence-dot", role: "img" });
  const link = make(
    "a",
    { className: "row", hook: "conversation", href: `/conversations/${conversationId}/` },
    make("span", { className: "avatar-box" }, avatar, dot),
    make("span", { className: "row-title", hook: "conversation-title", dir: "auto" }),
    make("span", { className: "row-time", hook: "conversation-time" }),
    make(
      "span",
      { className: "row-line" },
      make("span", { className: "tick", hook: "row-tick", role: "img" }),
      make("span", { className: "row-preview", hook: "preview", dir: "auto" }),
    ),
    make("span", { className: "unread", hook: "unread", role: "img" }),
  );
  link.dataset.conversationId = conversationId;
  const markUnread = make("button", { className: "mark-unread", hook: "mark-unread", type: "button" });
  return make("li", { className: "row-box" }, link, markUnread);
}

/** Who said it and the colon behind them are cut as one: a colon of its own would stand apart from a name that is cut. */
function setPreview(element, { preview, isTyping }) {
  setText(element, preview);
  setData(element, "typing", isTyping || null);
  const said = element.lastChild;
  if (isTyping || said?.nodeName !== "BDI" || element.querySelector(".row-sender") !== null) return;
  const sender = make("span", { className: "row-sender" });
  sender.append(...[...element.childNodes].filter((node) => node !== said));
  element.prepend(sender);
}

function updateRow(item, row, say) {
  const link = hook(item, "conversation");
  if (row.isOpen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  setAvatar(hook(item, "row-avatar"), row.avatar);
  setDot(hook(item, "presence-dot"), row.dot);
  setText(hook(item, "conversation-title"), row.title);
  setText(hook(item, "conversation-time"), row.time);
  setTick(hook(item, "row-tick"), row.tick, say);
  setPreview(hook(item, "preview"), row);
  const unread = hook(item, "unread");
  unread.hidden = row.unread === 0;
  setText(unread, row.unread === 0 ? "" : String(row.unread));
  if (row.unread > 0) unread.setAttribute("aria-label", row.unreadLabel);
  updateMarkUnread(item, row, say);
}

function updateMarkUnread(item, { canMarkUnread, title }, say) {
  const button = hook(item, "mark-unread");
  // The focus stays in the row of which it was chosen.
  if (!canMarkUnread && document.activeElement === button) hook(item, "conversation").focus({ preventScroll: true });
  button.hidden = !canMarkUnread;
  const label = say("mark-unread-named", { title });
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.title = say("mark-unread");
}

export function createListView(root, { say }) {
  const list = hook(root, "conversation-list");
  const empty = hook(root, "list-empty");
  let app = null;
  const watch = createEndWatch(list, { onReach: () => app.moreConversations() });

  return {
    show({ rows, hasMoreRows }) {
      empty.hidden = rows.length > 0;
      const items = rows.map((row) => ({ ...row, key: row.conversationId }));
      reconcile(list, items, { create: createRow, update: (item, row) => updateRow(item, row, say) });
      watch(hasMoreRows ? list.lastElementChild : null);
    },
    listen(handlers) {
      app = handlers;
      list.addEventListener("click", (event) => {
        const button = event.target.closest('[data-hook="mark-unread"]');
        if (button !== null) return app.markLastUnread(Number(button.closest("li").dataset.key));
        const link = event.target.closest("[data-conversation-id]");
        const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey;
        if (link === null || opensElsewhere) return;
        event.preventDefault();
        app.open(Number(link.dataset.conversationId));
      });
      list.addEventListener("keydown", (event) => {
        const links = [...list.querySelectorAll("[data-conversation-id]")];
        const at = links.indexOf(event.target);
        const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: links.length - 1 }[event.key];
        if (at === -1 || links[to] === undefined) return;
        event.preventDefault();
        links[to].focus();
      });
    },
  };
}
