// Writing, put together: what composers hold, the files with it, and what is on its way to the server.

import { isolatedList } from "./bidi.js";
import { createComposing } from "./composing.js";
import { createDraftState } from "./draft_state.js";
import { createDraftStore } from "./draft_store.js";
import { shownTitleOf } from "./model.js";
import { createOutbox } from "./outbox.js";
import { createOutboxStore } from "./outbox_store.js";
import { fileOf } from "./file_model.js";
import { shownMessages } from "./stretches.js";
import { unsentOf } from "./unsent_model.js";
import { createUploads } from "./uploads.js";

/** `files` is how this page handles files: `{upload, preview, release, textFile}`; `limits`: `{maxContent, maxBytes}`. */
export function createWriting({ userId, storage, clock, send, say, locale, files, limits, newId, hasFocus, notify, ...around }) {
  const { opened, conversations, ownTyping, ownUploading, draw } = around;
  const outboxStore = createOutboxStore({ userId, storage });
  const outbox = createOutbox({
    ...{ userId, store: outboxStore, clock, send, titleOf, onChange: draw },
  });
  const store = createDraftStore({ userId, storage, titleOf });
  const subjects = createDraftState();
  const uploads = createUploads({
    ...files,
    maxBytes: limits.maxBytes,
    newId,
    onChange(conversationId) {
      ownUploading.became(conversationId, uploads.areUnderWay(conversationId));
      composing.uploadsChanged(conversationId);
    },
  });
  const composing = createComposing({
    ...{ subjects, store, uploads, outbox, ownTyping, say, newId },
    textFile: files.textFile,
    maxContent: limits.maxContent,
    onChange: draw,
  });

  function titleOf(conversationId) {
    const conversation = conversations.get(conversationId);
    return conversation && shownTitleOf(conversation, userId);
  }

  function about(start, messageId) {
    const message = conversations.messageOf(opened.id, messageId);
    if (message !== undefined) start(message);
  }

  return {
    outbox,
    subjectOf: subjects.of,

    /** What the composer of a conversation shows. */
    shown(conversationId) {
      const shown = composing.shown(conversationId);
      const context = { say, locale, maxBytes: limits.maxBytes };
      return { ...shown, files: shown.files.map((item) => fileOf(item, context)) };
    },

    /** The server can be reached. */
    opened() {
      outbox.opened();
      uploads.reachable();
    },

    /** The connection is gone; by which close code, if it was closed. */
    lost: outbox.lost,

    /** A `message` event. */
    heard(event) {
      composing.messageChanged(event);
      outbox.heard(event);
    },

    /** An `error` event. True if it was about something on its way. */
    refused(event) {
      const isWriting = outbox.refused(event);
      // Nobody would see there why it was not sent.
      if (isWriting && event.clientMessageId && !conversations.isIn(event.conversationId)) notify(say("unsent-gone"));
      return isWriting;
    },

    /** What was written and can't be sent, wherever that was. */
    unsent: (context) =>
      unsentOf({ entries: outbox.entries(), drafts: store.all() }, { ...context, isKnown: conversations.isIn }),

    /** Whether something of the person's is left in a conversation that they are no longer in. */
    isLeftIn: (conversationId) =>
      store.all().some(([id]) => id === conversationId) || outbox.of(conversationId).length > 0,

    /** What the person does in the composer of the open conversation. */
    actions: {
      wrote: (text) => composing.wrote(opened.id, text),
      mayPutIn: (text, around) => composing.mayPutIn(opened.id, text, around),
      submit() {
        // An edit is of what is in view; all else stands at the end, where one looks then.
        if (subjects.of(opened.id).kind !== "edit") opened.spoke({ unread: conversations.get(opened.id)?.unread ?? 0 });
        composing.submit(opened.id);
        draw.now();
      },
      startReply: (messageId) => about(composing.startReply, messageId),
      startEdit: (messageId) => about(composing.startEdit, messageId),
      /** The last message that is the person's own, and still there. */
      editLast() {
        const held = shownMessages(conversations.get(opened.id), opened.focus);
        const last = held.findLast(({ senderId, isDeleted }) => senderId === userId && !isDeleted);
        if (last !== undefined) composing.startEdit(last);
        draw.now();
      },
      cancelSubject() {
        composing.cancel(opened.id);
        draw.now();
      },
      callOff: () => composing.callOff(opened.id),
      addFiles: (list) => composing.addFiles(opened.id, list),
      /** Dropped somewhere on the page: `{files, folders}`, of the folders their names. */
      dropFiles({ files: list, folders }) {
        const isAnywhere = conversations.isKnown(opened.id);
        if (!isAnywhere) return notify(say("dropped-nowhere"));
        if (list.length > 0) composing.addFiles(opened.id, list);
        if (folders.length > 0) notify(say.count("dropped-folders", folders.length, { names: isolatedList(folders) }));
      },
      removeFile: uploads.remove,
      retryFile: uploads.retry,
      forgetLost: () => composing.forgetLost(opened.id),
      retry: outbox.retry,
      sendText: outbox.sendText,
      discard(id) {
        const [conversationId] = store.all().find(([one]) => id === `draft-${one}`) ?? [];
        if (conversationId === undefined) return outbox.discard(id);
        for (const file of uploads.of(conversationId)) uploads.remove(file.id);
        store.discard(conversationId);
        draw();
      },
      /** Write on at what could not be sent, in the composer of its conversation, which is open. */
      takeBack(id) {
        const entry = outbox.entries().find((one) => one.id === id);
        if (entry === undefined) return;
        const about = entry.kind === "edit" ? entry.messageId : entry.replyToMessageId;
        const message = conversations.messageOf(entry.conversationId, about);
        composing.takeBack(entry, message?.isDeleted ? undefined : message);
        outbox.discard(id);
      },
      storageChanged(event) {
        outbox.storageChanged(event);
        composing.storageChanged(event, { isInUse: hasFocus() });
      },
      /** Whether files or words would be lost if the page were closed now. */
      wouldLose: () => uploads.isAnyUnfinished() || outboxStore.isAnyUnkept() || store.isAnyUnkept(),
      /** How many messages were not sent yet. */
      unsent: outbox.waiting,
    },
  };
}
