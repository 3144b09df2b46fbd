// The only part that touches the document: shows a plain value, and tells the app of the person's hand.

import { isolated } from "../bidi.js";
import { createAccountDialog } from "./account_dialog.js";
import { hook, setAvatar, setData, setText } from "./dom.js";
import { createEmojiPicker } from "./emoji_picker.js";
import { createGroupDialog } from "./group_dialog.js";
import { createInvitationsView } from "./invitations_view.js";
import { createListFilter } from "./list_filter.js";
import { createListView } from "./list_view.js";
import { createPeopleDialog } from "./people_dialog.js";
import { createPrivacyDialog } from "./privacy_dialog.js";
import { createStatusMenu } from "./status_menu.js";
import { createThreadView } from "./thread_view.js";
import { createUnsentDialog } from "./unsent_dialog.js";

export function readBootstrap(root) {
  return JSON.parse(root.getElementById("bootstrap").textContent);
}

export function readStrings(root) {
  const templates = [...root.querySelectorAll('template[data-hook="strings"]')];
  const entries = templates.flatMap(({ content }) => [...content.querySelectorAll("[data-string]")]);
  return Object.fromEntries(entries.map((entry) => [entry.dataset.string, entry.textContent]));
}

export function createView(root, { say, emojiMemory }) {
  const app = hook(root, "app");
  const banner = hook(root, "banner");
  const status = createStatusMenu(root, { say });
  const notice = hook(root, "notice");
  const announcer = hook(root, "announcer");
  const list = createListView(root, { say });
  const openEmojiPicker = createEmojiPicker(root, { say, memory: emojiMemory });
  const thread = createThreadView(root, { say, openEmojiPicker });
  const filter = createListFilter(root);
  const invitations = createInvitationsView(root, { say });
  const group = createGroupDialog(root, { say });
  const people = createPeopleDialog(root, { say });
  const privacy = createPrivacyDialog(root, { say });
  const unsent = createUnsentDialog(root, { say });
  const account = createAccountDialog(root, { say });
  const siteTitle = root.title;

  return {
    show(shown) {
      setData(app, "stream", shown.streamState);
      setData(app, "screen", shown.thread ? "conversation" : "list");
      hook(root, "empty").hidden = shown.thread !== undefined;
      banner.hidden = shown.banner === "";
      setText(banner, shown.banner);
      account.show(shown.stranded);
      unsent.show(shown.unsent);
      setAvatar(hook(root, "own-avatar"), shown.own.avatar);
      setText(hook(root, "own-name"), shown.own.name);
      status.show(shown);
      privacy.show(shown);
      list.show(shown);
      invitations.show(shown.invitations);
      filter.show(shown);
      group.show(shown.group);
      thread.show(shown.thread);
      const title = shown.thread ? `${isolated(shown.thread.title)} · ${siteTitle}` : siteTitle;
      root.title = shown.totalUnread > 0 ? `(${shown.totalUnread}) ${title}` : title;
    },

    complain: thread.complain,

    /** Say what happened, until the person has read it. */
    notify(sentence) {
      notice.hidden = false;
      setText(hook(notice, "notice-text"), sentence);
    },

    announce: (text) => setText(announcer, text),

    listen(handlers) {
      list.listen(handlers);
      thread.listen(handlers);
      filter.listen(handlers);
      invitations.listen(handlers);
      group.listen(handlers);
      people.listen(handlers);
      hook(notice, "notice-close").addEventListener("click", () => (notice.hidden = true));
      privacy.listen(handlers);
      account.listen(handlers);
      unsent.listen(handlers);
      status.listen(handlers);
      hook(root, "sign-out-form").addEventListener("submit", (event) => {
        if (handlers.unsent() > 0 && !window.confirm(say("unsent-sign-out"))) event.preventDefault();
      });
    },
  };
}
