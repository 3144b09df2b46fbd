// What happens when: events, the person's hand, and time change the state, and the view shows it.

import { attempt } from "./api.js";
import { createCompany } from "./company.js";
import { createConversations } from "./conversations_state.js";
import { createDrawing } from "./drawing.js";
import { createGroupActions } from "./group_actions.js";
import { createHistory } from "./history.js";
import { createInvitations } from "./invitations.js";
import { createLine } from "./line_state.js";
import { createLoading } from "./loading.js";
import { createMarking } from "./marking.js";
import { excerptOf, shownTitleOf } from "./model.js";
import { createOpened } from "./opened_state.js";
import { createPeople } from "./people_state.js";
import { createIdle } from "./presence_state.js";
import { createReading } from "./reading.js";
import { createRecounting } from "./recounting.js";
import { createRefusals } from "./refusals.js";
import { createShowing } from "./showing.js";
import { createStream } from "./stream.js";
import { createThreadActions } from "./thread_actions.js";
import { receiptLinesOf } from "./thread_model.js";
import { createOthersTyping, createOwnTyping, createOwnUploading } from "./typing_state.js";
import { createWriting } from "./writing.js";

const TICK_EVERY = 15_000;
/** States of the stream in which there is no connection, and none is being made. */
const LOST = new Set(["waiting", "ended", "wrong-account"]);

/** `page` is the browser around it: `isHidden()`, `isCovered()`, `isOnline()`, `hasFocus()`, `open(query)`, `address(id)`, `signIn()`,
 * `startAnew()`, `newId()`. */
