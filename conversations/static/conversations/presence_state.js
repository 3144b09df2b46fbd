// Who is there: what the server says of people, and whether this device is in use.

export const IDLE_AFTER = 5 * 60_000;
/** A page that is hidden for less is being reloaded, or its person glances at another tab. */
export const HIDDEN_IDLE_AFTER = 60_000;
const GLIMPSE_EVERY = 15_000;
const GLIMPSE_LASTS = 45_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is known of each person. An event that is not newer than the last is ignored. */
export function createPresences() {
  const people = new Map();
  let unconfirmed = new Set();

  return {
    receive({ senderId, presenceStatus, timestamp, chosenStatus, sequence = 0 }) {
      unconfirmed.delete(senderId);
      const known = people.get(senderId);
      // What the person themselves chose is told here before others see it, and so before it is counted.
      const isChoice = chosenStatus !== undefined && sequence === known?.sequence;
      const isNewer = known === undefined || sequence > known.sequence || isChoice;
      if (isNewer) people.set(senderId, { status: presenceStatus, lastSeen: timestamp, sequence });
      return isNewer;
    },
    /** After `ready` come those who are not offline; who stays unnamed is to be asked about. */
    ready() {
      unconfirmed = new Set([...people.keys()].filter((id) => people.get(id).status !== "offline"));
    },
    /** Those among `ids` of whom nothing certain is known. */
    unknown: (ids) => ids.filter((id) => !people.has(id) || unconfirmed.has(id)),
    /** The answer of `GET /api/presence/`, asked for `ids`. Events that came meanwhile win. */
    answered(ids, presences) {
      const byId = new Map(presences.map((presence) => [presence.senderId, presence]));
      for (const id of ids) {
        const known = people.get(id);
        if (known !== undefined && !unconfirmed.has(id)) continue;
        unconfirmed.delete(id);
        const { presenceStatus: status = "offline", timestamp: lastSeen } = byId.get(id) ?? {};
        people.set(id, { status, lastSeen, sequence: known?.sequence ?? -1 });
      }
    },
    /** Forget all but these: of the others no word would come when they change. */
    keep(ids) {
      for (const id of people.keys()) if (!ids.has(id)) people.delete(id);
      unconfirmed = new Set([...unconfirmed].filter((id) => ids.has(id)));
    },
    /** "unknown" of whom nothing was heard: that is not the same as offline. */
    statusOf: (userId) => people.get(userId)?.status ?? "unknown",
    lastSeenOf: (userId) => people.get(userId)?.lastSeen,
  };
}

/** The people of one large conversation as they were when last asked about: true for a moment only. */
export function createGlimpse({ clock }) {
  let asked = null;
  let seen = null;

  const isFresh = (conversationId) => seen?.conversationId === conversationId && clock.steady() - seen.at < GLIMPSE_LASTS;

  return {
    /** Whether it is time to ask, again or for the first time. */
    isDue(conversationId) {
      return asked?.conversationId !== conversationId || clock.steady() - asked.at >= GLIMPSE_EVERY;
    },
    asking(conversationId) {
      asked = { conversationId, at: clock.steady() };
    },
    answered(conversationId, ids, presences) {
      // Another was opened meanwhile.
      if (asked?.conversationId !== conversationId) return;
      seen = { conversationId, ids, at: clock.steady(), people: new Map(presences.map((one) => [one.senderId, one])) };
    },
    forget() {
      asked = seen = null;
    },
    /** `{count, online, only}`: how many were asked about, how many were not offline, and the one if it was one. */
    of(conversationId) {
      if (!isFresh(conversationId)) return null;
      const people = seen.ids.map((id) => seen.people.get(id) ?? { presenceStatus: "offline" });
      const online = people.filter(({ presenceStatus }) => presenceStatus !== "offline").length;
      return { count: people.length, online, only: people.length === 1 ? people[0] : null };
    },
  };
}

/** "Online", "Away", "Busy", or when the person was last there. `now` in milliseconds. */
export function lastSeenDisplay({ status, lastSeen, now, say }) {
  if (status === "unknown") return "";
  if (status !== "offline") return say(`status-${status}`);
  if (lastSeen === undefined) return say("status-offline");
  return say("last-seen", { ago: ago(now - Date.parse(lastSeen), say) });
}

function ago(elapsed, say) {
  if (elapsed < MINUTE) return say("ago-now");
  if (elapsed < HOUR) return say("ago-minutes", { count: Math.floor(elapsed / MINUTE) });
  if (elapsed < DAY) return say("ago-hours", { count: Math.floor(elapsed / HOUR) });
  if (elapsed < 7 * DAY) return say("ago-days", { count: Math.floor(elapsed / DAY) });
  return say("ago-week");
}

/**
 * Tells the server when this device falls idle and when it is used again. It falls idle when it was not touched for five
 * minutes, or the page was hidden for one; a page that is being left says nothing.
 */
export function createIdle({ send, clock, isHidden }) {
  let touchedAt = clock.steady();
  let hiddenAt = isHidden ? clock.steady() : null;
  let told = false;
  let timer = null;

  const idleAt = () => Math.min(touchedAt + IDLE_AFTER, (hiddenAt ?? Infinity) + HIDDEN_IDLE_AFTER);
  const isIdle = () => clock.steady() >= idleAt();

  function look() {
    clock.clearTimeout(timer);
    if (!isIdle()) timer = clock.setTimeout(look, idleAt() - clock.steady());
    if (isIdle() !== told && send({ type: "presence", isIdle: isIdle() })) told = isIdle();
  }

  return {
    isIdle,
    touched() {
      touchedAt = clock.steady();
      if (told) look();
    },
    visibility(isHidden) {
      hiddenAt = isHidden ? clock.steady() : null;
      if (!isHidden) touchedAt = clock.steady();
      look();
    },
    /** Whether the device is idle, for a connection that says so as it begins. */
    connecting() {
      told = isIdle();
      return told;
    },
    ready: look,
    /** The server may not know. */
    tellAgain() {
      told = null;
      look();
    },
  };
}
