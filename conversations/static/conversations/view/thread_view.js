// The open conversation: header, messages, typing line; the composer is a view of its own.

import { createComposerView } from "./composer_view.js";
import { hook, make, reconcile, setAvatar, setData, setDot, setText, withLinks } from "./dom.js";

const NEAR_THE_END = 80;
const NEAR_THE_START = 240;
const TICKS = { pending: "", failed: "!", sent: "✓", delivered: "✓✓", read: "✓✓" };

export function createThreadView(root, { say }) {
  const thread = hook(root, "thread");
  const messages = hook(root, "messages");
  const inner = hook(root, "messages-inner");
  const latest = hook(root, "latest");
  const typing = hook(root, "typing");
  const composer = createComposerView(root, { onResize: () => isAtEnd && toEnd() });
  const tickWords = {
    pending: say("sending"),
    failed: say("failed"),
    sent: say("stored"),
    delivered: say("delivered"),
    read: say("read"),
  };
  let shownId = null;
  let lastOwnKey = null;
  // Kept as a fact rather than measured, for the page may be resized or grow in between.
  let isAtEnd = true;

  function create(item) {
    if (item.kind === "day") return make("div", { className: "day", hook: "day" }, make("span"));
    const element = make(
      "article",
      { className: "message", hook: "message" },
      make("span", { className: "avatar small", hook: "message-avatar", "aria-hidden": "true" }),
      make(
        "div",
        { className: "bubble" },
        make("strong", { className: "message-sender", hook: "message-sender", dir: "auto" }),
        make("div", { className: "message-content", hook: "message-content", dir: "auto" }),
        make(
          "span",
          { className: "message-meta" },
          make("time", { hook: "message-time" }),
          make("span", { className: "tick", hook: "tick", role: "img" }),
        ),
      ),
    );
    hook(element, "message-content").append(...withLinks(item.content), ...attachmentOf(item));
    return element;
  }

  function attachmentOf({ mediaUrl, content }) {
    if (!mediaUrl) return [];
    const link = make("a", { href: mediaUrl, text: say("attachment"), target: "_blank", rel: "noopener" });
    return content ? [make("br"), link] : [link];
  }

  function update(element, item) {
    if (item.kind === "day") return setText(element.firstElementChild, item.label);
    for (const name of ["sequence", "messageId", "clientMessageId", "entryId", "senderId", "state"]) {
      setData(element, name, item[name]);
    }
    setData(element, "own", item.isOwn);
    setData(element, "start", item.startsGroup);
    const avatar = hook(element, "message-avatar");
    const sender = hook(element, "message-sender");
    sender.hidden = avatar.hidden = item.isOwn || !item.startsGroup;
    setAvatar(avatar, item.avatar);
    setData(sender, "color", item.avatar.color);
    setText(sender, item.senderName ?? "");
    const time = hook(element, "message-time");
    setText(time, item.timeText);
    time.dateTime = new Date(item.time).toISOString();
    const tick = hook(element, "tick");
    tick.hidden = !item.isOwn;
    setText(tick, item.isOwn ? TICKS[item.state] : "");
    if (item.isOwn) tick.setAttribute("aria-label", tickWords[item.state]);
    updateProblem(element, item);
  }

  function updateProblem(element, item) {
    const shown = element.querySelector('[data-hook="problem"]');
    if (item.state !== "failed") return shown?.remove();
    if (shown !== null) return setText(shown.firstElementChild, item.problem);
    const button = (name) => make("button", { className: "quiet", type: "button", hook: name, text: say(name) });
    const reason = make("span", { text: item.problem });
    const line = make("p", { className: "problem", hook: "problem" }, reason, " ", button("retry"), button("discard"));
    element.append(line);
  }

  function toEnd() {
    messages.scrollTop = messages.scrollHeight;
    isAtEnd = true;
  }

  /** Draw, and leave what the eye rests on where it is, also when older ones come in above. */
  function showItems(items) {
    const anchor = isAtEnd ? null : firstInSight();
    const before = anchor?.getBoundingClientRect().top;
    reconcile(inner, items, { create, update });
    const lastOwn = items.findLast((item) => item.isOwn)?.key ?? null;
    const spoke = lastOwn !== lastOwnKey && items.at(-1)?.key === lastOwn;
    lastOwnKey = lastOwn;
    if (isAtEnd || spoke) toEnd();
    else if (anchor?.isConnected) messages.scrollTop += anchor.getBoundingClientRect().top - before;
    latest.hidden = isAtEnd;
  }

  function firstInSight() {
    const top = messages.getBoundingClientRect().top;
    const isInSight = (element) => element.dataset.hook === "message" && element.getBoundingClientRect().bottom > top;
    return [...inner.children].find(isInSight);
  }

  function change(conversationId) {
    shownId = conversationId;
    inner.replaceChildren();
    isAtEnd = true;
    lastOwnKey = null;
  }

  return {
    show(shown) {
      const conversationId = shown?.conversationId ?? null;
      if (conversationId !== shownId) change(conversationId);
      thread.hidden = shown === undefined;
      if (shown === undefined) return composer.show(shown);
      setText(hook(thread, "header-title"), shown.title);
      setAvatar(hook(thread, "header-avatar"), shown.avatar);
      setDot(hook(thread, "presence-dot"), shown.dot);
      setText(hook(thread, "header-presence"), shown.presence);
      setText(typing, shown.typing);
      showItems(shown.items);
      composer.show(shown);
    },

    listen(app) {
      composer.listen(app);
      messages.addEventListener(
        "scroll",
        () => {
          isAtEnd = messages.scrollHeight - messages.clientHeight - messages.scrollTop < NEAR_THE_END;
          latest.hidden = isAtEnd;
          if (messages.scrollTop < NEAR_THE_START) app.loadOlder();
        },
        { passive: true },
      );
      new ResizeObserver(() => isAtEnd && toEnd()).observe(messages);
      latest.addEventListener("click", toEnd);
      inner.addEventListener("click", (event) => {
        const button = event.target.closest('[data-hook="retry"], [data-hook="discard"]');
        if (button !== null) app[button.dataset.hook](button.closest('[data-hook="message"]').dataset.entryId);
      });
      hook(root, "back").addEventListener("click", (event) => {
        event.preventDefault();
        app.open(null);
      });
    },
  };
}
