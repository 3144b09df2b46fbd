// All that the page sends passes here, no faster than the limits that `ready` tells: those of the connection, and for what is
// stored those of the person, whose other pages draw on them too.

import { createBucket } from "./bucket.js";

/** Of the connection's bucket so much is kept for what can't wait. */
const SHARE_FOR_URGENT = 0.2;

/** Before the server has told its own. */
const CAUTIOUS = { frameBurst: 20, frameInterval: 500 };

const URGENT = 0;
const WRITTEN = 1;
const REST = 2;

/** What a person sees at once in others comes first, then what they wrote, then what nobody waits for. */
function rankOf({ type, isCatchup }) {
  if (type === "typing" || type === "presence") return URGENT;
  if ((type === "message" && !isCatchup) || type === "reaction") return WRITTEN;
  return REST;
}

/** What is stored counts for the person. Of this only what was written, which may be much, waits for that. */
function isStored({ type, isIdle, presenceStatus, ...frame }) {
  if (type === "presence") return isIdle !== undefined || presenceStatus !== undefined;
  return type === "unread" || rankOf({ type, ...frame }) === WRITTEN;
}

/** Whether a refused frame was one of those that may be the person's too many. A refused catch-up names no message. */
function wasWritten({ refusedType, clientMessageId, messageId }) {
  const isMessage = clientMessageId !== undefined || messageId !== undefined;
  return refusedType === "reaction" || (refusedType === "message" && isMessage);
}

/**
 * `write(frame)` sends a frame. `onSilence()` is called when so much went out since something was last heard that nothing
 * more may go before: on a line that stands still all of it would arrive at once.
 */
export function createPacer({ clock, write, onSilence }) {
  const line = createBucket({ clock });
  const person = createBucket({ clock });
  let unheard = 0;
  let isSilent = false;
  let timer = null;
  /** What waits, by rank, each in the order in which it came: `{frame, onWritten}`. */
  const waiting = [[], [], []];

  const reserveFor = (rank) => (rank === URGENT ? 0 : Math.floor(line.size() * SHARE_FOR_URGENT));
  const isHeldBack = (rank) => rank !== URGENT && unheard >= line.size();
  const hasPersons = (rank) => rank !== WRITTEN || person.has();
  const mayGo = (rank) => !isHeldBack(rank) && line.has(reserveFor(rank)) && hasPersons(rank);

  function go({ frame, onWritten }) {
    line.take();
    if (isStored(frame)) person.take();
    unheard += 1;
    write(frame);
    onWritten?.();
  }

  /** Send what may go, and look again when the next may. */
  function pump() {
    clock.clearTimeout(timer);
    timer = null;
    let delay = Infinity;
    for (const [rank, frames] of waiting.entries()) {
      while (frames.length > 0 && mayGo(rank)) go(frames.shift());
      if (frames.length === 0 || isHeldBack(rank)) continue;
      const isLineShort = !line.has(reserveFor(rank));
      delay = Math.min(delay, isLineShort ? line.wait(reserveFor(rank)) : person.wait());
      // What nobody waits for does not use up what is to go before it.
      if (isLineShort) break;
    }
    if (delay < Infinity) timer = clock.setTimeout(pump, delay);
    else if (!isSilent && waiting.some((frames) => frames.length > 0)) {
      isSilent = true;
      onSilence();
    }
  }

  function clear() {
    clock.clearTimeout(timer);
    timer = null;
    for (const frames of waiting) frames.length = 0;
  }

  return {
    /** A new connection, with the limits that its `ready` tells. */
    opened({ frameBurst, frameInterval, personBurst = Infinity, personInterval = 0 } = CAUTIOUS) {
      clear();
      line.opened(frameBurst, frameInterval);
      person.opened(personBurst, personInterval);
      unheard = 0;
      isSilent = false;
    },

    /** The connection is gone, and what waits is void, as is what was on its way. */
    closed: clear,

    /** Something was heard: the line lives. */
    heard() {
      unheard = 0;
      isSilent = false;
      if (waiting.some((frames) => frames.length > 0)) pump();
    },

    /** An `error` event says that a frame was one too many. Heartbeats do not wait for what a person has too many of. */
    refused(event) {
      if (wasWritten(event)) person.refused();
      else line.refused();
    },

    /**
     * Send it, now or as soon as it may go, and then call `onWritten()`. False if it will not go: that somebody types is
     * news or nothing, so what can't go at once does not go at all.
     */
    send(frame, onWritten) {
      const rank = rankOf(frame);
      const isFirst = waiting.slice(0, rank + 1).every((frames) => frames.length === 0);
      if (isFirst && mayGo(rank)) {
        go({ frame, onWritten });
        return true;
      }
      if (frame.type === "typing" && frame.isTyping) return false;
      waiting[rank].push({ frame, onWritten });
      pump();
      return true;
    },
  };
}
