// Sends marks, those of many conversations in one frame, and again what was refused for a while.

import { isPassing, RETRY_AFTER } from "./passing.js";

const KINDS = ["read", "delivered"];

/** `send(frame)` says whether it went out, `isOpen()` whether anything does; `soon(callback)` calls back after what runs now. */
export function createMarking({ send, clock, isOpen, soon }) {
  /** What is to go out, by kind: conversation to message. */
  const due = new Map(KINDS.map((kind) => [kind, new Map()]));
  let atOnce = 1;
  let isFlushing = false;
  let timer = null;

  function flush() {
    isFlushing = false;
    for (const [type, messages] of due) {
      const marks = [...messages].map(([conversationId, messageId]) => ({ conversationId, messageId }));
      messages.clear();
      while (marks.length > 0) {
        const some = marks.splice(0, atOnce);
        send(some.length === 1 ? { type, ...some[0] } : { type, marks: some });
      }
    }
  }

  function flushSoon() {
    if (isFlushing) return;
    isFlushing = true;
    soon(flush);
  }

  function clear() {
    clock.clearTimeout(timer);
    timer = null;
    for (const messages of due.values()) messages.clear();
  }

  return {
    /** A new connection, with the limits that `ready` tells. What was to be marked is told anew by whoever wants it. */
    opened(limits) {
      clear();
      atOnce = limits?.marks ?? 1;
    },

    /** `{type, conversationId, messageId}`: it goes out along with the others of this moment. False if nothing does now. */
    send({ type, conversationId, messageId }) {
      if (!isOpen()) return false;
      due.get(type).set(conversationId, messageId);
      flushSoon();
      return true;
    },

    /** An `error` event. True if it was about marks. A later mark of the same conversation stands for one that was refused. */
    refused({ refusedType, code, marks, conversationId, messageId }) {
      const messages = due.get(refusedType);
      if (messages === undefined) return false;
      if (!isPassing(code)) return true;
      for (const mark of marks ?? [{ conversationId, messageId }]) {
        if (!messages.has(mark.conversationId)) messages.set(mark.conversationId, mark.messageId);
      }
      timer ??= clock.setTimeout(() => {
        timer = null;
        flush();
      }, RETRY_AFTER);
      return true;
    },
  };
}
