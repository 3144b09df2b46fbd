// Conversations and their messages: events in, the state that is shown out, idempotent.
// A gap in the sequences is noticed here, and what is missing asked for.

const ASK_AGAIN_AFTER = 10_000;

/** The lastMessage of a conversation is its newest message, held or not. */
function fromList(shape) {
  return {
    ...shape,
    /** Sequence up to which nothing is missing; also the cursor to resume from. */
    held: shape.sequence,
    /** Sequence to message. */
    messages: new Map(),
    /** Whether the newest page of history has been loaded, and whether there is an older one. */
    isLoaded: false,
    hasMore: true,
    /** Person to the sequences they have. */
    receipts: new Map(),
    /** The catch-up under way: `{until, at}`. */
    asked: null,
  };
}

/**
 * `ask(conversationId, sequence)` requests a catch-up and says whether the request went out;
 * `refresh()` is called when the list of conversations must be fetched again.
 */
export function createConversations({ userId, list, catchupLimit, clock, ask, refresh }) {
  let conversations = new Map(list.map((shape) => [shape.conversationId, fromList(shape)]));

  const get = (conversationId) => conversations.get(conversationId);

  function askFrom(conversation) {
    if (conversation.held >= conversation.sequence) {
      conversation.asked = null;
      return;
    }
    const { asked } = conversation;
    const isUnderWay = asked && conversation.held < asked.until && clock.now() - asked.at < ASK_AGAIN_AFTER;
    if (isUnderWay) return;
    if (ask(conversation.conversationId, conversation.held)) expect(conversation);
  }

  function expect(conversation) {
    const until = Math.min(conversation.held + catchupLimit, conversation.sequence);
    conversation.asked = { until, at: clock.now() };
  }

  function advance(conversation) {
    while (conversation.messages.has(conversation.held + 1)) conversation.held += 1;
    askFrom(conversation);
  }

  function readUpTo(conversation, sequence) {
    conversation.readSequence = Math.max(conversation.readSequence, sequence);
  }

  function ready({ conversations: states }, resumed) {
    const named = new Set(states.map(({ conversationId }) => conversationId));
    if (named.size !== conversations.size || [...named].some((id) => !conversations.has(id))) refresh();
    for (const { conversationId, sequence, readSequence } of states) {
      const conversation = get(conversationId);
      if (conversation === undefined) continue;
      conversation.sequence = Math.max(conversation.sequence, sequence);
      readUpTo(conversation, readSequence);
      // What was asked for on another connection will not be answered on this one.
      conversation.asked = null;
      if (resumed.has(conversationId) && resumed.get(conversationId) === conversation.held) {
        expect(conversation);
      }
      askFrom(conversation);
    }
  }

  function message(event) {
    const conversation = get(event.conversationId);
    if (conversation === undefined) {
      refresh();
      return false;
    }
    const isNew = event.sequence > conversation.held && !conversation.messages.has(event.sequence);
    conversation.messages.set(event.sequence, event);
    // Who answers has read what they answer to: the server takes it so, too.
    if (event.senderId === userId) readUpTo(conversation, event.sequence);
    if (event.sequence >= conversation.sequence) {
      conversation.sequence = event.sequence;
      conversation.lastMessage = event;
    }
    advance(conversation);
    return isNew;
  }

  function receipt({ type, conversationId, senderId, sequence }) {
    const conversation = get(conversationId);
    if (conversation === undefined) return;
    if (senderId === userId) {
      if (type === "read") readUpTo(conversation, sequence);
      return;
    }
    const { delivered = 0, read = 0 } = conversation.receipts.get(senderId) ?? {};
    conversation.receipts.set(senderId, {
      delivered: Math.max(delivered, sequence),
      read: type === "read" ? Math.max(read, sequence) : read,
    });
  }

  return {
    get,
    all: () =>
      [...conversations.values()].sort(
        (one, other) => activity(other) - activity(one) || other.conversationId - one.conversationId,
      ),

    /** What to resume from: conversation and sequence, the liveliest first. */
    cursors() {
      return this.all().map(({ conversationId, held }) => [conversationId, held]);
    },

    /** Take an event in. True if it brought a message that was not here before. */
    receive(event, { resumed = new Map() } = {}) {
      switch (event.type) {
        case "ready":
          ready(event, resumed);
          return false;
        case "message":
          return message(event);
        case "read":
        case "delivered":
          receipt(event);
          return false;
        case "conversation":
          refresh();
          return false;
        default:
          return false;
      }
    },

    /** The list as the server gives it now. */
    replaceList(shapes) {
      const before = conversations;
      conversations = new Map();
      for (const shape of shapes) {
        const known = before.get(shape.conversationId);
        conversations.set(shape.conversationId, known ?? fromList(shape));
        if (known === undefined) continue;
        known.title = shape.title;
        known.participants = shape.participants;
        readUpTo(known, shape.readSequence);
        if (shape.sequence > known.sequence) {
          known.sequence = shape.sequence;
          known.lastMessage = shape.lastMessage;
        }
        askFrom(known);
      }
    },

    /** A page of history, as `GET …/messages/` gives it. */
    addHistory(conversationId, { messages, hasMore }) {
      const conversation = get(conversationId);
      if (conversation === undefined) return;
      for (const event of messages) conversation.messages.set(event.sequence, event);
      conversation.isLoaded = true;
      conversation.hasMore = hasMore;
      const newest = messages[0];
      if (newest !== undefined && newest.sequence > conversation.sequence) {
        conversation.sequence = newest.sequence;
        conversation.lastMessage = newest;
      }
      advance(conversation);
    },

    /** Ask again for what an answer was lost of. To be called now and then. */
    tick() {
      for (const conversation of conversations.values()) askFrom(conversation);
    },

    /** The message, if it is held here. */
    messageOf: (conversationId, messageId) =>
      [...(get(conversationId)?.messages.values() ?? [])].find((message) => message.messageId === messageId),

    isKnown: (conversationId) => conversations.has(conversationId),
  };
}

function activity({ lastMessage }) {
  return lastMessage === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(lastMessage.timestamp);
}

export function unreadOf({ sequence, readSequence }) {
  return Math.max(0, sequence - readSequence);
}

/** The messages that are shown: from the newest back to the first one missing. */
export function shownMessages(conversation) {
  return [...conversation.messages.values()].sort((one, other) => one.sequence - other.sequence);
}

/** "sent", "delivered" or "read": what all the others have. */
export function receiptState({ participants, receipts }, sequence, userId) {
  const others = participants.filter((person) => person.userId !== userId);
  const all = (kind) =>
    others.length > 0 && others.every((person) => (receipts.get(person.userId)?.[kind] ?? 0) >= sequence);
  if (all("read")) return "read";
  return all("delivered") ? "delivered" : "sent";
}
