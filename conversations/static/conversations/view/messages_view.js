// The messages of the open conversation, and where in them the person is.

import { hook, make, reconcile, setText } from "./dom.js";
import { createMessageView } from "./message_view.js";

const NEAR_THE_END = 80;
const NEAR_AN_EDGE = 600;
const MARKED_FOR = 2_000;

export function createMessagesView(root, { say }) {
  const messages = hook(root, "messages");
  const inner = hook(root, "messages-inner");
  const empty = hook(root, "thread-empty");
  const latest = hook(root, "latest");
  const message = createMessageView(root, { say });
  /** Element to what it shows, for most of it is as it was the last time. */
  const drawn = new WeakMap();
  let shown = null;
  let lastKey = null;
  let turn = 0;
  let isPlaced = false;
  let isWantedAtEnd = false;
  // Kept as a fact rather than measured, for the page may be resized or grow in between.
  let isAtEnd = true;
  let reachedEnd = () => {};

  function create(item) {
    if (item.kind === "message") return message.create();
    const className = item.kind === "unread" ? "unread-line" : item.kind;
    return make("div", { className, hook: `${item.kind}-line` }, make("span"));
  }

  function update(element, item) {
    const look = JSON.stringify(item);
    if (drawn.get(element) === look) return;
    drawn.set(element, look);
    if (item.kind === "message") message.update(element, item);
    else setText(element.firstElementChild, item.label);
  }

  const isMessage = (element) => element.dataset.hook === "message";

  function toEnd() {
    messages.scrollTop = messages.scrollHeight;
    isWantedAtEnd = false;
    setAtEnd(!shown?.hasNewer);
  }

  function setAtEnd(now) {
    isAtEnd = now;
    showLatest();
    reachedEnd(isAtEnd);
  }

  function showLatest() {
    latest.hidden = isAtEnd || !shown?.isLoaded;
    const unread = shown?.unread ?? 0;
    setText(hook(latest, "latest-count"), unread > 0 ? String(unread) : "");
  }

  /** Draw, and leave what the eye rests on where it is, also when older ones come in above. */
  function showItems({ items, target }) {
    const anchor = isAtEnd ? null : firstInSight();
    const before = anchor?.getBoundingClientRect().top;
    reconcile(inner, items, { create, update });
    keepOneReachable();
    const last = items.at(-1);
    // Written here a moment ago: it has no place among the others yet.
    const spoke = last !== undefined && last.key !== lastKey && last.isOwn && last.sequence === undefined;
    lastKey = last?.key ?? null;
    if (target !== null && target.turn !== turn) bringIntoView(target);
    else if (!isPlaced) place();
    else if (isAtEnd || spoke || (isWantedAtEnd && !shown.hasNewer)) toEnd();
    else if (anchor?.isConnected) messages.scrollTop += anchor.getBoundingClientRect().top - before;
    else measure();
  }

  /** Where one begins to read: at the newest, or where the unread ones begin if that is further up. */
  function place() {
    if (!shown.isLoaded) return toEnd();
    isPlaced = true;
    toEnd();
    const unread = inner.querySelector('[data-hook="unread-line"]');
    if (unread === null) return;
    const above = unread.getBoundingClientRect().top - messages.getBoundingClientRect().top;
    if (above >= 0) return;
    messages.scrollTop += above - messages.clientHeight / 4;
    measure();
  }

  function bringIntoView(target) {
    turn = target.turn;
    isPlaced = true;
    const element = inner.querySelector(`[data-message-id="${target.messageId}"][data-hook="message"]`);
    if (element === null) return;
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
    element.dataset.marked = "true";
    window.setTimeout(() => delete element.dataset.marked, MARKED_FOR);
    measure();
  }

  function measure() {
    const below = messages.scrollHeight - messages.clientHeight - messages.scrollTop;
    setAtEnd(below < NEAR_THE_END && !shown?.hasNewer);
  }

  function firstInSight() {
    const { top } = messages.getBoundingClientRect();
    return [...inner.children].find((element) => isMessage(element) && element.getBoundingClientRect().bottom > top);
  }

  /** With the Tab key one comes to one message; the arrow keys go on to the others. */
  function keepOneReachable() {
    if (inner.querySelector('[data-hook="message"][tabindex="0"]') !== null) return;
    const last = [...inner.children].findLast(isMessage);
    if (last !== undefined) last.tabIndex = 0;
  }

  function makeReachable(element) {
    for (const other of inner.querySelectorAll('[data-hook="message"][tabindex="0"]')) other.tabIndex = -1;
    element.tabIndex = 0;
  }

  function onKey(event) {
    if (!isMessage(event.target)) return;
    const all = [...inner.children].filter(isMessage);
    const at = all.indexOf(event.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (all[to] === undefined) return;
    event.preventDefault();
    all[to].focus();
  }

  return {
    toEnd: () => isAtEnd && toEnd(),

    /** Another conversation: nothing of the former one stays. */
    clear() {
      inner.replaceChildren();
      isAtEnd = true;
      isPlaced = false;
      lastKey = null;
      turn = 0;
    },

    show(thread) {
      shown = thread;
      empty.hidden = !thread.isLoaded || thread.items.length > 0;
      showItems(thread);
      showLatest();
    },

    listen(app) {
      reachedEnd = app.reachedEnd;
      messages.addEventListener(
        "scroll",
        () => {
          measure();
          const below = messages.scrollHeight - messages.clientHeight - messages.scrollTop;
          if (messages.scrollTop < NEAR_AN_EDGE) app.loadOlder();
          if (below < NEAR_AN_EDGE && shown?.hasNewer) app.loadNewer();
        },
        { passive: true },
      );
      const sizes = new ResizeObserver(() => isAtEnd && toEnd());
      sizes.observe(messages);
      sizes.observe(inner);
      latest.addEventListener("click", () => {
        isWantedAtEnd = true;
        app.toNewest();
      });
      inner.addEventListener("focusin", (event) => makeReachable(event.target.closest('[data-hook="message"]')));
      inner.addEventListener("keydown", onKey);
      inner.addEventListener("click", (event) => {
        const quote = event.target.closest('[data-hook="quote"]');
        if (quote !== null) app.jump(Number(quote.dataset.messageId));
        const button = event.target.closest('[data-hook="retry"], [data-hook="rework"], [data-hook="discard"]');
        if (button !== null) app[button.dataset.hook](button.closest('[data-hook="message"]').dataset.entryId);
        const reaction = event.target.closest('[data-hook="reaction"]');
        if (reaction !== null) react(app, reaction);
      });
    },
  };

  function react(app, chip) {
    const messageId = Number(chip.closest('[data-hook="message"]').dataset.messageId);
    app.react(messageId, chip.dataset.emoji, chip.getAttribute("aria-pressed") === "false");
  }
}
