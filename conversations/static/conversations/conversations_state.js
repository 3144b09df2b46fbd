// Conversations and their messages: events in, the state that is shown out, idempotent.

import { createCatchup, cursorsOf } from "./catchup_state.js";
import { fromList } from "./from_list.js";
import { createListEnd } from "./list_end.js";
import { membersFrom, membersWith } from "./members_state.js";
import { revisionOf } from "./messages_state.js";
import { createPeople } from "./people_state.js";
import { createSwitches, raise, raiseAll } from "./receipts_state.js";
import { createUnloaded } from "./unloaded_state.js";
import { createUnread } from "./unread_state.js";

/**
 * `ask(conversationId, sequence, revision)` requests a catch-up and says whether the request went out;
 * `refresh(conversationIds)` is called when these must be fetched, since they are not loaded, changed, or are perhaps no
 * longer the person's; `recount(conversationId)` when the unread messages of one must be counted, and `reconnect()` when an
 * answer that is still to come must not come. `people` knows what everybody is called, `isOpen(conversationId)` what is
 * looked at. `list` is the first page of the list, `next` what to ask for to get the one that follows ("": there is none), and
 * `undelivered` the ids of those of which no device of the person has everything.
 */
export function createConversations(options) {
  const { userId, list, clock, ask, refresh, recount = () => {}, reconnect = () => {}, people = createPeople(), isOpen = () => false, undelivered } = options;
  const conversations = new Map(list.map((shape) => [shape.conversationId, fromList(shape, people)]));
  const catchup = createCatchup({ clock, ask });
  const unread = createUnread({ userId, recount });
  const end = createListEnd(options);
  const unloaded = createUnloaded({ undelivered });
  const switches = createSwitches();
  /** Those that were lost while an answer about them was to come. */
  const answersToCome = new Set();
  /** Loaded conversations that the person is not in, as the server said, until they are read again. */
  const doubtful = new Set();
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
    else if (seesReceipts === false) refresh([...conversations.keys()]);
    seesReceipts = isShown;
  }

  function ready({ conversations: states, showsReceipts = true }, resumed) {
    see(showsReceipts);
    switches.ready();
    const named = new Set(states.map(({ conversationId }) => conversationId));
    const lost = [...conversations.keys()].filter((id) => !named.has(id));
    const others = states.filter(({ conversationId }) => !conversations.has(conversationId));
    const news = unloaded.ready(others);
    doubtful.clear();
    for (const id of lost) doubtful.add(id);
    const wanted = [...lost, ...(end.isWhole() ? unloaded.ids() : news)];
    if (wanted.length > 0) refresh(wanted);
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
    doubtful.delete(shape.conversationId);
    const { title, isDirect, isAdmin, historyVisible, presenceCapped, typingCapped } = shape;
    const members = membersFrom(shape, people, isOpen(shape.conversationId) ? known : null);
    Object.assign(known, { title, isDirect, isAdmin, historyVisible, presenceCapped, typingCapped, ...members });
    raiseAll(known.receipts, shape.participants);
    unread.told(known, shape);
    known.revision = Math.max(known.revision, shape.revision ?? 0);
    known.sequence = Math.max(known.sequence, shape.sequence);
    if (shape.lastMessage) last(known, people.named(shape.lastMessage));
    activeSince(known, shape.activeAt);
    catchup.askFor(known);
  }

  /** Conversations as the server gives them now: those that are here, and others. */
  function take(shapes) {
    const others = shapes.filter(({ conversationId }) => !conversations.has(conversationId));
    for (const shape of others) {
      conversations.set(shape.conversationId, fromList(shape, people));
      unloaded.drop(shape.conversationId);
    }
    for (const shape of shapes) learn(shape);
    // Its answer would be taken for one about what is asked from now on.
    if (others.some(({ conversationId }) => answersToCome.has(conversationId))) reconnect();
  }

  function lose(conversationId) {
    unloaded.drop(conversationId);
    doubtful.delete(conversationId);
    if ((get(conversationId)?.asked ?? null) !== null) answersToCome.add(conversationId);
    conversations.delete(conversationId);
  }

  /** Whether it changes how many messages are unread, beside those that come. */
  const isOwnMark = ({ type, senderId }) => type === "unread" || (type === "read" && senderId === userId);

  return {
    get,
    isKnown: (conversationId) => conversations.has(conversationId),
    /** Whether the person is in it, loaded or not. Before that was told it may be so. */
    isIn: (conversationId) =>
      (conversations.has(conversationId) && !doubtful.has(conversationId)) ||
      unloaded.has(conversationId) ||
      (!end.isWhole() && !unloaded.isTold()),
    learn,
    /** Those of the list, as far as it has been read without a gap. */
    listed() {
      return this.all().filter(end.holds);
    },
    next: end.next,
    isWhole: end.isWhole,
    /** Whether whatever is looked for is here: all conversations, and all who are in them. */
    isAllHere: () => end.isWhole() && [...conversations.values()].every(({ isPartial }) => !isPartial),
    totalUnread: () => [...conversations.values()].reduce((sum, one) => sum + unreadOf(one), unloaded.unread()),
    all: () =>
      [...conversations.values()].sort(
        (one, other) => other.activeAt - one.activeAt || other.conversationId - one.conversationId,
      ),

    /** What to resume from: conversation, sequence and revision, the liveliest first. */
    cursors() {
      return cursorsOf(this.all());
    },

    /**
     * Take an event in. True if it brought a message that was not here before.
     * `resumed`: what the connection was opened with, conversation to `[sequence, revision]`.
     */
    receive(event, { resumed = new Map() } = {}) {
      const conversation = get(event.conversationId);
      if (event.type === "person") person(event);
      else if (event.type === "ready") ready(event, resumed);
      else if (event.type === "conversation" && !event.isCatchup) refresh([event.conversationId]);
      else if (event.type === "conversation") conversation && catchup.ended(conversation, event);
      else if (conversation !== undefined) return receiveIn(conversation, event);
      else if (event.type === "message" || (unloaded.has(event.conversationId) && isOwnMark(event))) refresh([event.conversationId]);
      return false;
    },

    /** What the server answered about these: those that are not among the shapes are not the person's any more. */
    learnAll(conversationIds, shapes) {
      const answered = new Set(shapes.map(({ conversationId }) => conversationId));
      for (const id of conversationIds) if (!answered.has(id)) lose(id);
      take(shapes);
    },

    /** The page of the list that `next` stood for. Whatever it tells of that was not in its place is fetched at the end. */
    addPage({ conversations: shapes, next: after }) {
      take(shapes);
      end.moveTo(shapes, after);
      if (end.isWhole() && unloaded.ids().length > 0) refresh(unloaded.ids());
    },

    /** A page of the people in a conversation. */
    learnMembers(conversationId, page, { isFirst }) {
      const known = get(conversationId);
      if (known === undefined) return;
      Object.assign(known, membersWith(known, page, people, { isFirst }));
      raiseAll(known.receipts, page.participants);
    },

    /** An `error` event about a catch-up. */
    refused({ conversationId, code }) {
      const conversation = get(conversationId);
      if (conversation !== undefined) catchup.refused(conversation, code);
    },

    /** The server refused something because the person is not in it; they may have been added again since. */
    doubt(conversationId) {
      if (!conversations.has(conversationId) || doubtful.has(conversationId)) return;
      doubtful.add(conversationId);
      refresh([conversationId]);
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
