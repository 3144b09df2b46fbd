// The messages of the open conversation, and where in them the person is.

import { hook, make, reconcile, setText } from "./dom.js";
import { createMessageView } from "./message_view.js";
import { createSightView } from "./sight_view.js";
import { createUnreadView } from "./unread_view.js";
import { actionOf } from "./ways_out.js";

const NEAR_THE_END = 80;
const MARKED_FOR = 2_000;
/** What stands above the first unread message when it is led to, as a part of the view. */
const CONTEXT = 1 / 4;

export function createMessagesView(root, { say }) {
  const messages = hook(root, "messages");
  const inner = hook(root, "messages-inner");
  const empty = hook(root, "thread-empty");
  const message = createMessageView(root, { say });
  const sight = createSightView(messages, {
    above: hook(root, "unread-above"),
    below: hook(root, "latest"),
    onChange: report,
  });
  const unread = createUnreadView(root, { say });
  /** Element to what it shows, for most of it is as it was the last time. */
  const drawn = new WeakMap();
  let shown = null;
  let lastKey = null;
  let turn = 0;
  let isPlaced = false;
  let isWantedAtEnd = false;
  // Kept as a fact rather than measured, for the page may be resized or grow in between.
  let isAtEnd = true;
  /** What the eye rests on: `{element, top}`. */
  let anchor = null;
  /** Where it was scrolled to when that was last looked at. */
  let knownTop = 0;
  let app = { reachedEnd() {}, inSight() {} };

  function create(item) {
    if (item.kind === "unread") return unread.createLine();
    if (item.kind === "day") return make("div", { className: "day", hook: "day-line" }, make("span"));
    const element = message.create();
    sight.observe(element);
    return element;
  }

  function update(element, item) {
    const look = JSON.stringify(item);
    if (drawn.get(element) === look) return;
    drawn.set(element, look);
    if (item.kind === "message") message.update(element, item);
    else setText(element.firstElementChild, item.label);
  }

  const isMessage = (element) => element.dataset.hook === "message";
  const offsetOf = (element) => element.getBoundingClientRect().top - messages.getBoundingClientRect().top;
  const ofSequence = (sequence) => inner.querySelector(`[data-hook="message"][data-sequence="${sequence}"]`);

  function report() {
    const range = sight.range();
    app.inSight(range && shown && { conversationId: shown.conversationId, ...range });
  }

  function toEnd() {
    messages.scrollTop = messages.scrollHeight;
    isWantedAtEnd = false;
    rest();
    setAtEnd(!shown?.hasNewer);
  }

  /** To the newest; but what was not seen yet, or the line before it, is not pushed out of view. */
  function follow() {
    const before = messages.scrollTop;
    const first = ofSequence(shown?.unseenFrom);
    const isPassed = first === null || offsetOf(first) < 0;
    toEnd();
    if (isPassed) return;
    const line = first.previousElementSibling;
    const top = offsetOf(line?.dataset.hook === "unread-line" ? line : first);
    const room = messages.clientHeight * CONTEXT;
    if (top >= room) return;
    messages.scrollTop = Math.max(before, messages.scrollTop + top - room);
    measure();
  }

  function setAtEnd(now) {
    isAtEnd = now;
    unread.showLatest({ ...shown, isAtEnd });
    app.reachedEnd(isAtEnd);
  }

  /** Draw, and leave what the eye rests on where it is, also when older ones come in above. */
  function showItems({ items, target }) {
    notice();
    reconcile(inner, items, { create, update });
    keepOneReachable();
    const last = items.at(-1);
    // Written here a moment ago: it has no place among the others yet.
    const spoke = last !== undefined && last.key !== lastKey && last.isOwn && last.sequence === undefined;
    lastKey = last?.key ?? null;
    if (target !== null && target.turn !== turn) bringIntoView(target);
    else if (!isPlaced) place();
    else if (spoke || (isWantedAtEnd && !shown.hasNewer)) toEnd();
    else stay();
  }

  /** Where one begins to read: at the newest, or where the unread ones begin if that is further up. */
  function place() {
    isPlaced = shown.isLoaded;
    follow();
  }

  /** As it was, whatever came in or has another size now: at the end, or with the same message at the same place. */
  function stay() {
    if (anchor?.element.isConnected) messages.scrollTop += offsetOf(anchor.element) - anchor.top;
    if (isAtEnd) follow();
    else measure();
  }

  /** What scrolled may have done so without a word yet. */
  function notice() {
    if (messages.scrollTop !== knownTop) measure();
    else rest();
  }

  function rest() {
    knownTop = messages.scrollTop;
    const element = [...inner.children].find((child) => isMessage(child) && offsetOf(child) + child.offsetHeight > 0);
    anchor = element === undefined ? null : { element, top: offsetOf(element) };
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
    rest();
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
    toEnd: () => isAtEnd && follow(),

    /** Another conversation: nothing of the former one stays. */
    clear() {
      inner.replaceChildren();
      isAtEnd = true;
      isPlaced = false;
      isWantedAtEnd = false;
      anchor = null;
      lastKey = null;
      turn = 0;
    },

    show(thread) {
      shown = thread;
      empty.hidden = !thread.isLoaded || thread.items.length > 0;
      showItems(thread);
      unread.show({ ...thread, isAtEnd });
      report();
    },

    listen(handlers) {
      app = handlers;
      messages.addEventListener("scroll", measure, { passive: true });
      const sizes = new ResizeObserver(() => shown && stay());
      sizes.observe(messages);
      sizes.observe(inner);
      unread.listen(app, { onLatest: () => (isWantedAtEnd = true) });
      inner.addEventListener("focusin", (event) => {
        const element = event.target.closest('[data-hook="message"]');
        if (element !== null) makeReachable(element);
      });
      inner.addEventListener("keydown", onKey);
      inner.addEventListener("click", (event) => {
        const quote = event.target.closest('[data-hook="quote"]');
        if (quote !== null) app.jump(Number(quote.dataset.messageId));
        const button = event.target.closest('[data-hook="problem"] button');
        if (button !== null) app[actionOf(button)](button.closest('[data-hook="message"]').dataset.entryId);
        const reaction = event.target.closest('[data-hook="reaction"]');
        if (reaction !== null) react(reaction);
      });
    },
  };

  function react(chip) {
    const messageId = Number(chip.closest('[data-hook="message"]').dataset.messageId);
    app.react(messageId, chip.dataset.emoji, chip.getAttribute("aria-pressed") === "false");
  }
}
