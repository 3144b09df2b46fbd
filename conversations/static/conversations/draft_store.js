// What was written and not sent yet, kept per conversation, so that it survives a reload.

const NOTHING = Object.freeze({ text: "", replyTo: null, files: [], editing: null, edits: Object.freeze({}) });

function isEmpty({ text, replyTo, files, editing, edits }) {
  const isNew = text === "" && replyTo === null && files.length === 0;
  return isNew && editing === null && Object.keys(edits).length === 0;
}

/**
 * A draft is `{text, replyTo, files, editing, edits}`: the message that it answers, or null; of each file its name and,
 * if it is up already, its `media`; the message that is being edited, or null; and by the ids of messages what they
 * are to say instead, as far as that is written. `storage` is a Web Storage.
 */
export function createDraftStore({ userId, storage }) {
  const prefix = `draft.${userId}.`;
  const drafts = new Map();

  function parse(text) {
    try {
      return { ...NOTHING, ...JSON.parse(text) };
    } catch {
      return NOTHING;
    }
  }

  function of(conversationId) {
    if (!drafts.has(conversationId)) drafts.set(conversationId, parse(storage.getItem(prefix + conversationId)));
    return drafts.get(conversationId);
  }

  function keep(conversationId, draft) {
    try {
      if (isEmpty(draft)) storage.removeItem(prefix + conversationId);
      else storage.setItem(prefix + conversationId, JSON.stringify(draft));
    } catch {
      // Full or forbidden: it lasts as long as the page.
    }
  }

  return {
    of,

    change(conversationId, change) {
      const draft = { ...of(conversationId), ...change };
      drafts.set(conversationId, draft);
      keep(conversationId, draft);
    },

    /** A `storage` event: the conversation whose draft another tab changed, or null. */
    storageChanged({ key, newValue }) {
      if (!key?.startsWith(prefix)) return null;
      const conversationId = Number(key.slice(prefix.length));
      drafts.set(conversationId, parse(newValue));
      return conversationId;
    },

    /** Leave nothing behind on a browser that others may use. */
    forgetAll() {
      drafts.clear();
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      for (const key of keys) if (key.startsWith(prefix)) storage.removeItem(key);
    },
  };
}
