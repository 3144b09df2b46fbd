// Who is typing or sending files: what this tab tells of its own person, and what it believes of the others.

const REPEAT_EVERY = 3_000;
/** An upload that takes less than this is not told of. */
const UPLOAD_SHOWS_AFTER = 500;
const BLURRED_FOR = 3_000;
const FORGET_AFTER = 15_000;

/**
 * Says that the person is typing, at most every three seconds, and when they stopped. `isCapped(conversationId)`:
 * whether it is too large for that.
 */
export function createOwnTyping({ send, clock, typingTimeout, isCapped = () => false }) {
  let conversation = null;
  let saidAt = null;
  let silence = null;
  let blur = null;

  function forget() {
    clock.clearTimeout(silence);
    clock.clearTimeout(blur);
    conversation = saidAt = silence = blur = null;
  }

  function stop() {
    if (conversation === null) return;
    send({ type: "typing", conversationId: conversation, isTyping: false });
    forget();
  }

  return {
    /** The composer's text changed by the person's hand. */
    wrote(conversationId, text) {
      if (conversation !== null && conversation !== conversationId) stop();
      if (text.trim() === "" || isCapped(conversationId)) return stop();
      conversation = conversationId;
      if (saidAt === null || clock.steady() - saidAt >= REPEAT_EVERY) {
        saidAt = clock.steady();
        send({ type: "typing", conversationId, isTyping: true });
      }
      clock.clearTimeout(silence);
      silence = clock.setTimeout(stop, typingTimeout * 1000);
    },
    blurred() {
      if (conversation === null) return;
      clock.clearTimeout(blur);
      blur = clock.setTimeout(stop, BLURRED_FOR);
    },
    focused() {
      clock.clearTimeout(blur);
    },
    /** Sending ends typing on the server, in the same frame; there is nothing to say. */
    sent: forget,
    /** The connection is a new one, which was never told. */
    reconnected: forget,
    /** Whether the others were told that the person types in the conversation. */
    isIn: (conversationId) => conversation === conversationId,
    stop,
  };
}

/** Says that the person is sending files, for as long as that takes. What they type meanwhile is said instead. */
export function createOwnUploading({ send, clock, ownTyping, isCapped = () => false }) {
  const timers = new Map();
  const told = new Set();

  function tell(conversationId) {
    if (!ownTyping.isIn(conversationId) && !isCapped(conversationId)) {
      told.add(conversationId);
      send({ type: "typing", conversationId, isTyping: true, activity: "upload" });
    }
    timers.set(conversationId, clock.setTimeout(() => tell(conversationId), REPEAT_EVERY));
  }

  function stop(conversationId) {
    clock.clearTimeout(timers.get(conversationId));
    timers.delete(conversationId);
    if (!told.delete(conversationId) || ownTyping.isIn(conversationId)) return;
    send({ type: "typing", conversationId, isTyping: false });
  }

  return {
    /** Whether files of a conversation are on their way, as it is now. */
    became(conversationId, isUploading) {
      if (isUploading === timers.has(conversationId)) return;
      if (!isUploading) return stop(conversationId);
      timers.set(conversationId, clock.setTimeout(() => tell(conversationId), UPLOAD_SHOWS_AFTER));
    },
  };
}

/** Believes a `typing` event for fifteen seconds, or until the person's message arrives. */
export function createOthersTyping({ clock, onChange }) {
  const typists = new Map();

  const of = (conversationId) => typists.get(conversationId) ?? new Map();

  function drop(conversationId, senderId) {
    const people = of(conversationId);
    const entry = people.get(senderId);
    if (entry === undefined) return;
    clock.clearTimeout(entry.timer);
    people.delete(senderId);
    onChange(conversationId);
  }

  function learn({ conversationId, senderId, senderName, activity = "text" }) {
    if (!typists.has(conversationId)) typists.set(conversationId, new Map());
    const people = typists.get(conversationId);
    clock.clearTimeout(people.get(senderId)?.timer);
    const timer = clock.setTimeout(() => drop(conversationId, senderId), FORGET_AFTER);
    people.set(senderId, { name: senderName, activity, timer });
    onChange(conversationId);
  }

  return {
    receive(event) {
      if (event.type === "typing" && event.isTyping) learn(event);
      else drop(event.conversationId, event.senderId);
    },
    /** A `person` event: they may be called something else. */
    renamed({ senderId, senderName }) {
      for (const people of typists.values()) if (people.has(senderId)) people.get(senderId).name = senderName;
    },
    /** `{name, activity}` of each, in the order in which they began. */
    people: (conversationId) => [...of(conversationId).values()].map(({ name, activity }) => ({ name, activity })),
    /** A new `ready` is followed by everyone who types now; what was believed before is void. */
    reset() {
      for (const [conversationId, people] of typists) {
        for (const senderId of [...people.keys()]) drop(conversationId, senderId);
      }
    },
  };
}

/** Activity to the strings that say so. One that is not known here is typing. */
const STRINGS = { audio: "recording", upload: "uploading" };

/**
 * "Alice is typing…", "Alice and Bob are typing…", "Several people are typing…", or nothing; one sentence for each activity.
 */
export function typingText(people, say) {
  const kindOf = ({ activity }) => STRINGS[activity] ?? "typing";
  return ["typing", "recording", "uploading"]
    .map((kind) => sentence(kind, people.filter((person) => kindOf(person) === kind), say))
    .filter((text) => text !== "")
    .join(" ");
}

function sentence(kind, people, say) {
  const [first, second] = people.map(({ name }) => name);
  if (people.length === 0) return "";
  if (people.length === 1) return say(`${kind}-one`, { first });
  if (people.length === 2) return say(`${kind}-two`, { first, second });
  return say(`${kind}-several`);
}
