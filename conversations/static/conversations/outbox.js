// Messages on their way: kept in storage until the server has them, sent in order, each once.
// "Once" is the server's promise: the same clientMessageId is never stored twice.

const RETRY_AFTER = 3_000;
const PASSING = new Set(["unavailable", "rate_limited"]);

/** `storage` is a Web Storage; `send(frame)` says whether it went out. */
export function createOutbox({ userId, storage, clock, send, onChange }) {
  const prefix = `outbox.${userId}.`;
  const entries = load();
  // One at a time: what is refused for a while must not be overtaken.
  let inFlight = null;
  let retryTimer = null;

  function load() {
    const found = [];
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index);
      if (key.startsWith(prefix)) found.push(JSON.parse(storage.getItem(key)));
    }
    return found.sort((one, other) => one.order - other.order);
  }

  function keep(entry) {
    try {
      storage.setItem(prefix + entry.clientMessageId, JSON.stringify(entry));
    } catch {
      // Full or forbidden: the message still goes out for as long as the page is open.
    }
  }

  function flush() {
    if (inFlight !== null) return;
    const next = entries.find((entry) => !entry.failed);
    if (next === undefined) return;
    const { conversationId, clientMessageId, content, replyToMessageId } = next;
    const frame = { type: "message", conversationId, clientMessageId, content };
    if (replyToMessageId !== undefined) frame.replyToMessageId = replyToMessageId;
    if (send(frame)) inFlight = clientMessageId;
  }

  function flushSoon() {
    clock.clearTimeout(retryTimer);
    retryTimer = clock.setTimeout(flush, RETRY_AFTER);
  }

  function settle(clientMessageId) {
    if (inFlight === clientMessageId) inFlight = null;
  }

  const find = (clientMessageId) => entries.find((entry) => entry.clientMessageId === clientMessageId);

  return {
    entries: () => entries,

    of: (conversationId) => entries.filter((entry) => entry.conversationId === conversationId),

    add({ conversationId, clientMessageId, content, replyToMessageId }) {
      const order = Math.max(clock.now(), (entries.at(-1)?.order ?? 0) + 1);
      const entry = { conversationId, clientMessageId, content, replyToMessageId, order, timestamp: clock.now() };
      entries.push(entry);
      keep(entry);
      flush();
      onChange();
    },

    /** The stream opened: what was under way may or may not have arrived, so it goes again. */
    opened() {
      inFlight = null;
      flush();
    },

    /** The echo of a stored message. */
    acknowledged(clientMessageId) {
      const index = entries.findIndex((entry) => entry.clientMessageId === clientMessageId);
      if (index === -1) return;
      entries.splice(index, 1);
      storage.removeItem(prefix + clientMessageId);
      settle(clientMessageId);
      flush();
      onChange();
    },

    /** An `error` event that names a message. */
    refused({ clientMessageId, code, content }) {
      const entry = find(clientMessageId);
      if (entry === undefined) return;
      settle(clientMessageId);
      if (PASSING.has(code)) return flushSoon();
      entry.failed = content;
      keep(entry);
      flush();
      onChange();
    },

    retry(clientMessageId) {
      const entry = find(clientMessageId);
      if (entry === undefined) return;
      delete entry.failed;
      keep(entry);
      flush();
      onChange();
    },
  };
}
