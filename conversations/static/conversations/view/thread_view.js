// The open conversation: header, messages, typing line; the composer is a view of its own.

import { createComposerView } from "./composer_view.js";
import { hook, setAvatar, setDot, setText } from "./dom.js";
import { createMessageMenu } from "./message_menu.js";
import { createMessagesView } from "./messages_view.js";
import { createThreadDialogs } from "./thread_dialogs.js";

const NOTE_FOR = 6_000;

export function createThreadView(root, { say, openEmojiPicker }) {
  const thread = hook(root, "thread");
  const typing = hook(root, "typing");
  const note = hook(root, "thread-note");
  const messages = createMessagesView(root, { say });
  const dialogs = createThreadDialogs(root);
  const menu = createMessageMenu(root, { dialogs, openEmojiPicker });
  const composer = createComposerView(root, { say, openEmojiPicker, onResize: messages.toEnd });
  let shownId = null;
  let noteTimer = null;

  function change(conversationId) {
    shownId = conversationId;
    messages.clear();
    dialogs.close();
    setText(note, "");
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
      messages.show(shown);
      menu.show(shown.items);
      dialogs.show();
      composer.show(shown);
    },

    /** Say what could not be done, for a while. */
    complain(sentence) {
      setText(note, sentence);
      window.clearTimeout(noteTimer);
      noteTimer = window.setTimeout(() => setText(note, ""), NOTE_FOR);
    },

    listen(app) {
      composer.listen(app);
      messages.listen(app);
      menu.listen(app);
      dialogs.listen();
      hook(root, "back").addEventListener("click", (event) => {
        event.preventDefault();
        app.open(null);
      });
    },
  };
}
