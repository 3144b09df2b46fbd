// Reads who is in the open conversation, where the list names but a few of them.

import { attempt } from "./api.js";
import { matches } from "./list_filter.js";
import { ALL_UP_TO } from "./members_state.js";

/** Of a larger conversation so many are read at first, and whenever the list of them is scrolled to its end. */
export const PAGE = 200;
const FIND_AFTER = 200;
/** How often those of one conversation are read anew: many may come or go at once. */
const READ_EVERY = 1_000;
const AGAIN_AFTER = 5_000;

/** `onRead()` is called when people have become known. */
export function createMembers({ api, conversations, opened, clock, onRead, draw }) {
  /** Conversation to what to ask for to get the next page of those in it; "": there is none. */
  const nexts = new Map();
  let isReading = false;
  /** The conversation of which they were read last, and until when that is enough. */
  let rest = { id: null, until: -Infinity };
  let findTimer = null;
  let asked = "";
  let found = { text: "", ids: new Set() };

  const current = () => conversations.get(opened.id);

  async function read(id, query, { isFirst = false } = {}) {
    const page = await attempt(() => api.members(id, query));
    if (page === null || !conversations.isKnown(id)) return null;
    conversations.learnMembers(id, page, { isFirst });
    onRead();
    draw();
    return page;
  }

  function restFor(id, milliseconds) {
    rest = { id, until: clock.steady() + milliseconds };
    clock.setTimeout(look, milliseconds);
  }

  async function readPage(conversation, { isFirst }) {
    if (isReading) return;
    isReading = true;
    const { conversationId: id, count, participants } = conversation;
    const limit = count <= ALL_UP_TO ? ALL_UP_TO : PAGE;
    // What was scrolled to stays.
    const query = isFirst ? { limit: Math.min(ALL_UP_TO, Math.max(limit, participants.length)) } : { limit, after: nexts.get(id) };
    const page = await read(id, query, { isFirst });
    if (page !== null) nexts.set(id, page.next ?? "");
    else restFor(id, AGAIN_AFTER);
    isReading = false;
    look();
  }

  /** Read those of the open conversation, if they are to be read. */
  function look() {
    const conversation = current();
    if (!conversation?.isStale || isReading) return;
    const { conversationId: id } = conversation;
    if (rest.id === id && clock.steady() < rest.until) return;
    restFor(id, READ_EVERY);
    readPage(conversation, { isFirst: true });
  }

  async function find(id, text) {
    const page = await read(id, { limit: PAGE, q: text });
    found = { text, ids: new Set((page?.participants ?? []).map(({ userId }) => userId)) };
    draw();
  }

  const actions = {
    /** The end of their list is in sight. */
    moreMembers() {
      const conversation = current();
      if (conversation?.isPartial && nexts.get(conversation.conversationId)) readPage(conversation, { isFirst: false });
    },

    /** Look for somebody among them. */
    findMembers(text) {
      clock.clearTimeout(findTimer);
      asked = text.trim();
      const { id } = opened;
      if (asked !== "" && current()?.isPartial) findTimer = clock.setTimeout(() => find(id, asked), FIND_AFTER);
      draw();
    },
  };

  return {
    look,
    actions,
    /** Whether the person is among those that are looked for. */
    isShown: ({ userId, name }) => matches(asked, [name]) || (found.text === asked && found.ids.has(userId)),

    /** Read all of them: what is shown is about each. */
    async all() {
      const { id } = opened;
      const next = nexts.get(id);
      if (!current()?.isPartial || !next) return;
      await readPage(current(), { isFirst: false });
      if (opened.id === id && nexts.get(id) !== next) this.all();
    },
  };
}
