// What was written and not sent yet, kept per conversation, so that it survives a reload.

const NOTHING = Object.freeze({ text: "", replyTo: null, files: [] });

/**
 * A draft is `{text, replyTo, files}`: the message that it answers, or null, and of each file its name and,
 * if it is up already, its `media`. `storage` is a Web Storage.
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
    const isEmpty = draft.text === "" && draft.replyTo === null && draft.files.length === 0;
    try {
      if (isEmpty) storage.removeItem(prefix + conversationId);
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
