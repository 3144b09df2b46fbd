// What is on its way: messages, edits, deletions and reactions, kept until the server has them, sent in order, each once.
// What the server does not take stays, with the reason, until the person does something about it.
// "Once" is the server's promise: the same clientMessageId is never stored twice, and an edit or a reaction done twice changes nothing.

import { createLanes } from "./lanes.js";
import { MEDIA_FIELDS } from "./media_fields.js";
import { isPassing, RETRY_AFTER } from "./passing.js";

const OTHERS_AFTER = 5_000;
/** The close code by which a server says that a frame is no text. */
const NOT_UTF8 = 1007;
const MEDIA = ["mediaUrl", "messageType"];

/** The frame that asks the server for what an entry is about. */
export function frameOf({ kind, conversationId, messageId, clientMessageId, content, ...rest }) {
  if (kind === "reaction") return { type: "reaction", conversationId, messageId, content, messageType: rest.messageType };
  if (kind === "edit") return { type: "message", conversationId, messageId, content };
  if (kind === "delete") return { type: "message", conversationId, messageId, isDeleted: true };
  const frame = { type: "message", conversationId, clientMessageId, content };
  for (const name of ["replyToMessageId", ...MEDIA]) if (rest[name] !== undefined) frame[name] = rest[name];
  return frame;
}

const isChange = ({ kind }) => kind === "edit" || kind === "delete";

function isSameReaction(entry, { messageId, senderId, content, messageType }, userId) {
  const isOurs = senderId === userId && messageId === entry.messageId;
  return isOurs && content === entry.content && messageType === entry.messageType;
}

/** Whether a `message` or `reaction` event says that an entry of this person has been done. */
export function isDoneBy(entry, event, { userId, isInFlight = false }) {
  if (event.type === "reaction") return entry.kind === "reaction" && isSameReaction(entry, event, userId);
  if (entry.kind === "message") {
    return event.clientMessageId === entry.clientMessageId && event.senderId === userId;
  }
  if (event.messageId !== entry.messageId) return false;
  // A deleted message has no reactions.
  if (event.isDeleted) return entry.kind === "delete" || entry.kind === "reaction";
  const isAnswer = isInFlight && !event.isCatchup && event.editedAt !== undefined;
  return entry.kind === "edit" && (isAnswer || event.content === entry.content);
}

/**
 * `store` is an outbox store; `send(frame, onWritten)` says whether it goes out, and calls `onWritten()` when it does; `titleOf(conversationId)` is kept with what is
 * written there, for the conversation may be gone by the time that somebody looks for it.
 */
