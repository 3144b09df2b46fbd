// One message of the conversation: who, what, when, and what stands on it.

import { hook, make, reconcile, setAvatar, setData, setText, withLinks } from "./dom.js";
import { createFolding } from "./folding.js";
import { mediaElement } from "./media_view.js";
import { setTick } from "./tick_view.js";
import { createWaysOut, showWaysOut } from "./ways_out.js";

const DATA = ["sequence", "messageId", "clientMessageId", "entryId", "senderId", "state"];

export function createMessageView(root, { say }) {
  const template = root.getElementById("message-template");
  const folding = createFolding(root, { say });

  function updateSender(element, item) {
    const avatar = hook(element, "message-avatar");
    const sender = hook(element, "message-sender");
    avatar.hidden = item.isOwn || !item.startsGroup;
    sender.hidden = avatar.hidden || !item.hasName;
    setAvatar(avatar, item.avatar);
    setData(sender, "color", item.avatar.color);
    setText(sender, item.senderName ?? "");
  }

  function updateQuote(element, { quote }) {
    const button = hook(element, "quote");
    button.hidden = quote === null;
    if (quote === null) return;
    setData(button, "messageId", quote.messageId);
    setData(button, "color", quote.color);
    setText(hook(button, "quote-name"), quote.name);
    setText(hook(button, "quote-excerpt"), quote.excerpt);
  }

  /** Text and media are made anew only when they are others: a playing sound plays on. */
  function updateContent(element, item) {
    const content = hook(element, "message-content");
    const text = item.isDeleted ? say("deleted-message") : item.content;
    if (content.dataset.text !== text) {
      content.dataset.text = text;
      content.replaceChildren(...withLinks(text));
    }
    content.hidden = text === "";
    folding.update(content, item);
    setData(content, "large", item.isLarge || null);
    const media = hook(element, "media");
    const shown = item.media === null ? "" : `${item.media.url} ${item.media.thumbnailUrl}`;
    if ((media.dataset.shown ?? "") === shown) return;
    media.dataset.shown = shown;
    media.replaceChildren(...(item.media === null ? [] : [mediaElement(item.media)]));
  }

  function updateMeta(element, item) {
    hook(element, "edited").hidden = !item.isEdited;
    const time = hook(element, "message-time");
    setText(time, item.timeText);
    time.dateTime = new Date(item.time).toISOString();
    setTick(hook(element, "tick"), item.isOwn && !item.isDeleted ? item.state : null, say);
  }

  function createChip() {
    const parts = [make("span", { className: "chip-emoji", hook: "chip-emoji" }), make("span", { hook: "chip-count" })];
    return make("li", {}, make("button", { className: "reaction", type: "button", hook: "reaction" }, ...parts));
  }

  function updateChip(item, chip) {
    const button = hook(item, "reaction");
    setData(button, "emoji", chip.emoji);
    setData(button, "who", chip.who);
    setData(button, "pending", chip.isPending);
    button.setAttribute("aria-pressed", String(chip.isOwn));
    button.setAttribute("aria-label", chip.label);
    setText(hook(button, "chip-emoji"), chip.emoji);
    setText(hook(button, "chip-count"), String(chip.count));
  }

  function createProblem() {
    const buttons = createWaysOut(say).flatMap((button) => [" ", button]);
    return make("p", { className: "problem", hook: "problem" }, make("span"), ...buttons);
  }

  function updateProblem(element, { state, trouble }) {
    const shown = element.querySelector('[data-hook="problem"]');
    if (state !== "failed") return shown?.remove();
    const line = shown ?? element.appendChild(createProblem());
    setText(line.firstElementChild, trouble.reason);
    showWaysOut(line, trouble);
  }

  return {
    create: () => template.content.firstElementChild.cloneNode(true),

    update(element, item) {
      for (const name of DATA) setData(element, name, item[name]);
      setData(element, "own", item.isOwn);
      setData(element, "start", item.startsGroup);
      setData(element, "deleted", item.isDeleted || null);
      if (element.getAttribute("aria-label") !== item.label) element.setAttribute("aria-label", item.label);
      updateSender(element, item);
      updateQuote(element, item);
      updateContent(element, item);
      updateMeta(element, item);
      hook(element, "tools").hidden = !item.canReact;
      const reactions = hook(element, "reactions");
      reactions.hidden = item.reactions.length === 0;
      reconcile(reactions, item.reactions, { create: createChip, update: updateChip });
      updateProblem(element, item);
    },
  };
}
