// From the state of an open conversation to what is shown of it: plain values, without the DOM.

import { isolated } from "./bidi.js";
import { avatarOf, dayLabel, daysBetween, excerptOf, startOfDay, timeLabel } from "./model.js";
import { pendingItem, withChange, withReactions } from "./pending.js";
import { receiptState, receiptsOn, showsReceipts } from "./receipts_state.js";

const GROUP_WITHIN = 5 * 60_000;
const MEDIA_KINDS = new Set(["image", "audio", "video"]);
const LARGEST = { width: 352, height: 320 };
// What is more than so many times as long as wide is shown in part, as its thumbnail is made; what is narrower
// counts as so wide.
const LONGEST = 4;
const NARROW = 44;
const LARGE_UP_TO = 3;
// In UTF-16: a family of four with their skin tones takes some twenty. More is not looked into.
const LONGEST_LARGE = 80;
// A text may be higher than is shown of it at once from these on, on a narrow screen and in wide letters.
const LONG_FROM = { length: 200, lines: 8 };
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const EMOJI = /^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3)/u;
const SIZES = ["byte", "kilobyte", "megabyte"];

/** What the composer is about: `{kind: "new"}`, or also whose message, an excerpt, and all it says. */
export function subjectOf({ kind, message }, { userId, say }) {
  if (kind === "new") return { kind };
  const { messageId, senderId, senderName, content } = message;
  const name = senderId === userId ? say("you") : senderName;
  return { kind, messageId, name, excerpt: excerptOf(message, say), content };
}

/** Nothing but a few emojis. */
export function isLarge(content) {
  if (content.length > LONGEST_LARGE) return false;
  const graphemes = [...GRAPHEMES.segment(content.replace(/\s/g, ""))];
  const isAllEmoji = graphemes.every(({ segment }) => EMOJI.test(segment));
  return isAllEmoji && graphemes.length > 0 && graphemes.length <= LARGE_UP_TO;
}

/** Whether a text may be so long that it is to be folded. How high it is, the view knows. */
export const isLong = (content) => content.length > LONG_FROM.length || content.split("\n").length > LONG_FROM.lines;

