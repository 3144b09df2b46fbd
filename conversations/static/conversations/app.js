// What happens when: events, the person's hand, and time change the state, and the view shows it.

import { bannerText } from "./banner.js";
import { createConversations, unreadOf } from "./conversations_state.js";
import { createDraftState } from "./draft_state.js";
import { createOutbox } from "./outbox.js";
import { createOutboxStore } from "./outbox_store.js";
import { chosenFrom, createIdle, createPresences } from "./presence_state.js";
import { createStream } from "./stream.js";
import { createOthersTyping, createOwnTyping } from "./typing_state.js";
import { avatarOf, headerOf, itemsOf, othersIn, rowOf, subjectOf } from "./model.js";

const TICK_EVERY = 15_000;
const SETTLE_AFTER = 1_500;
const MARK_AFTER = 200;
const PEOPLE_AT_ONCE = 200;

/** `page` is the browser around it: `isHidden()`, `isOnline()`, `open(query)`, `address(id)`, `signIn()`, `newId()`. */
export function createApp({ bootstrap, say, locale, clock, random, storage, api, page, view }) {
  const { userId, name } = bootstrap;
  let openId = bootstrap.conversationId;
  let chosen = bootstrap.chosenStatus;
  let { privacy } = bootstrap;
  let streamState = "connecting";
  let resumed = new Map();
  let isRefreshing = false;
  let refreshAgain = false;
  let isDrawing = false;
  const marked = new Map();
  const loading = new Set();
  let markTimer = null;

  const stream = createStream({
    open: page.open,
    cursors() {
      const cursors = conversations.cursors();
      resumed = new Map(cursors);
      return cursors;
    },
    clock,
    random,
    heartbeatInterval: bootstrap.heartbeatInterval,
    onEvents,
    onState(state) {
      streamState = state;
      if (state === "ended") page.signIn();
      draw();
    },
  });
  const { send } = stream;
  const drafts = createDraftState();
  const presences = createPresences();
  const typing = createOthersTyping({ clock, onChange: draw });
  const ownTyping = createOwnTyping({ send, clock, typingTimeout: bootstrap.typingTimeout });
  const idle = createIdle({ send, clock, isHidden: page.isHidden() });
  const store = createOutboxStore({ userId, storage });
  const outbox = createOutbox({ userId, store, clock, send, onChange: draw });
  const conversations = createConversations({
    userId,
    list: bootstrap.conversations,
    catchupLimit: bootstrap.catchupLimit,
    clock,
    ask: (conversationId, sequence) => send({ type: "message", conversationId, isCatchup: true, sequence }),
    refresh,
  });

  function context() {
    return { userId, name, presences, typing, say, locale, now: clock.now(), openId };
  }

  // Many events come in one frame and are shown at once.
  function draw() {
    if (isDrawing) return;
    isDrawing = true;
    page.soon(() => {
      isDrawing = false;
      view.show(shown());
    });
  }

  function shown() {
    const around = context();
    const open = conversations.get(openId);
    return {
      streamState,
      banner: bannerText({ streamState, isOnline: page.isOnline(), waiting: outbox.waiting(), say }),
      chosen,
      appearsAs: appearsAs(),
      privacy,
      own: { name, avatar: avatarOf(name, userId) },
      rows: conversations.all().map((conversation) => rowOf(conversation, around)),
      thread: open && {
        conversationId: openId,
        ...headerOf(open, around),
        isLoaded: open.isLoaded,
        items: itemsOf(open, { pending: outbox.of(openId), changes: outbox.changesOf(openId) }, around),
        subject: subjectOf(drafts.of(openId), around),
      },
      totalUnread: conversations.all().reduce((sum, conversation) => sum + unreadOf(conversation), 0),
    };
  }

  function appearsAs() {
    const status = streamState === "open" ? presences.statusOf(userId) : "unknown";
    return status === "unknown" ? "offline" : status;
  }

  function onEvents(events) {
    for (const event of events) onEvent(event);
    markSoon();
    draw();
  }

  function onEvent(event) {
    // A catch-up tells of the past, and comes after the snapshot of who types now.
    if (event.type === "typing" || (event.type === "message" && !event.isCatchup)) typing.receive(event);
    if (event.type === "presence") return onPresence(event);
    if (event.type === "error") return onError(event);
    if (event.type === "ready") onReady(event);
    const isNew = conversations.receive(event, { resumed });
    if (event.type === "message") onMessage(event, isNew);
    if (event.type === "ready") {
      // Were it to come again on this connection, no catch-up would follow by itself.
      resumed = new Map();
      outbox.opened();
    }
  }

  function onReady(event) {
    chosen = event.presenceStatus ?? chosen;
    privacy = { showsPresence: event.showsPresence, showsTyping: event.showsTyping };
    presences.ready();
    presences.keep(followed());
    presences.receive({ senderId: userId, presenceStatus: chosen, sequence: -1 });
    typing.reset();
    ownTyping.reconnected();
    marked.clear();
    idle.ready();
    send({ type: "presence" });
    clock.setTimeout(settlePresences, SETTLE_AFTER);
  }

  function onMessage(event, isNew) {
    drafts.changed(event);
    outbox.heard(event);
    if (event.senderId !== userId && isNew && !event.isCatchup) announce(event);
  }

  function announce({ senderName, content }) {
    view.announce(say("someone-said", { name: senderName, content: content || say("attachment") }));
  }

  function onPresence(event) {
    const isNew = presences.receive(event);
    // Who hides is offline whatever they choose.
    if (!isNew || event.senderId !== userId || !privacy.showsPresence) return;
    chosen = chosenFrom({ chosen, appearsAs: presences.statusOf(userId) });
  }

  /** Those whose every change is told here. */
  function followed() {
    if (!privacy.showsPresence) return new Set([userId]);
    const others = conversations.all().flatMap((conversation) => othersIn(conversation, userId));
    return new Set([userId, ...others.map((person) => person.userId)]);
  }

  function onError(event) {
    outbox.refused(event);
  }

  async function settlePresences() {
    const ids = presences.unknown([...followed()]).slice(0, PEOPLE_AT_ONCE);
    if (ids.length === 0) return;
    const answer = await attempt(() => api.presences(ids));
    if (answer) presences.answered(ids, answer);
    draw();
  }

  async function refresh() {
    refreshAgain = true;
    if (isRefreshing) return;
    isRefreshing = true;
    while (refreshAgain) {
      refreshAgain = false;
      const list = await attempt(() => api.conversations());
      if (list) conversations.replaceList(list);
    }
    isRefreshing = false;
    if (openId !== null && !conversations.isKnown(openId)) open(null, { replace: true });
    settlePresences();
    draw();
  }

  // What can't be read now is read again on the next occasion; the banner says why it is missing.
  async function attempt(request) {
    try {
      return await request();
    } catch {
      return null;
    }
  }

  function markSoon() {
    markTimer ??= clock.setTimeout(() => {
      markTimer = null;
      mark();
    }, MARK_AFTER);
  }

  /** Tell what has arrived here, and what of it was in front of the person's eyes. */
  function mark() {
    for (const conversation of conversations.all()) {
      const last = conversation.lastMessage;
      if (last === undefined || last.sequence > conversation.held) continue;
      if (last.sequence <= conversation.readSequence) continue;
      const isSeen = conversation.conversationId === openId && !page.isHidden();
      const type = isSeen ? "read" : "delivered";
      const mark = `${type}-${last.messageId}`;
      if (marked.get(conversation.conversationId) === mark) continue;
      if (send({ type, conversationId: conversation.conversationId, messageId: last.messageId })) {
        marked.set(conversation.conversationId, mark);
      }
    }
  }

  async function loadHistory(conversationId) {
    const conversation = conversations.get(conversationId);
    if (conversation === undefined || loading.has(conversationId) || !conversation.hasMore) return;
    loading.add(conversationId);
    const before = conversation.isLoaded ? Math.min(...conversation.messages.keys()) : undefined;
    const answer = await attempt(() => api.messages(conversationId, before));
    loading.delete(conversationId);
    if (answer) conversations.addHistory(conversationId, answer);
    markSoon();
    draw();
  }

  function open(conversationId, { replace = false, fromHistory = false } = {}) {
    ownTyping.stop();
    openId = conversationId;
    if (!fromHistory) page.address(conversationId, { replace });
    const conversation = conversations.get(conversationId);
    if (conversation !== undefined && !conversation.isLoaded) loadHistory(conversationId);
    markSoon();
    draw();
  }

  function compose(start, messageId) {
    const message = conversations.messageOf(openId, messageId);
    if (message !== undefined) start(message);
    draw();
  }

  function edit({ conversationId, messageId, content: before, mediaUrl }, content) {
    if (content === "" && !mediaUrl) return say("edit-empty");
    if (content !== before) outbox.edit({ conversationId, messageId, content });
    ownTyping.stop();
    drafts.finish(conversationId);
    draw();
    return null;
  }

  function tick() {
    conversations.tick();
    const conversation = conversations.get(openId);
    if (conversation !== undefined && !conversation.isLoaded) loadHistory(openId);
    draw();
    clock.setTimeout(tick, TICK_EVERY);
  }

  return {
    start() {
      if (openId !== null && !conversations.isKnown(openId)) openId = null;
      view.show(shown());
      stream.start();
      if (openId !== null) loadHistory(openId);
      tick();
    },
    open,
    loadOlder: () => openId !== null && loadHistory(openId),
    wrote: (text) => ownTyping.wrote(openId, text),
    blurred: ownTyping.blurred,
    focused: ownTyping.focused,

    /** The composer is about this message of the open conversation from here on. */
    startReply: (messageId) => compose(drafts.startReply, messageId),
    startEdit: (messageId) => compose(drafts.startEdit, messageId),
    cancelSubject() {
      drafts.finish(openId);
      draw();
    },

    /** The sentence that says why not, or nothing: the message, or its edit, is on its way. */
    say(text) {
      const content = text.trim();
      const excess = [...content].length - bootstrap.maxContent;
      if (excess > 0) return say("too-long", { count: excess });
      const { kind, message } = drafts.of(openId);
      if (kind === "edit") return edit(message, content);
      if (content === "") return null;
      ownTyping.sent();
      drafts.finish(openId);
      const entry = { conversationId: openId, clientMessageId: page.newId(), content };
      outbox.add(kind === "reply" ? { ...entry, replyToMessageId: message.messageId } : entry);
      return null;
    },

    retry: outbox.retry,
    discard: outbox.discard,
    storageChanged: outbox.storageChanged,

    choose(status) {
      if (send({ type: "presence", presenceStatus: status })) chosen = status;
      draw();
    },

    /** Whether it was kept. The stream's new `ready` says what came of it. */
    async choosePrivacy(choice) {
      const answer = await attempt(() => api.choosePrivacy(choice));
      if (answer) privacy = answer;
      draw();
      return answer !== null;
    },

    search: api.people,

    async startConversation(participantIds, title) {
      const shape = await api.startConversation(participantIds, title);
      await refresh();
      open(shape.conversationId);
    },

    touched: idle.touched,
    visibility() {
      idle.visibility(page.isHidden());
      if (!page.isHidden()) stream.hurry();
      markSoon();
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
