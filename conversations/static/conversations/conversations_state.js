// Conversations and their messages: events in, the state that is shown out, idempotent.

import { createCatchup, cursorOf } from "./catchup_state.js";
import { createMessages, revisionOf } from "./messages_state.js";
import { createPeople } from "./people_state.js";
import { createReactions } from "./reactions_state.js";
import { createSwitches, raise, raiseAll } from "./receipts_state.js";
import { createUnread, unreadOfShape } from "./unread_state.js";

// More conversations than this would make the address too long; `ready` tells of the rest.
const MAX_CURSORS = 200;
/** Characters. */
const MAX_CURSORS_LENGTH = 6_000;

/** At most so many messages are shown before those that are looked at, and after them: the page stays light. */
export const REACH = 100;

/** The lastMessage of a conversation is its newest message, held or not. */
function fromList(shape, people) {
  const receipts = new Map();
  raiseAll(receipts, shape.participants);
  return {
    ...shape,
    ...cursorOf(shape),
    ...unreadOfShape(shape),
    participants: people.participants(shape.participants),
    activeAt: Date.parse(shape.activeAt),
    receipts,
    messages: createMessages(),
    reactions: createReactions(),
    /** Whether the newest page of history has been loaded. */
    isLoaded: false,
    /** The sequence of the very first message, once it is known. */
    oldest: null,
  };
}

/**
 * `ask(conversationId, sequence, revision)` requests a catch-up and says whether the request went out;
 * `refresh()` is called when the list of conversations must be fetched again, `recount(conversationId)` when
 * one of them must, and `reconnect()` when an answer that is still to come must not come. `people` knows what
 * everybody is called.
 */