/** "1.5 MB" */
export function sizeLabel(bytes, { locale }) {
  const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  const options = { style: "unit", unit: SIZES[step], unitDisplay: step === 0 ? "long" : "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, options).format(bytes / 1_000 ** step);
}

/** The room that a picture takes at most: that of the part which is shown, made smaller with both sides in proportion. */
function fitted(width, height) {
  if (!width || !height) return {};
  const longest = LONGEST * Math.max(Math.min(width, height), NARROW);
  const [partWidth, partHeight] = [Math.min(width, longest), Math.min(height, longest)];
  const scale = Math.min(1, LARGEST.width / partWidth, LARGEST.height / partHeight);
  return { width: Math.round(partWidth * scale), height: Math.round(partHeight * scale) };
}

function mediaOf({ mediaUrl, messageType, mediaName, mediaBytes, mediaWidth, mediaHeight, thumbnailUrl }, context) {
  if (!mediaUrl) return null;
  return {
    kind: MEDIA_KINDS.has(messageType) ? messageType : "file",
    url: mediaUrl,
    thumbnailUrl: thumbnailUrl ?? mediaUrl,
    name: mediaName ?? context.say("attachment"),
    size: mediaBytes === undefined ? "" : sizeLabel(mediaBytes, context),
    ...fitted(mediaWidth, mediaHeight),
  };
}

/** The message that is answered. What is not here yet has no name. */
function quoteOf({ replyToMessageId: messageId }, conversation, { userId, say }) {
  if (messageId === undefined) return null;
  const quoted = conversation.messages.find(messageId);
  if (quoted === undefined) return { messageId, name: "", excerpt: "…", color: null };
  const name = quoted.senderId === userId ? say("you") : (quoted.senderName ?? "");
  const { color } = avatarOf(quoted.senderName ?? "", quoted.senderId ?? 0);
  return { messageId, name, excerpt: excerptOf(quoted, say), color };
}

function chipsOf({ messageId }, conversation, context) {
  const { userId, say, locale, reacting = new Map() } = context;
  const pending = reacting.get(messageId) ?? [];
  return withReactions(conversation.reactions.of(messageId), pending, context).map(({ emoji, people }) => {
    const names = people.map((person) => (person.userId === userId ? say("you") : person.name));
    const who = new Intl.ListFormat(locale).format(names.map(isolated));
    const label = say("reacted", { emoji, names: who });
    const isOwn = people.some((person) => person.userId === userId);
    const isPending = pending.some((one) => one.emoji === emoji);
    return { key: emoji, emoji, count: people.length, isOwn, isPending, who, label };
  });
}

function storedItem(event, conversation, context) {
  const { userId } = context;
  const isOwn = event.senderId === userId;
  const isDeleted = Boolean(event.isDeleted);
  return {
    key: event.clientMessageId && isOwn ? `own-${event.clientMessageId}` : `message-${event.messageId}`,
    sequence: event.sequence,
    messageId: event.messageId,
    clientMessageId: event.clientMessageId,
    senderId: event.senderId,
    senderName: event.senderName,
    content: event.content ?? "",
    media: isDeleted ? null : mediaOf(event, context),
    time: Date.parse(event.timestamp),
    isOwn,
    isDeleted,
    /** In a conversation of two the side on which it stands says whose it is. */
    hasName: !conversation.isDirect,
    isEdited: Boolean(event.editedAt) && !isDeleted,
    quote: isDeleted ? null : quoteOf(event, conversation, context),
    reactions: isDeleted ? [] : chipsOf(event, conversation, context),
    canReact: !isDeleted,
    hasReceipts: isOwn && !isDeleted && conversation.count > 2 && showsReceipts(conversation, userId),
    canMarkUnread: !isOwn && !isDeleted,
    canEdit: isOwn && !isDeleted,
    canDelete: (isOwn || Boolean(conversation.isAdmin)) && !isDeleted,
    state: isOwn ? receiptState(conversation, event.sequence, userId) : "sent",
  };
}

function waitingItem(entry, conversation, context) {
  const item = pendingItem(entry, context);
  return { ...item, media: mediaOf(item, context), quote: quoteOf(item, conversation, context), reactions: [] };
}

/**
 * Messages by day and sender: `{kind: "day"}` and `{kind: "message", startsGroup}` items, and a
 * `{kind: "unread"}` before the first from `unreadFrom` on that is unread: the others', and not deleted.
 */
export function groupMessages(messages, context) {
  const { unreadFrom = null, say } = context;
  const items = [];
  let previous = null;
  let isDivided = unreadFrom === null;
  for (const message of messages) {
    const startsDay = previous === null || daysBetween(previous.time, message.time) !== 0;
    if (startsDay) items.push({ kind: "day", key: `day-${startOfDay(message.time)}`, label: dayLabel(message.time, context) });
    const startsUnread = !isDivided && message.sequence >= unreadFrom && !message.isOwn && !message.isDeleted;
    if (startsUnread) items.push({ kind: "unread", key: "unread", label: say("new-messages") });
    isDivided ||= startsUnread;
    const startsGroup = startsDay || startsUnread || !continues(previous, message);
    items.push({ kind: "message", ...message, startsGroup, ...lookOf(message, context) });
    previous = message;
  }
  return items;
}

function lookOf(message, context) {
  const { senderId, senderName = "", isOwn, isDeleted, content = "", media = null } = message;
  const { say } = context;
  const timeText = timeLabel(message.time, context);
  const parts = [isDeleted ? say("deleted-message") : content, media?.name].filter(Boolean);
  return {
    avatar: avatarOf(senderName, senderId ?? 0),
    timeText,
    isLong: !isDeleted && isLong(content),
    isLarge: media === null && !isDeleted && isLarge(content),
    label: say("message-label", { name: isOwn ? say("you") : senderName, time: timeText, content: parts.map(isolated).join(" ") }),
  };
}

function continues(previous, message) {
  return previous.senderId === message.senderId && message.time - previous.time <= GROUP_WITHIN;
}

/** What is shown of stored messages, oldest first, and at the end what is still on its way. */
export function itemsOf(conversation, { messages, pending, changes, reacting }, context) {
  const stored = messages
    .map((event) => storedItem(event, conversation, { ...context, reacting }))
    .map((item) => withChange(item, changes.get(item.messageId), context));
  const keys = new Set(stored.map(({ key }) => key));
  const waiting = pending.map((entry) => waitingItem(entry, conversation, context)).filter(({ key }) => !keys.has(key));
  return groupMessages([...stored, ...waiting], context);
}

/** Who has read a message, to whom it was delivered, who has it still to come, and who does not show any of that. */
export function receiptLinesOf(conversation, sequence, { userId, say }) {
  const people = receiptsOn(conversation, sequence, userId);
  return ["read", "delivered", "sent", "hidden"]
    .filter((kind) => people[kind].length > 0)
    .map((kind) => ({ key: kind, label: say(`receipts-${kind}`), people: people[kind] }));
}
