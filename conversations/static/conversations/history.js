// Loads what is not here: older and newer pages, those around a message, and messages that are quoted.

import { attempt } from "./api.js";
import { hasBeyond } from "./stretches.js";

/** With fewer messages than these before or after what is in sight, more are loaded: half a page. */
const NEAR = 25;

/** `onLoaded()` is called when something new is here. */
export function createHistory({ conversations, api, onLoaded }) {
  /** Requests under way, and those that failed, until they are tried again. */
  const loading = new Map();
  const failed = new Set();
  /** Quoted messages that were asked for on this connection. */
  const asked = new Set();

  const keyOf = (conversationId, query) => `${conversationId} ${new URLSearchParams(query)}`;

  /** A page; one that is under way is not asked for twice. Whether it is here then. */
  function page(conversationId, query) {
    const key = keyOf(conversationId, query);
    if (!loading.has(key)) loading.set(key, load(key, conversationId, query));
    return loading.get(key);
  }

  async function load(key, conversationId, query) {
    const answer = await attempt(() => api.messages(conversationId, query));
    loading.delete(key);
    if (answer === null) {
      failed.add(key);
      return false;
    }
    conversations.addHistory(conversationId, answer);
    onLoaded();
    return true;
  }

  /** A page that is not asked for again at once where it could not be loaded. */
  function want(conversationId, query) {
    if (!failed.has(keyOf(conversationId, query))) page(conversationId, query);
  }

  async function learn(conversationId, messageId) {
    if (asked.has(messageId)) return;
    asked.add(messageId);
    const message = await attempt(() => api.message(conversationId, messageId));
    if (message === null) return;
    conversations.addQuoted(conversationId, message);
    onLoaded();
  }

  /** More of what is older than `first`, and of what is newer than `last`, where little of it is here. */
  function extend(conversation, { first, last }) {
    const { conversationId, messages } = conversation;
    const before = messages.stretch(first, { before: NEAR, after: 0 });
    const after = messages.stretch(last, { before: 0, after: NEAR });
    if (before.length <= NEAR && hasBeyond(conversation, before).older) {
      want(conversationId, { before: before[0].sequence });
    }
    if (after.length <= NEAR && hasBeyond(conversation, after).newer) {
      want(conversationId, { after: after.at(-1).sequence });
    }
  }

  return {
    /** What could not be read before may be read now. */
    reconnected() {
      asked.clear();
      failed.clear();
    },

    /** Try again what could not be loaded. To be called now and then. */
    tick: () => failed.clear(),

    /** The newest page, unless it is here. */
    async newest(conversationId) {
      if (conversations.get(conversationId)?.isLoaded === false) await page(conversationId, {});
    },

    /** The messages before and after a sequence, unless it is here. */
    async at(conversationId, sequence) {
      const isHere = conversations.get(conversationId)?.messages.has(sequence) ?? true;
      if (!isHere) await page(conversationId, { before: sequence + NEAR });
    },

    /** The page around a message. Whether it could be loaded. */
    around: (conversationId, messageId) => page(conversationId, { around: messageId }),

    /**
     * Load what is to be shown: the part around `focus`, or without one the newest; and more of it where `inSight`,
     * `{first, last}`, comes near to an end of what is here.
     */
    show(conversation, { focus, inSight }) {
      const { conversationId, messages, isLoaded } = conversation;
      if (focus === null && !isLoaded) want(conversationId, {});
      else if (focus !== null && !messages.has(focus)) want(conversationId, { before: focus + NEAR });
      else if (inSight !== null && messages.has(inSight.first) && messages.has(inSight.last)) extend(conversation, inSight);
    },

    /** Those that are answered by what is shown, and are not here. */
    quoted(conversation, shown) {
      for (const { replyToMessageId } of shown) {
        if (replyToMessageId === undefined || conversation.messages.find(replyToMessageId)) continue;
        learn(conversation.conversationId, replyToMessageId);
      }
    },
  };
}