export function createConversations(options) {
  const { userId, list, clock, ask, refresh, recount = () => {}, reconnect = () => {}, people = createPeople() } = options;
  let conversations = new Map(list.map((shape) => [shape.conversationId, fromList(shape, people)]));
  const catchup = createCatchup({ clock, ask });
  const unread = createUnread({ userId, recount });
  const switches = createSwitches();
  /** Those that were lost while an answer about them was to come. */
  const answersToCome = new Set();
  /** Whether the person is told what others have received and read; unknown before the first `ready`. */
  let seesReceipts = null;

  const get = (conversationId) => conversations.get(conversationId);

  /** The newest message there is. Of one message, the later change. */
  function last(conversation, event) {
    if (event.sequence < conversation.sequence) return;
    const { lastMessage } = conversation;
    const isStale = lastMessage?.messageId === event.messageId && revisionOf(lastMessage) > revisionOf(event);
    conversation.sequence = event.sequence;
    activeSince(conversation, event.timestamp);
    if (!isStale) conversation.lastMessage = event;
  }

  /** Who hides their receipts sees nobody's; once they show them, the list tells of the others' again. */
  function see(isShown) {
    if (!isShown) for (const { receipts } of conversations.values()) receipts.clear();
    else if (seesReceipts === false) refresh();
    seesReceipts = isShown;
  }

  function ready({ conversations: states, showsReceipts = true }, resumed) {
    see(showsReceipts);
    switches.ready();
    const named = new Set(states.map(({ conversationId }) => conversationId));
    if (named.size !== conversations.size || [...named].some((id) => !conversations.has(id))) refresh();
    for (const state of states) {
      const { conversationId, sequence, revision = 0, presenceCapped, typingCapped } = state;
      const conversation = get(conversationId);
      if (conversation === undefined) continue;
      unread.told(conversation, state);
      conversation.sequence = Math.max(conversation.sequence, sequence);
      conversation.revision = Math.max(conversation.revision, revision);
      Object.assign(conversation, { presenceCapped, typingCapped });
      catchup.connected(conversation, resumed.get(conversationId));
    }
  }

  function message(conversation, event) {
    const { messages, reactions, held } = conversation;
    const isNew = event.sequence > held && !messages.has(event.sequence);
    if (event.sequence > held) messages.put(event);
    else messages.putAside(event);
    // A message that is caught up is the whole truth about it; one that is deleted has no reactions.
    if (event.isCatchup || event.isDeleted) reactions.settle(event.messageId, revisionOf(event));
    unread.heard(conversation, event);
    last(conversation, event);
    if (event.revision && !event.isCatchup) catchup.changed(conversation, event.revision);
    else catchup.advance(conversation);
    return isNew;
  }

  function reaction(conversation, event) {
    // It was overtaken by what tells of more, and is in what is held.
    if (!event.isCatchup && event.revision <= conversation.heldRevision) return;
    conversation.reactions.receive(event, { isTold: Boolean(event.isCatchup) });
    if (event.revision && !event.isCatchup) catchup.changed(conversation, event.revision);
  }

  function receipt(conversation, event) {
    const { type, senderId, sequence } = event;
    if (senderId !== userId && switches.allows(event)) raise(conversation.receipts, senderId, { [type]: sequence });
    if (senderId === userId && type === "read") unread.readUpTo(conversation, sequence);
  }

  /** Somebody is called something else from now on, or their account is active no longer, or again. */
  function person(event) {
    people.heard(event);
    for (const conversation of conversations.values()) {
      conversation.participants = people.participants(conversation.participants);
      conversation.messages.rewrite(people.named);
      conversation.reactions.rename(people.nameOf);
      if (conversation.lastMessage) conversation.lastMessage = people.named(conversation.lastMessage);
    }
  }

  /** An event of a conversation that is known here. True if it brought a new message. */
  function receiveIn(conversation, event) {
    switch (event.type) {
      case "message":
        return message(conversation, event);
      case "reaction":
        reaction(conversation, event);
        return false;
      case "read":
      case "delivered":
        receipt(conversation, event);
        return false;
      case "receipts":
        switches.heard(conversation, event);
        return false;
      case "unread":
        unread.marked(conversation, event);
        return false;
      default:
        return false;
    }
  }

  /** What `GET /api/conversations/12/` says of it now. */
  function learn(shape) {
    const known = get(shape.conversationId);
    if (known === undefined) return;
    const { title, isDirect, isAdmin, historyVisible, presenceCapped, typingCapped } = shape;
    const participants = people.participants(shape.participants);
    Object.assign(known, { title, isDirect, participants, isAdmin, historyVisible, presenceCapped, typingCapped });
    raiseAll(known.receipts, participants);
    unread.told(known, shape);
    known.revision = Math.max(known.revision, shape.revision ?? 0);
    known.sequence = Math.max(known.sequence, shape.sequence);
    if (shape.lastMessage) last(known, people.named(shape.lastMessage));
    activeSince(known, shape.activeAt);
    catchup.askFor(known);
  }

  return {
    get,
    isKnown: (conversationId) => conversations.has(conversationId),
    learn,
    all: () =>
      [...conversations.values()].sort(
        (one, other) => other.activeAt - one.activeAt || other.conversationId - one.conversationId,
      ),

    /** What to resume from: conversation, sequence and revision, the liveliest first. */
    cursors() {
      const cursors = [];
      let length = 0;
      for (const { conversationId, held, heldRevision } of this.all().slice(0, MAX_CURSORS)) {
        const cursor = [conversationId, held, heldRevision];
        length += cursor.join(":").length + 1;
        if (length > MAX_CURSORS_LENGTH) break;
        cursors.push(cursor);
      }
      return cursors;
    },

    /**
     * Take an event in. True if it brought a message that was not here before.
     * `resumed`: what the connection was opened with, conversation to `[sequence, revision]`.
     */
    receive(event, { resumed = new Map() } = {}) {
      const conversation = get(event.conversationId);
      if (event.type === "person") person(event);
      else if (event.type === "ready") ready(event, resumed);
      else if (event.type === "conversation" && !event.isCatchup) refresh();
      else if (event.type === "conversation") conversation && catchup.ended(conversation, event);
      else if (conversation !== undefined) return receiveIn(conversation, event);
      else if (event.type === "message") refresh();
      return false;
    },

    /** The list as the server gives it now. */
    replaceList(shapes) {
      const before = conversations;
      const kept = (shape) => before.get(shape.conversationId) ?? fromList(shape, people);
      conversations = new Map(shapes.map((shape) => [shape.conversationId, kept(shape)]));
      for (const { conversationId, asked } of before.values()) {
        if (asked !== null && !conversations.has(conversationId)) answersToCome.add(conversationId);
      }
      for (const shape of shapes) learn(shape);
      // Its answer would be taken for one about what is asked from now on.
      if (shapes.some(({ conversationId }) => !before.has(conversationId) && answersToCome.has(conversationId))) reconnect();
    },

    /** An `error` event about a catch-up. */
    refused({ conversationId, code }) {
      const conversation = get(conversationId);
      if (conversation !== undefined) catchup.refused(conversation, code);
    },

    /** What was asked for does not come any more. */
    disconnected() {
      answersToCome.clear();
      catchup.disconnected(conversations.values());
    },

    /** A page of history, as `GET …/messages/` gives it. */
    addHistory(conversationId, page) {
      const { hasMore, hasNewer } = page;
      const [messages, reactions, quoted] = [page.messages, page.reactions, page.quoted].map((events = []) => events.map(people.named));
      const conversation = get(conversationId);
      if (conversation === undefined) return;
      for (const event of messages) {
        conversation.messages.put(event);
        conversation.reactions.settle(event.messageId, revisionOf(event));
      }
      for (const event of reactions) conversation.reactions.receive(event, { isTold: true });
      for (const event of quoted) conversation.messages.putAside(event);
      if (!hasMore) conversation.oldest = messages.at(-1)?.sequence ?? conversation.held + 1;
      if (hasNewer === false) startFrom(conversation, messages[0]);
      catchup.advance(conversation);
    },

    /** A message that is quoted, or the id and `isDeleted` of one that is gone. */
    addQuoted: (conversationId, event) => get(conversationId)?.messages.putAside(people.named(event)),

    /** Ask again for what an answer was lost of. To be called now and then. */
    tick() {
      for (const conversation of conversations.values()) catchup.askFor(conversation);
    },

    /** The message, be it held or only quoted. */
    messageOf: (conversationId, messageId) => get(conversationId)?.messages.find(messageId),
  };
}

