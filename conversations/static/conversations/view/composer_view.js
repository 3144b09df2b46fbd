// Where messages are written: the text field, its draft, and what is wrong with it.

import { hook, setText } from "./dom.js";

/** `onResize()` is called when the composer takes more or less of the room. */
export function createComposerView(root, { onResize }) {
  const composer = hook(root, "composer");
  const problem = hook(root, "composer-error");
  const drafts = new Map();
  let shownId = null;

  function fit() {
    composer.style.setProperty("height", "auto");
    composer.style.setProperty("height", `${composer.scrollHeight}px`);
    onResize();
  }

  function complain(sentence) {
    problem.hidden = !sentence;
    setText(problem, sentence ?? "");
  }

  function change(conversationId) {
    if (shownId !== null) drafts.set(shownId, composer.value);
    shownId = conversationId;
    composer.value = drafts.get(conversationId) ?? "";
    complain(null);
    if (conversationId === null) return;
    fit();
    // A touch screen's keyboard would cover what was just opened.
    if (window.matchMedia("(pointer: fine)").matches) composer.focus();
  }

  return {
    show(shown) {
      const conversationId = shown?.conversationId ?? null;
      if (conversationId !== shownId) change(conversationId);
    },

    listen(app) {
      function submit() {
        const sentence = app.say(composer.value);
        complain(sentence);
        if (sentence) return;
        composer.value = "";
        fit();
        composer.focus();
      }

      hook(root, "composer-form").addEventListener("submit", (event) => {
        event.preventDefault();
        submit();
      });
      composer.addEventListener("keydown", (event) => {
        // While composing (Japanese, Chinese …) Enter chooses a word.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        submit();
      });
      composer.addEventListener("input", () => {
        fit();
        complain(null);
        app.wrote(composer.value);
      });
      composer.addEventListener("blur", app.blurred);
      composer.addEventListener("focus", app.focused);
    },
  };
}
