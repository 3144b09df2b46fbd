// Asks the server for conversations whose unread messages can't be counted from what is here.

import { attempt } from "./api.js";

/** A person who reads on another device moves their mark several times a second. */
const AFTER = 500;
const AGAIN_AFTER = 5_000;

/** `isKnown(id)` says whether the person still has the conversation, and `learn(shape)` takes the answer. */
export function createRecounting({ api, clock, isKnown, learn }) {
  const wanted = new Set();
  let isUnderWay = false;

  async function ask(conversationId) {
    const shape = await attempt(() => api.conversation(conversationId));
    if (shape !== null) learn(shape);
    else if (isKnown(conversationId)) wanted.add(conversationId);
    return shape !== null;
  }

  async function askAll() {
    const ids = [...wanted];
    wanted.clear();
    let pause = AFTER;
    // One after another, so that many of them are no burst.
    for (const conversationId of ids) if (!(await ask(conversationId))) pause = AGAIN_AFTER;
    isUnderWay = false;
    if (wanted.size > 0) start(pause);
  }

  function start(pause) {
    if (isUnderWay) return;
    isUnderWay = true;
    clock.setTimeout(askAll, pause);
  }

  /** Ask for it soon, once however often it is wanted meanwhile. */
  return function recount(conversationId) {
    wanted.add(conversationId);
    start(AFTER);
  };
}
