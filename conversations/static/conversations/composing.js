// The composer of each conversation: its text, what it is about, the files with it, and how all of that is sent.

import { quoted } from "./draft_store.js";
import { problemAmong } from "./file_model.js";
import { fileOfEntry } from "./media_fields.js";
import { contentOf, messagesOf, roomIn } from "./submitting.js";
import { lengthOf } from "./text_length.js";
import { byProblem } from "./uploads.js";
import { wellFormed } from "./wellformed.js";

/** So many times as long as a message may be, a text is no longer cut down by hand, and each key in it is slow. */
const FAR_ABOVE = 2;

const idsOf = (files) => files.map(({ id }) => id);

/**
 * `subjects` is what the composers are about, `store` where drafts are kept; `textFile(text, name)` makes a file;
 * `onChange()` is called when there is something else to show.
 */
export function createComposing({ subjects, store, uploads, outbox, ownTyping, say, newId, textFile, maxContent, onChange }) {
  const problems = new Map();
  /** Conversation to what there is to say of what was just done in its composer. */
  const notes = new Map();
  /** Conversation to the ids of the files that are with a message which is sent as soon as they are up, as one thing. */
  const sending = new Map();
  /** Conversation to the files that a reload lost. Being here, it has been restored. */
  const lost = new Map();
  // Counts the texts that were put into a composer by other means than the person's keys.
  let version = 0;

  const subjectOf = (conversationId) => subjects.of(conversationId);
  const isEdit = (conversationId) => subjectOf(conversationId).kind === "edit";

  function textOf(conversationId) {
    const { kind, message } = subjectOf(conversationId);
    const { text, edits } = store.of(conversationId);
    return kind === "edit" ? (edits[message.messageId] ?? message.content) : text;
  }

  /** What a message is to say instead, as far as it is written; null: nothing else than it says. */
  function keepEdit(conversationId, { messageId }, text) {
    const edits = { ...store.of(conversationId).edits, [messageId]: text };
    if (text === null) delete edits[messageId];
    store.change(conversationId, { edits });
  }

  function keepSubject(conversationId) {
    const { kind, message } = subjectOf(conversationId);
    const replyTo = subjects.replyIn(conversationId);
    store.change(conversationId, {
      replyTo: replyTo && quoted(replyTo),
      editing: kind === "edit" ? quoted(message) : null,
    });
  }

  function changed() {
    version += 1;
    onChange();
  }

  /** What a former visit left: what it is about, files that were up already, and the names of those that were not. */
  function restore(conversationId) {
    if (lost.has(conversationId)) return;
    const { replyTo, editing, files } = store.of(conversationId);
    lost.set(conversationId, files.filter(({ media }) => !media));
    subjects.restore(conversationId, { replyTo, editing });
    uploads.restore(conversationId, files.filter(({ media }) => media));
  }

  function keepFiles(conversationId) {
    const files = uploads.of(conversationId).map(({ id, name, media }) => ({ id, name, media }));
    store.change(conversationId, { files: [...(lost.get(conversationId) ?? []), ...files] });
  }

  function problemIn(conversationId) {
    const excess = lengthOf(textOf(conversationId)) - maxContent;
    if (excess > 0) return say.count("too-long", excess);
    return isEdit(conversationId) ? null : uploadProblemIn(conversationId);
  }

  function uploadProblemIn(conversationId) {
    return problemAmong(uploads.of(conversationId), { say });
  }

  /** Whether the files are still those with which the message was to go. */
  const isAsSubmitted = (conversationId) =>
    String(idsOf(uploads.of(conversationId))) === String(sending.get(conversationId));

  function submitEdit(conversationId) {
    const { message } = subjectOf(conversationId);
    const content = contentOf(textOf(conversationId));
    if (content === "" && !message.mediaUrl) return complain(conversationId, say("edit-empty"));
    if (content !== message.content) outbox.edit({ conversationId, messageId: message.messageId, content });
    finish(conversationId);
  }

  function send(conversationId) {
    const { kind, message } = subjectOf(conversationId);
    const replyToMessageId = kind === "reply" ? message.messageId : undefined;
    const messages = messagesOf({
      text: textOf(conversationId),
      files: uploads.take(conversationId),
      replyToMessageId,
    });
    if (messages.length === 0) return;
    ownTyping.sent();
    for (const one of messages) outbox.add({ conversationId, clientMessageId: newId(), ...one });
    lost.set(conversationId, []);
    store.change(conversationId, { text: "", replyTo: null, files: [] });
    finish(conversationId);
  }

  function addFiles(conversationId, files) {
    restore(conversationId);
    uploads.add(conversationId, files);
  }

  /** It was sent, or called off. */
  function finish(conversationId) {
    const { kind, message } = subjectOf(conversationId);
    if (kind === "edit") finishEdit(conversationId, message);
    subjects.finish(conversationId);
    becameAbout(conversationId);
  }

  function finishEdit(conversationId, message) {
    keepEdit(conversationId, message, null);
    ownTyping.stop();
  }

  /** Somebody else deleted what was being edited: what was written of that is not lost. */
  function setAsideEdit({ conversationId, messageId }) {
    const content = contentOf(store.of(conversationId).edits[messageId] ?? "");
    const isOwnDoing = outbox.changesOf(conversationId).get(messageId)?.kind === "delete";
    if (content !== "" && !isOwnDoing) outbox.setAside({ conversationId, messageId, content, failed: "edit_deleted" });
    keepEdit(conversationId, { messageId }, null);
  }

  /** The composer is about something else now. */
  function becameAbout(conversationId) {
    keepSubject(conversationId);
    sending.delete(conversationId);
    problems.delete(conversationId);
    notes.delete(conversationId);
    changed();
  }

  function complain(conversationId, sentence) {
    problems.set(conversationId, sentence);
    onChange();
  }

  function submit(conversationId) {
    sending.delete(conversationId);
    const problem = problemIn(conversationId);
    if (problem !== null) return complain(conversationId, problem);
    if (isEdit(conversationId)) return submitEdit(conversationId);
    if (uploads.areDone(conversationId)) return send(conversationId);
    sending.set(conversationId, idsOf(uploads.of(conversationId)));
    onChange();
  }

  return {
    submit,
    textOf,

    /** What the composer shows. */
    shown(conversationId) {
      restore(conversationId);
      return {
        text: textOf(conversationId),
        version,
        problem: problems.get(conversationId) ?? null,
        note: notes.get(conversationId) ?? "",
        room: roomIn(textOf(conversationId), maxContent),
        files: isEdit(conversationId) ? [] : byProblem(uploads.of(conversationId)),
        lost: lost.get(conversationId).map(({ name }) => name),
        isSending: sending.has(conversationId),
      };
    },

    /** The person changed the text. */
    wrote(conversationId, text) {
      const { kind, message } = subjectOf(conversationId);
      if (kind === "edit") keepEdit(conversationId, message, text === message.content ? null : text);
      else store.change(conversationId, { text });
      sending.delete(conversationId);
      problems.delete(conversationId);
      notes.delete(conversationId);
      ownTyping.wrote(conversationId, text);
      onChange();
    },

    /**
     * Whether a text may be put in at once, as by pasting it, beside what stays of the one that is there. One that is too
     * long for a message, or makes that far too long, goes with it as a file instead; an edit has no files, and is told so.
     */
    mayPutIn(conversationId, text, { beside = "" } = {}) {
      const length = lengthOf(text);
      if (length <= maxContent && lengthOf(beside) + length <= FAR_ABOVE * maxContent) return true;
      if (isEdit(conversationId)) {
        complain(conversationId, say("pasted-too-long", { limit: maxContent }));
      } else {
        addFiles(conversationId, [textFile(wellFormed(text), say("pasted-name"))]);
        notes.set(conversationId, say("pasted-as-file"));
        onChange();
      }
      return false;
    },

    /** What was written in an edit under way is there again when that message is edited again. */
    startReply(message) {
      subjects.startReply(message);
      becameAbout(message.conversationId);
    },

    startEdit(message) {
      subjects.startEdit(message);
      becameAbout(message.conversationId);
    },

    /** Call off what the composer is about. After an edit the new message is there again, with what it answers. */
    cancel: finish,

    /** Don't send what waits for its files: it is a draft again. */
    callOff(conversationId) {
      sending.delete(conversationId);
      onChange();
    },

    /**
     * What could not be sent is a draft again, before what has been written since. `message` is the one that it answers
     * or was to change, if that is here.
     */
    takeBack(entry, message) {
      const { conversationId, kind, content } = entry;
      restore(conversationId);
      if (isEdit(conversationId)) subjects.finish(conversationId);
      if (kind === "edit" && message !== undefined) {
        keepEdit(conversationId, message, content);
        subjects.startEdit(message);
      } else {
        const texts = [content, store.of(conversationId).text].filter((text) => text !== "");
        store.change(conversationId, { text: texts.join("\n") });
        if (message !== undefined) subjects.startReply(message);
        // A file that the server no longer has would be refused again.
        if (entry.mediaUrl && entry.failed !== "invalid_media") uploads.restore(conversationId, [fileOfEntry(entry)]);
        keepFiles(conversationId);
      }
      becameAbout(conversationId);
    },

    addFiles,

    /** The files that a reload lost have been told of. */
    forgetLost(conversationId) {
      lost.set(conversationId, []);
      keepFiles(conversationId);
      onChange();
    },

    /** A message was changed or deleted; perhaps the one that a composer is about. */
    messageChanged(event) {
      const { conversationId } = event;
      if (event.isDeleted) setAsideEdit(event);
      const before = subjectOf(conversationId);
      const replyBefore = subjects.replyIn(conversationId);
      subjects.changed(event);
      if (before.kind === "edit" && !isEdit(conversationId)) finishEdit(conversationId, before.message);
      if (before.kind !== subjectOf(conversationId).kind || replyBefore !== subjects.replyIn(conversationId)) {
        becameAbout(conversationId);
      }
    },

    /** A file is further, up, refused, or gone. */
    uploadsChanged(conversationId) {
      keepFiles(conversationId);
      problems.delete(conversationId);
      if (!sending.has(conversationId)) return onChange();
      const problem = uploadProblemIn(conversationId);
      // Without a file that it was about, the text is not to go out alone.
      if (problem !== null || !isAsSubmitted(conversationId)) sending.delete(conversationId);
      if (problem !== null) return complain(conversationId, problem);
      if (sending.has(conversationId) && uploads.areDone(conversationId)) return submit(conversationId);
      onChange();
    },

    /** A `storage` event. Whoever writes here and now is not disturbed. */
    storageChanged(event, { isInUse }) {
      if (isInUse) return;
      const conversationId = store.storageChanged(event);
      if (conversationId === null) return;
      sending.delete(conversationId);
      if (lost.has(conversationId)) subjects.restore(conversationId, store.of(conversationId));
      changed();
    },
  };
}
