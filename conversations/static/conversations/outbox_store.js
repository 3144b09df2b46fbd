// Where what is on its way is kept, so that it survives a reload: the storage that all tabs share.

/** `storage` is a Web Storage. What it can't hold lives on in the tab that wrote it. */
export function createOutboxStore({ userId, storage }) {
  const prefix = `outbox.${userId}.`;
  const kept = new Set();
  /** What the storage would not take. */
  const unkept = new Set();

  function parse(text) {
    try {
      const entry = JSON.parse(text);
      // Those that an earlier version of the page kept have no id of their own.
      return { kind: "message", id: entry.clientMessageId, ...entry };
    } catch {
      return null;
    }
  }

  function keep({ preview, ...entry }) {
    try {
      storage.setItem(prefix + entry.id, JSON.stringify(entry));
      kept.add(entry.id);
      unkept.delete(entry.id);
    } catch {
      // Full or forbidden: it still goes out for as long as the page is open.
      unkept.add(entry.id);
    }
  }

  /** Whether another tab has settled it: it was kept, and is not there any more. */
  const isGone = ({ id }) => kept.has(id) && storage.getItem(prefix + id) === null;

  return {
    /** All that is kept, in the order in which it was written. */
    load() {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      const entries = keys
        .filter((key) => key.startsWith(prefix))
        .map((key) => parse(storage.getItem(key)))
        .filter((entry) => entry !== null);
      for (const { id } of entries) kept.add(id);
      return entries.sort((one, other) => one.order - other.order);
    },
    keep,
    isGone,
    /** Whether something would be lost if the page were closed now. */
    isAnyUnkept: () => unkept.size > 0,
    /** Keep a change of it, unless another tab has settled it: that must not come back to life. */
    update(entry) {
      if (!isGone(entry)) keep(entry);
    },
    forget(id) {
      kept.delete(id);
      unkept.delete(id);
      storage.removeItem(prefix + id);
    },
    /** What a `storage` event tells: `{id, entry}`, `entry` null if it is gone; null if it is no business of ours. */
    told({ key, newValue }) {
      if (!key?.startsWith(prefix)) return null;
      const id = key.slice(prefix.length);
      const entry = newValue === null ? null : parse(newValue);
      if (entry !== null) kept.add(id);
      return { id, entry };
    },
  };
}