/** With the newest page here, what lies between it and what was held is history that can be turned back to. */
function startFrom(conversation, newest) {
  const hadNone = !conversation.isLoaded && !conversation.messages.has(conversation.held);
  conversation.isLoaded = true;
  if (newest === undefined) return;
  if (hadNone) conversation.held = Math.max(conversation.held, newest.sequence);
  if (newest.sequence >= conversation.sequence) {
    conversation.sequence = newest.sequence;
    activeSince(conversation, newest.timestamp);
    conversation.lastMessage = conversation.messages.find(newest.messageId);
  }
}

/** Its last message is not from before this time. */
function activeSince(conversation, timestamp) {
  conversation.activeAt = Math.max(conversation.activeAt, Date.parse(timestamp));
}

export const unreadOf = ({ unread }) => unread;

/** How many messages from one sequence to another are the others' and can be read. Each that is not held counts as `missing`. */
export function countUnread({ messages }, { from, to, userId, missing }) {
  let count = 0;
  for (let sequence = from; sequence <= to; sequence += 1) {
    const message = messages.at(sequence);
    if (message === undefined) count += missing;
    else if (message.senderId !== userId && !message.isDeleted) count += 1;
  }
  return count;
}

/** What is shown: the messages around `focus` without a hole, or else those up to the newest held. */
export function shownMessages({ messages, held }, focus = null) {
  if (focus === null) return messages.stretch(held, { before: 2 * REACH });
  return messages.stretch(focus, { before: REACH, after: REACH });
}

/** Whether there are older ones before the messages shown, and newer ones after. */
export function hasBeyond(conversation, shown) {
  if (shown.length === 0) return { older: !conversation.isLoaded, newer: false };
  const first = shown[0].sequence;
  return { older: first > 1 && first !== conversation.oldest, newer: shown.at(-1).sequence < conversation.held };
}
