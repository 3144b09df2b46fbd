// Files on their way up, by conversation: what waits, how far it is, what became of it.
// How a file travels, and what a picture of it looks like, is given from outside.

import { withoutTurns } from "./bidi.js";

const AT_ONCE = 2;
/** What is tried again by itself on the next occasion. */
const PASSING = new Set(["unreachable", "unavailable"]);
/** What browsers show of themselves; of other pictures the site makes one. */
const SHOWN = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/svg+xml", "image/bmp"]);
/** What would be refused each time. */
const FINAL = new Set(["invalid_media", "unreadable"]);

/** Those that can't be sent as they are come first, where they are seen. */
export const byProblem = (files) => files.toSorted((one, other) => (other.state === "failed") - (one.state === "failed"));

/**
 * `upload(file, onProgress)` gives `{done, cancel}`, `done` a promise of what the server says of it, or of
 * an error with a `code`; `preview(file)` an address to show it from, and `release(address)` frees that.
 */
export function createUploads({ upload, preview, release, maxBytes, newId, onChange }) {
  const items = new Map();

  const of = (conversationId) => [...items.values()].filter((item) => item.conversationId === conversationId);

  function become(item, change) {
    if (items.get(item.id) !== item) return;
    Object.assign(item, change);
    onChange(item.conversationId);
  }

  function next() {
    const under = [...items.values()].filter(({ state }) => state === "uploading").length;
    const waiting = [...items.values()].filter(({ state }) => state === "waiting");
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - under))) begin(item);
  }

  async function begin(item) {
    const { done, cancel } = upload(item.file, (progress) => become(item, { progress }));
    become(item, { state: "uploading", progress: 0, problem: null, cancel });
    try {
      const media = await done;
      if (item.preview === null) Object.assign(item, { preview: servedPreview(media), isServed: true });
      become(item, { state: "done", progress: 1, media });
    } catch (error) {
      refuse(item, error);
    }
    next();
  }

  function refuse(item, { code = "unavailable", reason, retryAfter }) {
    become(item, { state: "failed", problem: { code, reason, retryAfter }, mayRetry: !FINAL.has(code) });
  }

  function servedPreview({ messageType, thumbnailUrl, mediaUrl }) {
    return messageType === "image" ? (thumbnailUrl ?? mediaUrl) : null;
  }

  function add(conversationId, file) {
    const isImage = SHOWN.has(file.type);
    const { size: bytes } = file;
    const name = withoutTurns(file.name);
    const item = { id: newId(), conversationId, file, name, bytes, isImage, state: "waiting", progress: 0 };
    item.preview = isImage ? preview(file) : null;
    items.set(item.id, item);
    if (bytes > maxBytes) refuse(item, { code: "invalid_media", reason: "file_too_large" });
    else if (bytes === 0) refuse(item, { code: "invalid_media", reason: "empty_file" });
  }

  function again(item) {
    become(item, { state: "waiting", problem: null });
    next();
  }

  return {
    of,

    add(conversationId, files) {
      for (const file of files) add(conversationId, file);
      next();
      onChange(conversationId);
    },

    /** Files that were up before the page was loaded anew: `{id, name, media}`. */
    restore(conversationId, files) {
      for (const { id, name, media } of files) {
        const preview = servedPreview(media);
        const about = { id, conversationId, name, bytes: media.mediaBytes, isImage: preview !== null, preview, media };
        items.set(id, { ...about, state: "done", progress: 1, isServed: true });
      }
    },

    /** Take it away, wherever it is. */
    remove(id) {
      const item = items.get(id);
      if (item === undefined) return;
      items.delete(id);
      if (item.state === "uploading") item.cancel();
      if (item.preview !== null && !item.isServed) release(item.preview);
      next();
      onChange(item.conversationId);
    },

    retry(id) {
      const item = items.get(id);
      if (item?.state === "failed" && item.mayRetry) again(item);
    },

    /** The server can be reached again. */
    reachable() {
      for (const item of items.values()) {
        if (item.state === "failed" && PASSING.has(item.problem.code)) again(item);
      }
    },

    /** Whether something of a conversation is on its way, or about to be. */
    areUnderWay: (conversationId) => of(conversationId).some(({ state }) => state === "waiting" || state === "uploading"),

    /** Whether everything of a conversation is up, so that it can be sent. */
    areDone: (conversationId) => of(conversationId).every(({ state }) => state === "done"),

    /** What is up, to be sent now. Their previews are the taker's to release. */
    take(conversationId) {
      const taken = of(conversationId).filter(({ state }) => state === "done");
      for (const { id } of taken) items.delete(id);
      return taken;
    },

    /** Whether a file would be lost if the page were closed now. */
    isAnyUnfinished: () => [...items.values()].some(({ state }) => state !== "done"),
  };
}
