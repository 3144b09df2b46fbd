// All that is shown, as one plain value, from the state of everything.

import { bannerText } from "./banner.js";
import { endLabel, ownLine } from "./choice_model.js";
import { groupOf } from "./group_model.js";
import { isFound } from "./list_filter.js";
import { avatarOf, headerOf, rowOf } from "./model.js";
import { hasBeyond, shownMessages } from "./stretches.js";
import { itemsOf, subjectOf } from "./thread_model.js";

/** `around` is what it is seen from: the person, the time, the words; `streamState`, `isDown`, `isOnline` and `filter` are of now. */
export function createShowing({ conversations, opened, company, writing, reading, groups, people, loading, invitations }) {
  const { outbox } = writing;

  function ownShown(streamState, around) {
    const choice = company.choice();
    const ends = choice.until === null ? null : endLabel(choice.until, around);
    const own = { appearsAs: appearsAs(streamState, around), choice };
    return { ...own, ownLine: ownLine(own, around), chosenUntil: ends };
  }

  /** Without a connection nobody knows here what the others see. */
  function appearsAs(streamState, { presences, userId }) {
    if (streamState === "ended") return "offline";
    const status = streamState === "open" ? presences.statusOf(userId) : "unknown";
    return status === "unknown" ? "connecting" : status;
  }

  function threadOf(conversation, around) {
    // First, for it notices what was marked as unread.
    const read = reading.shown(conversation);
    const messages = shownMessages(conversation, opened.focus);
    const { older, newer: hasNewer } = hasBeyond(conversation, messages);
    // The line stands before the first unread message, and so nowhere while that is further up.
    const isBegun = !older || (messages[0]?.sequence ?? 0) <= opened.unreadFrom;
    const unreadFrom = isBegun ? opened.unreadFrom : null;
    // What is still on its way stands after the newest message, and nowhere else.
    const pending = hasNewer ? [] : outbox.of(opened.id);
    const parts = { messages, pending, changes: outbox.changesOf(opened.id), reacting: outbox.reactionsOf(opened.id) };
    const about = writing.subjectOf(opened.id);
    // It may have been taken up under another name.
    const subject = about.kind === "new" ? about : { ...about, message: people.named(about.message) };
    return {
      conversationId: opened.id,
      ...headerOf(conversation, around),
      isLoaded: opened.focus === null ? conversation.isLoaded : messages.length > 0,
      items: itemsOf(conversation, parts, { ...around, unreadFrom }),
      hasNewer,
      ...read,
      target: opened.target,
      subject: subjectOf(subject, around),
      composer: writing.shown(opened.id),
    };
  }

  return function shown({ streamState, isDown, isElsewhere, isOnline, filter, ...around }) {
    const { userId, name, say } = around;
    const current = conversations.get(opened.id);
    const waiting = outbox.lastOfEach();
    const isListed = (conversation) => isFound(conversation, filter, userId) || loading.isFoundInList(conversation, filter);
    return {
      streamState,
      banner: bannerText({ streamState, isDown, isOnline, waiting: outbox.waiting(), say }),
      ...ownShown(streamState, around),
      /** Whose page this is, while this browser is signed in as somebody else. */
      stranded: isElsewhere ? { name, waiting: outbox.waiting() } : null,
      unsent: writing.unsent(around),
      privacy: company.privacy(),
      own: { name, avatar: avatarOf(name, userId) },
      filter,
      invitations: invitations.shown(),
      isFinding: loading.isFindingInList(),
      /** Whether the list goes on behind what is here of it. */
      hasMoreRows: filter.trim() === "" && !conversations.isWhole(),
      rows: (filter.trim() === "" ? conversations.listed() : conversations.all().filter(isListed)).map((conversation) => rowOf(conversation, { ...around, waiting })),
      group: current ? groupOf(groups.withWishes(current), { ...around, isShownMember: loading.isShownMember }) : null,
      thread: current && threadOf(current, around),
      totalUnread: conversations.totalUnread(),
    };
  };
}
