// Where messages are written: the text field, what it is about, and what is wrong with it.

import { hook, setData, setText } from "./dom.js";
import { createFilesView } from "./files_view.js";

/** More characters than keys, words that are completed and corrections put in at once. */
const PUT_IN_AT_ONCE = 100;

/** On a touch screen Enter is for a new line, as everywhere there; the button sends. */
const isTouch = () => window.matchMedia("(pointer: coarse)").matches;

/** Characters that are higher than the composer becomes, however wide it is. */
const TALL = 8_000;

/** `onResize()` is called when the composer takes more or less of the room. */
export function createComposerView(root, { say, onResize, openEmojiPicker }) {
  const form = hook(root, "composer-form");
  const composer = hook(root, "composer");
  const problem = hook(root, "composer-error");
  const room = hook(root, "composer-room");
  const about = hook(root, "composer-about");
  const send = hook(root, "send");
  const files = createFilesView(root, { say });
  let shownId = null;
  let shownVersion = null;
  let subject = { kind: "new" };
  let wasTall = false;

  function fit() {
    // Measuring costs as much as the text is long; one like this fills all the room there is.
    const isTall = composer.textLength > TALL;
    if (isTall && wasTall) return;
    wasTall = isTall;
    if (isTall) {
      composer.style.setProperty("height", "100vh");
      onResize();
      return;
    }
    composer.style.setProperty("height", "auto");
    const border = composer.offsetHeight - composer.clientHeight;
    composer.style.setProperty("height", `${composer.scrollHeight + border}px`);
    onResize();
  }

  function setValue(text) {
    if (composer.value === text) return;
    composer.value = text;
    composer.setSelectionRange(text.length, text.length);
  }

  function showSubject(shown) {
    const isOther = shown.kind !== subject.kind || shown.messageId !== subject.messageId;
    subject = shown;
    about.hidden = subject.kind === "new";
    setData(form, "about", subject.kind);
    if (subject.kind === "reply") setText(hook(about, "about-title"), say("replying-to", { name: subject.name }));
    if (subject.kind === "edit") setText(hook(about, "about-title"), say("editing"));
    setText(hook(about, "about-excerpt"), subject.excerpt ?? "");
    setData(send, "saves", subject.kind === "edit" || null);
    const label = say(subject.kind === "edit" ? "save-edit" : "send");
    if (send.getAttribute("aria-label") !== label) send.setAttribute("aria-label", label);
    if (isOther && subject.kind !== "new") composer.focus();
  }

  function showRoom(shown) {
    room.hidden = shown === null;
    if (shown === null) {
      composer.removeAttribute("aria-invalid");
      return;
    }
    setData(room, "over", shown.isOver || null);
    setText(room, shown.isOver ? say.count("too-long", shown.count) : say.count("room-left", shown.count));
    composer.setAttribute("aria-invalid", String(shown.isOver));
  }

  function showNotes({ problem: sentence, note, isSending }) {
    setText(hook(root, "composer-done"), note);
    problem.hidden = sentence === null;
    setText(problem, sentence ?? "");
    hook(root, "composer-sending").hidden = !isSending;
    // What is to go as one thing is not changed on its way.
    composer.readOnly = isSending;
  }

  function showText({ text, version }, isOther) {
    if (!isOther && version === shownVersion) return;
    shownVersion = version;
    setValue(text);
  }

  function onKey(event, app) {
    // While composing (Japanese, Chinese …) Enter chooses a word; Safari tells so by the old code alone.
    if (event.isComposing || event.keyCode === 229) return;
    const isForced = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && !event.shiftKey && (isForced || !isTouch())) {
      event.preventDefault();
      app.submit();
    } else if (event.key === "Escape" && composer.readOnly) {
      event.preventDefault();
      app.callOff();
    } else if (event.key === "Escape" && subject.kind !== "new") {
      event.preventDefault();
      app.cancelSubject();
    } else if (event.key === "ArrowUp" && composer.value === "" && subject.kind === "new") {
      event.preventDefault();
      app.editLast();
    }
  }

  /**
   * At the caret, as if it had been typed: only this command can be undone along with what was typed, since browsers
   * forget all that when a script sets the text. It is an `input` event like any other.
   */
  function insert(text) {
    composer.focus();
    document.execCommand("insertText", false, text);
  }

  /** What stays of the text when something is put in. */
  function besideSelection() {
    const { value, selectionStart, selectionEnd } = composer;
    return value.slice(0, selectionStart) + value.slice(selectionEnd);
  }

  /** However it comes: pasted, dropped, dictated, or put in by a keyboard on the screen or an extension. */
  function onBeforeInput(event, app) {
    const isAtOnce = event.inputType.startsWith("insert") && event.data?.length > PUT_IN_AT_ONCE;
    // What is being composed can't be refused.
    if (!isAtOnce || !event.cancelable) return;
    if (!app.mayPutIn(event.data, { beside: besideSelection() })) event.preventDefault();
  }

  function listenToButtons(app) {
    const emoji = hook(root, "composer-emoji");
    emoji.addEventListener("click", async () => {
      const chosen = await openEmojiPicker(emoji);
      if (chosen !== null) insert(chosen);
    });
    hook(root, "call-off").addEventListener("click", () => {
      app.callOff();
      composer.focus();
    });
    hook(about, "about-cancel").addEventListener("click", () => {
      app.cancelSubject();
      composer.focus();
    });
  }

  return {
    show(shown) {
      const conversationId = shown?.conversationId ?? null;
      const isOther = conversationId !== shownId;
      shownId = conversationId;
      if (conversationId === null) return;
      const { composer: writing } = shown;
      showSubject(shown.subject);
      showText(writing, isOther);
      showRoom(writing.room);
      showNotes(writing);
      files.show(writing);
      fit();
      // A touch screen's keyboard would cover what was just opened.
      if (isOther && !isTouch()) composer.focus();
    },

    listen(app) {
      composer.enterKeyHint = isTouch() ? "enter" : "send";
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        app.submit();
        composer.focus();
      });
      composer.addEventListener("keydown", (event) => onKey(event, app));
      composer.addEventListener("beforeinput", (event) => onBeforeInput(event, app));
      composer.addEventListener("input", () => {
        fit();
        app.wrote(composer.value);
      });
      composer.addEventListener("blur", app.blurred);
      composer.addEventListener("focus", app.focused);
      listenToButtons(app);
      files.listen(app);
    },
  };
}
