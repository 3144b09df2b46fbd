// What was written and not sent yet, kept per conversation, so that it survives a reload.

const QUOTED = ["conversationId", "messageId", "senderId", "senderName", "content", "messageType", "mediaUrl", "mediaName"];

/** What is kept of a message that a composer is about, to show it again after a reload. */
export const quoted = (message) => Object.fromEntries(QUOTED.map((name) => [name, message[name]]));

const NOTHING = Object.freeze({ text: "", replyTo: null, files: [], editing: null, edits: Object.freeze({}) });

function isEmpty({ text, replyTo, files, editing, edits }) {
  const isNew = text === "" && replyTo === null && files.length === 0;
  return isNew && editing === null && Object.keys(edits).length === 0;
}

/**
 * A draft is `{text, replyTo, files, editing, edits}`: the message that it answers, or null; of each file its name and,
 * if it is up already, its `media`; the message that is being edited, or null; and by the ids of messages what they
 * are to say instead, as far as that is written. `storage` is a Web Storage. `titleOf(conversationId)` is kept with it as
 * `title`: the conversation may be gone by the time that somebody looks for what they wrote there.
 */
export function createDraftStore({ userId, storage, titleOf = () => undefined }) {
  const prefix = `draft.${userId}.`;
  const drafts = new Map();
  /** Conversations whose draft the storage would not take. */
  const unkept = new Set();

  function parse(text) {
    try {
      return { ...NOTHING, ...JSON.parse(text) };
    } catch {
      return NOTHING;
    }
  }

  const of = (conversationId) => drafts.get(conversationId) ?? NOTHING;

  function load() {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    for (const key of keys) if (key.startsWith(prefix)) told(key, storage.getItem(key));
  }

  function told(key, text) {
    const conversationId = Number(key.slice(prefix.length));
    drafts.set(conversationId, parse(text));
    return conversationId;
  }

  function keep(conversationId, draft) {
    unkept.delete(conversationId);
    try {
      if (isEmpty(draft)) storage.removeItem(prefix + conversationId);
      else storage.setItem(prefix + conversationId, JSON.stringify(draft));
    } catch {
      // Full or forbidden: it lasts as long as the page.
      unkept.add(conversationId);
    }
  }

  load();

  return {
    of,

    /** Whether something would be lost if the page were closed now. */
    isAnyUnkept: () => unkept.size > 0,

    /** Conversation to its draft, of all that have one. */
    all: () => [...drafts].filter(([, draft]) => !isEmpty(draft)),

    change(conversationId, change) {
      const former = of(conversationId);
      const draft = { ...former, title: titleOf(conversationId) ?? former.title, ...change };
      drafts.set(conversationId, draft);
      keep(conversationId, draft);
    },

    /** A `storage` event: the conversation whose draft another tab changed, or null. */
    storageChanged({ key, newValue }) {
      if (!key?.startsWith(prefix)) return null;
      return told(key, newValue);
    },

    /** The person wants nothing of it. */
    discard(conversationId) {
      drafts.delete(conversationId);
      unkept.delete(conversationId);
      storage.removeItem(prefix + conversationId);
    },
  };
}
