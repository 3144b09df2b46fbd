// Who is there around the person, what they show of themselves, and what they chose to appear as.

import { endOf } from "./choice_model.js";
import { activeOthersIn, othersIn } from "./model.js";
import { createGlimpse, createPresences } from "./presence_state.js";
import { createWishes } from "./wishes.js";

const SETTLE_AFTER = 1_500;
/** The server answers a choice long before, if it does. */
const WISH_LASTS = 10_000;
/** People asked about in one request. */
export const PEOPLE_AT_ONCE = 200;

function choiceOf(status, until) {
  return { status, until: until === undefined || until === null ? null : Date.parse(until) };
}

/**
 * `opened` knows the open conversation; `ask(userIds)` answers with presences, and `askPrivacy(choice)` with what is
 * shown then, or either with `null`.
 */
export function createCompany({ userId, bootstrap, conversations, opened, ask, askPrivacy, send, clock, isHidden, draw }) {
  const presences = createPresences();
  const glimpse = createGlimpse({ clock });
  let { privacy } = bootstrap;
  const privacyWishes = createWishes({ onChange: draw });
  let told = choiceOf(bootstrap.chosenStatus, bootstrap.chosenUntil);
  /** What was chosen here, until the server tells that it is so. What it told of before is not what is wanted. */
  let wanted = null;
  let wantedTimer = null;

  /** Those whose every change is told here. */
  function followed() {
    if (!privacy.showsPresence) return new Set([userId]);
    const told = conversations.all().filter((conversation) => !conversation.presenceCapped);
    const others = told.flatMap((conversation) => othersIn(conversation, userId));
    return new Set([userId, ...others.map((person) => person.userId)]);
  }

  function giveUp() {
    clock.clearTimeout(wantedTimer);
    wanted = null;
  }

  function tell() {
    const { status, until } = wanted;
    const frame = { type: "presence", presenceStatus: status };
    if (until !== null) frame.until = new Date(until).toISOString();
    clock.clearTimeout(wantedTimer);
    if (!send(frame)) return;
    wantedTimer = clock.setTimeout(() => {
      giveUp();
      draw();
    }, WISH_LASTS);
  }

  function toldOf(status, until) {
    told = choiceOf(status, until);
    if (wanted !== null && wanted.status === told.status && wanted.until === told.until) giveUp();
  }

  async function settle() {
    // Of who is no longer followed no further word would come.
    presences.keep(followed());
    draw();
    const ids = presences.unknown([...followed()]);
    while (ids.length > 0) {
      const some = ids.splice(0, PEOPLE_AT_ONCE);
      const answer = await ask(some);
      if (answer === null) return;
      presences.answered(some, answer);
      draw();
    }
  }

  /** Nobody's changes are told in a large conversation: while it is looked at, it is asked about. */
  async function look() {
    const open = conversations.get(opened.id);
    if (!open?.presenceCapped || !privacy.showsPresence) return glimpse.forget();
    if (isHidden() || !glimpse.isDue(open.conversationId)) return;
    const ids = activeOthersIn(open, userId).map((person) => person.userId).slice(0, PEOPLE_AT_ONCE);
    if (ids.length === 0) return;
    glimpse.asking(open.conversationId);
    const answer = await ask(ids);
    if (answer !== null) glimpse.answered(open.conversationId, ids, answer);
    draw();
  }

  /** `until` in milliseconds, or `null` to last. */
  function choose(status, until = null) {
    wanted = { status, until };
    tell();
    draw();
  }

  /** Turn one switch. False if that could not be told. The stream's new `ready` says what came of it. */
  async function choosePrivacy(name, isOn) {
    let isTold = true;
    await privacyWishes.choose(name, isOn, async () => {
      const answer = await askPrivacy({ [name]: isOn });
      isTold = answer !== null;
      privacy = answer ?? privacy;
    });
    return isTold;
  }

  return {
    presences,
    glimpse,
    settle,
    look,
    /** The switches as they are to be shown. */
    privacy: () => Object.fromEntries(Object.entries(privacy).map(([name, told]) => [name, privacyWishes.of(name, told)])),
    choice: () => wanted ?? told,

    ready({ presenceStatus, until, showsPresence, showsTyping, showsReceipts }) {
      toldOf(presenceStatus, until);
      if (wanted !== null) tell();
      privacy = { showsPresence, showsTyping, showsReceipts };
      presences.ready();
      presences.keep(followed());
      presences.receive({ senderId: userId, presenceStatus: showsPresence ? presenceStatus : "offline", sequence: -1 });
      clock.setTimeout(settle, SETTLE_AFTER);
    },

    heard(event) {
      presences.receive(event);
      if (event.senderId !== userId) return;
      // The answer to a heartbeat says what time it is; a monotonic clock may have stood still while the device slept.
      if (event.timestamp) clock.told(Date.parse(event.timestamp));
      if (event.chosenStatus === undefined) return;
      toldOf(event.chosenStatus, event.until);
    },

    /** The choice under way may not have arrived. It is told again on the next connection. */
    disconnected: () => clock.clearTimeout(wantedTimer),

    /** The server refused the choice under way. False if there is none. */
    refused() {
      const isChoice = wanted !== null;
      giveUp();
      draw();
      return isChoice;
    },

    /** The server did not take the choice under way, if there is one, but may take it now. */
    tellAgain: () => wanted !== null && tell(),

    choose,
    /** `duration`: minutes, "tomorrow", or "" to last. */
    chooseDuration: (duration) => choose((wanted ?? told).status, endOf(duration, clock.now())),
    choosePrivacy,
  };
}
