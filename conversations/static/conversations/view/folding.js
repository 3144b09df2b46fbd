// Long messages are folded, until somebody wants to read all of one.

import { hook, setText } from "./dom.js";

export function createFolding(root, { say }) {
  const messages = hook(root, "messages");
  const inner = hook(root, "messages-inner");
  /** The keys of the messages that are open. They stay so, whatever comes and whichever conversation is looked at. */
  const open = new Set();
  const sizes = new ResizeObserver((entries) => showButtons(entries.map(({ target }) => target)));

  const messageOf = (element) => element.closest('[data-hook="message"]');
  const isFolded = (content) => content.dataset.fold === "closed";

  /** Whether a message is too high, only its height tells: it depends on the window and on the font. */
  const isTooHigh = (content) => isFolded(content) && content.scrollHeight > content.clientHeight + 1;

  /** All are measured before one is changed: to measure after a change means to lay out the page anew. */
  function showButtons(contents) {
    const measured = contents.map((content) => [content, isTooHigh(content)]);
    for (const [content, isCut] of measured) showButton(content, isCut);
  }

  function showButton(content, isCut) {
    const button = hook(messageOf(content), "fold");
    content.toggleAttribute("data-cut", isCut);
    button.hidden = isFolded(content) ? !isCut : content.dataset.fold === undefined;
    setText(button, say(isFolded(content) ? "show-more" : "show-less"));
    button.setAttribute("aria-expanded", String(!isFolded(content)));
  }

  function fold(content, isOpen) {
    content.dataset.fold = isOpen ? "open" : "closed";
    showButtons([content]);
  }

  /** Where it is opened its beginning stays in place, where it is folded the button does. */
  function toggle(content) {
    const isOpening = isFolded(content);
    const { key } = messageOf(content).dataset;
    const steady = isOpening ? content : hook(messageOf(content), "fold");
    const before = steady.getBoundingClientRect().top;
    if (isOpening) open.add(key);
    else open.delete(key);
    fold(content, isOpening);
    messages.scrollTop += steady.getBoundingClientRect().top - before;
    // What is below is as far away as if it had been scrolled: who is not at the end now does not follow it.
    messages.dispatchEvent(new Event("scroll"));
  }

  inner.addEventListener("click", ({ target }) => {
    const button = target.closest('[data-hook="fold"]');
    if (button !== null) toggle(hook(messageOf(button), "message-content"));
  });

  // The Tab key and the browser's search scroll to what is folded away: it is opened for them.
  inner.addEventListener(
    "scroll",
    ({ target }) => {
      if (target.dataset.hook !== "message-content" || !isFolded(target) || target.scrollTop === 0) return;
      target.scrollTop = 0;
      toggle(target);
      if (target.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
    },
    { capture: true, passive: true },
  );

  return {
    /** Show a message's text folded or open; one that can't be high is neither. */
    update(content, { key, isLong }) {
      if (isLong && content.dataset.fold !== undefined) return;
      sizes.unobserve(content);
      if (isLong) {
        content.dataset.fold = open.has(String(key)) ? "open" : "closed";
        // It is measured once it is in the page.
        sizes.observe(content);
      } else if (content.dataset.fold !== undefined) {
        delete content.dataset.fold;
        showButton(content, false);
      }
    },
  };
}
