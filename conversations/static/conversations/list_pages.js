// The list of conversations comes in pages, as one scrolls; and what is looked for in it may be on none that is here.

import { attempt } from "./api.js";

const FIND_AFTER = 200;
const AGAIN_AFTER = 5_000;

/** `onRead()` is called when conversations have come to the list. */
export function createListPages({ api, conversations, clock, onRead, draw }) {
  let isBegun = false;
  let isReading = false;
  /** After a failure it is tried again by itself, and not at each look at the list. */
  let isResting = false;
  let findTimer = null;
  let asked = "";
  let found = { text: "", ids: new Set() };

  async function more() {
    if (isReading || isResting || conversations.isWhole()) return;
    isReading = true;
    const page = await attempt(() => api.conversationsAfter(conversations.next()));
    isReading = false;
    if (page !== null) {
      conversations.addPage(page);
      onRead();
    } else {
      isResting = true;
      clock.setTimeout(() => {
        isResting = false;
        more();
      }, AGAIN_AFTER);
    }
    draw();
  }

  /** What came while the page was on its way moved up in the list before anything could tell so. */
  async function readFirst() {
    const page = await attempt(() => api.conversationsAfter());
    if (page === null) return;
    conversations.learnAll([], page.conversations);
    onRead();
    draw();
  }

  async function find(text) {
    const shapes = await attempt(() => api.findConversations(text));
    if (text !== asked) return;
    if (shapes !== null) conversations.learnAll([], shapes);
    found = { text, ids: new Set((shapes ?? []).map(({ conversationId }) => conversationId)) };
    onRead();
    draw();
  }

  return {
    /** A new connection. Of what comes from then on, and between this and others, is told. */
    connected() {
      if (isBegun) return;
      isBegun = true;
      if (!conversations.isWhole()) readFirst();
    },

    /** Read the next page; soon again, if that fails. */
    more,

    /** What is looked for in the list now. */
    filter(text) {
      asked = text.trim();
      clock.clearTimeout(findTimer);
      if (asked !== "" && !conversations.isAllHere()) findTimer = clock.setTimeout(() => find(asked), FIND_AFTER);
    },

    /** Whether the server found this conversation by the text. */
    isFound: ({ conversationId }, text) => found.text === text.trim() && found.ids.has(conversationId),

    /** Whether it is still to be heard what the server finds. */
    isFinding: () => asked !== "" && !conversations.isAllHere() && found.text !== asked,
  };
}
