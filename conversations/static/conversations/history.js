// Loads what is not here: older and newer pages, those around a message, and messages that are quoted.

import { attempt } from "./api.js";
import { hasBeyond, shownMessages } from "./conversations_state.js";

/** `onLoaded()` is called when something new is here. */
export function createHistory({ conversations, api, onLoaded }) {
  const loading = new Set();
  /** Quoted messages that were asked for on this connection. */
  const asked = new Set();

  /** One request of a kind at a time. The answer, or nothing. */
  async function once(key, request) {
    if (loading.has(key)) return null;
    loading.add(key);
    const answer = await attempt(request);
    loading.delete(key);
    return answer;
  }

  async function page(conversationId, query, options) {
    const answer = await once(`page ${conversationId}`, () => api.messages(conversationId, query));
    if (answer === null) return false;
    conversations.addHistory(conversationId, answer, options);
    onLoaded();
    return true;
  }

  async function learn(conversationId, messageId) {
    if (asked.has(messageId)) return;
    asked.add(messageId);
    const message = await attempt(() => api.message(conversationId, messageId));
    if (message === null) return;
    conversations.addQuoted(conversationId, message);
    onLoaded();
  }

  return {
    /** What could not be read before may be read now. */
    reconnected: () => asked.clear(),

    /** The newest page, unless it is here. */
    newest(conversationId) {
      if (conversations.get(conversationId)?.isLoaded === false) page(conversationId, {}, { isNewest: true });
    },

    older(conversationId, focus) {
      const conversation = conversations.get(conversationId);
      const shown = shownMessages(conversation, focus);
      if (!hasBeyond(conversation, shown).older) return;
      if (shown.length === 0 || !conversation.isLoaded) this.newest(conversationId);
      else page(conversationId, { before: shown[0].sequence });
    },

    newer(conversationId, focus) {
      const conversation = conversations.get(conversationId);
      const shown = shownMessages(conversation, focus);
      if (!hasBeyond(conversation, shown).newer) return;
      page(conversationId, { after: shown.at(-1).sequence }, { isOldest: false });
    },

    /** The page around a message. Whether it could be loaded. */
    around: (conversationId, messageId) => page(conversationId, { around: messageId }),

    /** Those that are answered by what is shown, and are not here. */
    quoted(conversation, shown) {
      for (const { replyToMessageId } of shown) {
        if (replyToMessageId === undefined || conversation.messages.find(replyToMessageId)) continue;
        learn(conversation.conversationId, replyToMessageId);
      }
    },
  };
}