export function createOutbox({ userId, store, clock, send, titleOf, onChange }) {
  const entries = store.load();
  // What another tab wrote is that tab's to send; only if it does not, this one does.
  const notBefore = new Map();
  const lanes = createLanes({ clock, onLate });
  let timer = null;

  const find = (id) => entries.find((entry) => entry.id === id);
  const mayGo = ({ id, failed }) => !failed && (notBefore.get(id) ?? 0) <= clock.steady();

  function flush() {
    for (let next = nextToGo(); next !== undefined; next = nextToGo()) {
      const entry = next;
      // It may be sent at once, or wait for the limits, and is late only once it was sent.
      lanes.takes(entry);
      if (send(frameOf(entry), () => lanes.went(entry))) continue;
      lanes.leaves(entry);
      return;
    }
  }

  /** What another tab has settled is passed over: a tab that was asleep was not told. */
  function nextToGo() {
    const next = lanes.next(entries, mayGo);
    if (next === undefined || !store.isGone(next)) return next;
    drop(next);
    return nextToGo();
  }

  function flushIn(delay) {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(flush, delay);
  }

  function drop(entry) {
    entries.splice(entries.indexOf(entry), 1);
    notBefore.delete(entry.id);
    lanes.release(entry);
  }

  function forget(entry) {
    drop(entry);
    store.forget(entry.id);
  }

  function settled(entry) {
    forget(entry);
    flush();
    onChange();
  }

  /** It is not to be sent again by itself; `code` says why, and `reason` which of the causes it is that the code has. */
  function fail(entry, { code, reason }) {
    if (entry.kind === "reaction") return forget(entry);
    Object.assign(entry, { failed: code, reason });
    lanes.release(entry);
    store.update(entry);
  }

  function giveUpHopeless() {
    for (const entry of [...entries]) if (!entry.failed && lanes.isHopeless(entry.id)) fail(entry, { code: "no_answer" });
  }

  function onLate() {
    giveUpHopeless();
    flush();
    onChange();
  }

  function add(entry) {
    const order = Math.max(clock.now(), (entries.at(-1)?.order ?? 0) + 1);
    const added = { ...entry, order, timestamp: clock.now(), title: titleOf(entry.conversationId) };
    entries.push(added);
    store.keep(added);
    flush();
    onChange();
  }

  /** Of one thing that is changed, one change is waiting: the last one. */
  function change(entry, id = `change-${entry.messageId}`) {
    const former = find(id);
    if (former !== undefined) drop(former);
    add({ ...entry, id });
  }

  function told(id, entry) {
    const known = find(id);
    if (entry === null) {
      if (known !== undefined) drop(known);
    } else if (known !== undefined) {
      lanes.release(known);
      entries.splice(entries.indexOf(known), 1, { ...entry, preview: known.preview });
    } else {
      entries.push(entry);
      entries.sort((one, other) => one.order - other.order);
      notBefore.set(id, clock.steady() + OTHERS_AFTER);
      flushIn(OTHERS_AFTER);
    }
  }

  function refusedEntry({ clientMessageId, messageId, refusedType }) {
    if (clientMessageId !== undefined) return find(clientMessageId);
    const isOfType = (entry) => refusedType === undefined || frameOf(entry).type === refusedType;
    const isIt = (entry) =>
      entry.kind !== "message" && entry.messageId === messageId && isOfType(entry) && lanes.isUnderWay(entry);
    return messageId === undefined ? undefined : entries.find(isIt);
  }

  function retry(id) {
    const entry = find(id);
    if (entry === undefined) return;
    delete entry.failed;
    delete entry.reason;
    lanes.release(entry);
    store.update(entry);
    flush();
    onChange();
  }

  return {
    entries: () => entries,

    /** The messages of a conversation that are on their way. */
    of: (conversationId) =>
      entries.filter((entry) => entry.conversationId === conversationId && entry.kind === "message"),

    /** Conversation to the last message that is on its way to it. */
    lastOfEach: () =>
      new Map(entries.filter(({ kind }) => kind === "message").map((entry) => [entry.conversationId, entry])),

    /** Message to the change of it that is on its way. */
    changesOf(conversationId) {
      const changes = entries.filter((entry) => entry.conversationId === conversationId && isChange(entry));
      return new Map(changes.map((entry) => [entry.messageId, entry]));
    },

    /** Message to the reactions to it that are on their way: `[{emoji, isOn}]`. */
    reactionsOf(conversationId) {
      const reactions = new Map();
      for (const { kind, messageId, content, messageType, ...entry } of entries) {
        if (kind !== "reaction" || entry.conversationId !== conversationId) continue;
        if (!reactions.has(messageId)) reactions.set(messageId, []);
        reactions.get(messageId).push({ emoji: content, isOn: messageType === "add" });
      }
      return reactions;
    },

    /** How many messages and changes of them will be sent as soon as they can. */
    waiting: () => entries.filter(({ failed, kind }) => !failed && kind !== "reaction").length,

    /** `{conversationId, clientMessageId, content}`, and `replyToMessageId` and media where they apply. */
    add: (message) => add({ kind: "message", id: message.clientMessageId, ...message }),
    edit: ({ conversationId, messageId, content }) => change({ kind: "edit", conversationId, messageId, content }),
    remove: ({ conversationId, messageId }) => change({ kind: "delete", conversationId, messageId }),
    /** `messageType` is "add" or "remove": whether the person's emoji is to be there. */
    react: ({ conversationId, messageId, content, messageType }) =>
      change({ kind: "reaction", conversationId, messageId, content, messageType }, `reaction-${messageId}-${content}`),

    /** An edit that can't be sent, with the code of the reason in `failed`. */
    setAside: (edit) => change({ kind: "edit", ...edit }),

    /** The stream opened: what was under way may or may not have arrived, so it goes again. */
    opened() {
      lanes.renew();
      for (const entry of entries.filter(store.isGone)) drop(entry);
      flush();
      onChange();
    },

    /** The connection is gone, by this close code, if it was closed. */
    lost(code) {
      const blamed = find(lanes.lost(code));
      if (blamed !== undefined) fail(blamed, { code: code === NOT_UTF8 ? "frame_unreadable" : "frame_too_large" });
      giveUpHopeless();
      onChange();
    },

    /** A `message` or `reaction` event: the echo of what was sent here or in another tab, or word of a change. */
    heard(event) {
      const isDone = (entry) => isDoneBy(entry, event, { userId, isInFlight: lanes.isUnderWay(entry) });
      const done = entries.filter(isDone);
      for (const entry of done) settled(entry);
      if (done.length > 0 && !event.isDeleted) return;
      const edit = event.isDeleted && entries.find(({ kind, messageId }) => kind === "edit" && messageId === event.messageId);
      if (!edit || edit.failed) return;
      fail(edit, { code: "edit_deleted" });
      flush();
      onChange();
    },

    /** An `error` event. True if it was about something on its way, of which it is said where it stands. */
    refused(event) {
      const entry = refusedEntry(event);
      if (entry === undefined) return false;
      lanes.release(entry);
      if (isPassing(event.code)) {
        lanes.pause(entry.conversationId, RETRY_AFTER);
        flushIn(RETRY_AFTER);
      } else {
        fail(entry, event);
      }
      flush();
      onChange();
      // What was to be reacted with is gone; that has to be said elsewhere.
      return entry.kind !== "reaction" || isPassing(event.code);
    },

    retry,

    /** Send what was refused for its file without that: the server has not stored it under its id. */
    sendText(id) {
      for (const name of [...MEDIA_FIELDS, "preview"]) delete find(id)?.[name];
      retry(id);
    },

    /** Give it up. */
    discard(id) {
      const entry = find(id);
      if (entry !== undefined) settled(entry);
    },

    /** A `storage` event: another tab wrote something, or settled it. */
    storageChanged(event) {
      const news = store.told(event);
      if (news === null) return;
      told(news.id, news.entry);
      flush();
      onChange();
    },
  };
}
