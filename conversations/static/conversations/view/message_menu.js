// What can be done with a message: the buttons beside it, and the menu that they open.

import { hook } from "./dom.js";
import { onLongPress } from "./long_press.js";

const GAP = 4;

export function createMessageMenu(root, { dialogs, openEmojiPicker }) {
  const messages = hook(root, "messages-inner");
  const menu = hook(root, "message-menu");
  const quick = [...menu.querySelectorAll('[data-hook="quick"]')];
  const items = {};
  for (const name of ["reply", "copy", "unread", "edit", "receipts", "delete"]) items[name] = hook(menu, `menu-${name}`);
  let shownItems = new Map();
  /** The message that the menu is about, as it is shown, and the button that opened it. */
  let about = null;
  let opener = null;

  const reachable = () => [...menu.querySelectorAll("button")].filter((button) => !button.hidden);

  function place(anchor) {
    const { top, bottom, left, right } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const isRight = left + width + GAP > window.innerWidth;
    const x = isRight ? right - width : left;
    const y = bottom + GAP + height <= window.innerHeight ? bottom + GAP : top - GAP - height;
    menu.style.left = `${Math.max(GAP, Math.min(x, window.innerWidth - width - GAP))}px`;
    menu.style.top = `${Math.max(GAP, y)}px`;
  }

  function open(button, item, { isReacting }) {
    about = item;
    opener = button;
    items.copy.hidden = item.content === "" || !navigator.clipboard;
    items.unread.hidden = !item.canMarkUnread;
    items.edit.hidden = !item.canEdit;
    items.delete.hidden = !item.canDelete;
    items.receipts.hidden = !item.hasReceipts;
    hook(menu, "menu-items").hidden = isReacting;
    const own = new Set(item.reactions.filter(({ isOwn }) => isOwn).map(({ emoji }) => emoji));
    for (const emoji of quick) emoji.setAttribute("aria-checked", String(own.has(emoji.dataset.emoji)));
    menu.showPopover();
    place(button);
    (isReacting ? quick[0] : items.reply).focus();
  }

  function close() {
    menu.hidePopover();
    opener?.focus();
  }

  function onKey(event) {
    const all = reachable().filter((button) => button.offsetParent !== null);
    const at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? (step && (at + step + all.length) % all.length);
    if (event.key === "Tab") return close();
    if (to === undefined) return;
    event.preventDefault();
    all[to].focus();
  }

  /** Whether there is anything to be done with the message. */
  function openOn(element) {
    const item = itemOf(element);
    if (item.canReact) open(hook(element, "tool-more"), item, { isReacting: false });
    return Boolean(item.canReact);
  }

  const itemOf = (element) => shownItems.get(element.closest('[data-hook="message"]').dataset.key);

  function listenToMenu(app) {
    const on = (name, act) =>
      items[name].addEventListener("click", () => {
        const { messageId, ...item } = about;
        close();
        act(messageId, item);
      });
    on("reply", (messageId) => app.startReply(messageId));
    on("unread", (messageId) => app.markUnread(messageId));
    on("edit", (messageId) => app.startEdit(messageId));
    on("copy", (_, { content }) => navigator.clipboard.writeText(content));
    on("delete", async (messageId) => (await dialogs.confirmsDeletion()) && app.remove(messageId));
    on("receipts", (_, { sequence }) => dialogs.showReceipts(() => app.receipts(sequence)));
    for (const button of quick) {
      button.addEventListener("click", () => {
        close();
        app.react(about.messageId, button.dataset.emoji, button.getAttribute("aria-checked") === "false");
      });
    }
    hook(menu, "quick-more").addEventListener("click", async () => {
      const { messageId } = about;
      close();
      const emoji = await openEmojiPicker(opener);
      if (emoji !== null) app.react(messageId, emoji, true);
    });
    menu.addEventListener("keydown", onKey);
    window.addEventListener("resize", () => menu.matches(":popover-open") && place(opener));
    menu.addEventListener("toggle", ({ newState }) => opener?.setAttribute("aria-expanded", String(newState === "open")));
  }

  function act(app, button, item) {
    if (button.dataset.hook === "tool-reply") app.startReply(item.messageId);
    else open(button, item, { isReacting: button.dataset.hook === "tool-react" });
  }

  return {
    show(shown) {
      shownItems = new Map(shown.map((item) => [String(item.key), item]));
    },

    listen(app) {
      listenToMenu(app);
      messages.addEventListener("click", ({ target }) => {
        const tool = target.closest('[data-hook^="tool-"]');
        if (tool !== null) act(app, tool, itemOf(tool));
        const tick = target.closest('[data-hook="tick"]');
        const item = tick && itemOf(tick);
        if (item?.hasReceipts) dialogs.showReceipts(() => app.receipts(item.sequence));
      });
      messages.addEventListener("keydown", (event) => {
        const isAsked = event.key === "Enter" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
        if (!isAsked || event.target.dataset.hook !== "message") return;
        if (openOn(event.target)) event.preventDefault();
      });
      onLongPress(messages, '[data-hook="message"]', openOn);
    },
  };
}