export function createApp({ bootstrap, say, locale, clock, random, storage, api, files, page, view }) {
  const { userId, name } = bootstrap;
  let streamState = "connecting";
  /** Whether this browser is signed in as somebody else, until it is known that it is not. */
  let isElsewhere = false;
  let resumed = new Map();
  let isReadyAgain = false;
  let filter = "";
  const opened = createOpened();
  const draw = createDrawing({
    soon: page.soon,
    clock,
    show() {
      view.show(shown());
      reading.load();
      loading.look();
    },
  });

  const stream = createStream({
    userId,
    open: page.open,
    cursors() {
      const cursors = conversations.cursors();
      resumed = new Map(cursors.map(([conversationId, ...cursor]) => [conversationId, cursor]));
      isReadyAgain = false;
      return cursors;
    },
    isIdle: () => idle.connecting(),
    peopleVersion: () => people.version(),
    clock,
    random,
    heartbeatInterval: bootstrap.heartbeatInterval,
    onEvents,
    onState(state, code) {
      streamState = state;
      line.became(state);
      if (state === "ended") page.signIn();
      if (state === "wrong-account") isElsewhere = true;
      if (state === "open") isElsewhere = false;
      if (LOST.has(state)) {
        writing.lost(code);
        conversations.disconnected();
      }
      if (state === "waiting") {
        // Nobody would say that they stopped.
        typing.reset();
        company.disconnected();
      }
      draw();
    },
  });
  const { send } = stream;
  const people = createPeople({ version: bootstrap.peopleVersion });
  const line = createLine({ clock, onChange: draw });
  const typing = createOthersTyping({ clock, onChange: draw });
  const isCapped = (conversationId) => conversations.get(conversationId)?.typingCapped ?? false;
  const ownTyping = createOwnTyping({ send, clock, typingTimeout: bootstrap.typingTimeout, isCapped });
  const ownUploading = createOwnUploading({ send, clock, ownTyping, isCapped });
  const idle = createIdle({ send, clock, isHidden: page.isHidden() });
  const conversations = createConversations({
    userId,
    list: bootstrap.conversations,
    next: bootstrap.next,
    undelivered: bootstrap.undelivered,
    isOpen: (conversationId) => conversationId === opened.id,
    clock,
    ask: (conversationId, sequence, revision) =>
      send({ type: "message", conversationId, isCatchup: true, sequence, revision }),
    refresh: (conversationIds) => loading.refresh(conversationIds),
    recount: createRecounting({
      ...{ api, clock },
      isKnown: (conversationId) => conversations.isKnown(conversationId),
      learn(shape) {
        conversations.learn(shape);
        draw();
      },
    }),
    reconnect: stream.renew,
    people,
  });
  const company = createCompany({
    ...{ userId, bootstrap, conversations, opened, send, clock, draw },
    ask: (ids) => attempt(() => api.presences(ids)),
    askPrivacy: (choice) => attempt(() => api.choosePrivacy(choice)),
    isHidden: page.isHidden,
  });
  const { presences, glimpse } = company;
  const loading = createLoading({
    ...{ api, conversations, opened, clock, draw },
    onRead() {
      company.settle();
      company.look();
      reading.soon();
    },
    onLost(conversation) {
      const key = writing.isLeftIn(opened.id) ? "no-longer-in-unsent" : "no-longer-in";
      if (conversation !== undefined) view.notify(say(key, { title: shownTitleOf(conversation, userId) }));
      open(null, { replace: true });
    },
  });
  const history = createHistory({
    conversations,
    api,
    onLoaded() {
      reading.soon();
      draw();
    },
  });
  const writing = createWriting({
    ...{ userId, storage, clock, send, say, locale, files, opened, conversations, ownTyping, ownUploading, draw },
    limits: { maxContent: bootstrap.maxContent, maxBytes: bootstrap.mediaMaxBytes },
    newId: page.newId,
    hasFocus: page.hasFocus,
    notify: view.notify,
  });
  const { outbox } = writing;
  const marking = createMarking({ send, clock, isOpen: stream.isOpen, soon: page.soon });
  const reading = createReading({
    ...{ userId, conversations, opened, history, send, clock, draw },
    sendMark: marking.send,
    complain: () => view.complain(say("unreachable")),
    complainElsewhere: () => view.notify(say("unreachable")),
    isAttentive: () => !page.isHidden() && page.hasFocus() && !page.isCovered() && !idle.isIdle(),
  });
  const actions = createThreadActions({
    ...{ opened, conversations, history, outbox, say, draw },
    tell: view.complain,
  });
  const groups = createGroupActions({ userId, api, conversations, opened, refresh: loading.refresh, open, say, draw });
  const invitations = createInvitations({
    ...{ api, list: bootstrap.invitations, conversations, open, say, draw },
    notify: view.notify,
  });
  const showing = createShowing({ conversations, opened, company, writing, reading, groups, people, loading, invitations });
  const refused = createRefusals({
    ...{ writing, marking, conversations, company, idle, send, clock, say },
    complain: view.complain,
    notify: view.notify,
  });
  const current = () => conversations.get(opened.id);

  function context() {
    const ownName = people.nameOf(userId, name);
    return { userId, name: ownName, presences, glimpse, typing, say, locale, now: clock.now(), knownUntil: line.knownUntil(), openId: opened.id };
  }

  function shown() {
    const now = { streamState, isDown: line.isDown(), isElsewhere, isOnline: page.isOnline(), filter };
    return showing({ ...now, ...context() });
  }

  function onEvents(events) {
    for (const event of events) onEvent(people.named(event));
    reading.soon();
    draw();
  }

  function onEvent(event) {
    // A catch-up tells of the past, and comes after the snapshot of who types now.
    if (event.type === "typing" || (event.type === "message" && !event.isCatchup)) typing.receive(event);
    if (event.type === "person") typing.renamed(event);
    if (event.type === "presence") return company.heard(event);
    if (event.type === "error") return refused(event);
    if (event.type === "ready") onReady(event);
    invitations.heard(event);
    const isNew = conversations.receive(event, { resumed });
    if (event.type === "message") onMessage(event, isNew);
    if (event.type === "reaction") writing.outbox.heard(event);
    if (event.type === "ready") {
      // Were it to come again on this connection, no catch-up would follow by itself.
      resumed = new Map();
      isReadyAgain = true;
      writing.opened();
    }
  }

  function onReady(event) {
    company.ready(event);
    people.ready(event);
    typing.reset();
    ownTyping.reconnected();
    marking.opened(event.limits);
    reading.reconnected();
    history.reconnected();
    idle.ready();
    send({ type: "presence" });
    loading.connected({ isReadyAgain });
    invitations.connected();
  }

  function onMessage(event, isNew) {
    writing.heard(event);
    if (event.senderId === userId || !isNew) return;
    if (event.conversationId === opened.id) reading.arrived(current(), event);
    if (!event.isCatchup) announce(event);
  }

  function announce(event) {
    // What is said elsewhere is told by the counts; here nobody is to look for it.
    if (event.conversationId !== opened.id) return;
    view.announce(say("someone-said", { name: event.senderName, content: excerptOf(event, say) }));
  }

  /** Of one that is not loaded nothing can be shown before. */
  async function openOnceLoaded(conversationId, how) {
    await loading.refresh([conversationId]);
    if (conversations.isKnown(conversationId)) open(conversationId, how);
    else view.notify(say("not-here"));
  }

  function open(conversationId, { replace = false, fromHistory = false } = {}) {
    const isUnloaded = conversationId !== null && !conversations.isKnown(conversationId) && conversations.isIn(conversationId);
    if (isUnloaded) return openOnceLoaded(conversationId, { replace, fromHistory });
    ownTyping.stop();
    reading.open(conversationId);
    loading.opened();
    if (!fromHistory) page.address(conversationId, { replace });
    else if (conversationId !== null && !conversations.isKnown(conversationId)) view.notify(say("not-here"));
    company.look();
    draw();
  }

  function tick() {
    conversations.tick();
    history.tick();
    company.look();
    draw();
    clock.setTimeout(tick, TICK_EVERY);
  }

  return {
    start() {
      const { conversationId, openedConversation } = bootstrap;
      if (openedConversation) conversations.learnAll([], [openedConversation]);
      if (conversations.isKnown(conversationId)) reading.start(conversationId);
      view.show(shown());
      stream.start();
      tick();
    },
    open,
    ...actions,
    ...reading.actions,
    ...writing.actions,
    /** Write on at what could not be sent. */
    rework(id, conversationId = opened.id) {
      if (conversationId !== opened.id) open(conversationId);
      writing.actions.takeBack(id);
    },
    ...groups,

    ...loading.actions,
    ...invitations.actions,

    receipts(sequence) {
      loading.everybody();
      return receiptLinesOf(current(), sequence, context());
    },

    blurred: ownTyping.blurred,
    focused: ownTyping.focused,

    choose: company.choose,
    chooseDuration: company.chooseDuration,
    choosePrivacy: company.choosePrivacy,

    filter(text) {
      filter = text;
      loading.filter(text);
      draw();
    },

    /** Nothing more is told or sent here: this browser is signed in as somebody else. */
    wrongAccount: stream.wrongAccount,
    signIn: page.signIn,
    startAnew: page.startAnew,

    touched() {
      idle.touched();
      stream.used();
      reading.attention();
    },
    /** The window has the focus, or has it no longer; or nothing covers it any more. */
    attention: reading.attention,
    visibility() {
      idle.visibility(page.isHidden());
      if (!page.isHidden()) {
        stream.hurry();
        company.look();
      }
      reading.attention();
      draw();
    },
    online: stream.hurry,
    offline() {
      stream.hurry();
      draw();
    },
    leaving: ownTyping.stop,
  };
}
