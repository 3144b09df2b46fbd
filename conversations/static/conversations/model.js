// From state to what is shown: plain values, without the DOM.

import { isolatedList } from "./bidi.js";
import { unreadOf } from "./conversations_state.js";
import { shownText } from "./links.js";
import { isActive } from "./people_state.js";
import { lastSeenDisplay } from "./presence_state.js";
import { receiptState } from "./receipts_state.js";
import { typingText } from "./typing_state.js";

const DAY = 24 * 3_600_000;
const COLORS = 8;
const EXCERPT = 120;
/** So much is looked at for it: an address that an excerpt begins to show is cut behind its host, if at all. */
const LOOKED_AT = 480;

/** "AM" of "Alice Moreau", and one of eight colours that stays with the person. */
export function avatarOf(name, id) {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  const initials = ends.map((word) => [...word][0] ?? "").join("");
  return { initials: initials.toUpperCase() || "?", color: id % COLORS };
}

export function othersIn(conversation, userId) {
  return conversation.participants.filter((person) => person.userId !== userId);
}

/** The others whose accounts are active: nobody else can be there. */
export const activeOthersIn = (conversation, userId) => othersIn(conversation, userId).filter(isActive);

/** Of a large one without a title so many names stand for it. */
const NAMED = 3;

/** The names of those who stand for it, if it has no title. */
function namesIn(conversation, userId) {
  const shown = othersIn(conversation, userId);
  const names = (shown.length > 0 ? shown : conversation.participants).map(({ name }) => name);
  return conversation.isPartial ? names.slice(0, NAMED) : names;
}

/** How many more there are: "+96". */
const othersBeside = ({ isPartial, count }) => (isPartial ? [`+${count - 1 - NAMED}`] : []);

export function titleOf(conversation, userId) {
  return conversation.title || namesIn(conversation, userId).join(", ");
}

/** The title to be shown: names that run in other directions do not change places in it. */
export function shownTitleOf(conversation, userId) {
  const names = namesIn(conversation, userId);
  if (conversation.title || names.length === 1) return titleOf(conversation, userId);
  return isolatedList([...names, ...othersBeside(conversation)]);
}

function faceOf(conversation, userId) {
  const [other] = othersIn(conversation, userId);
  return conversation.isDirect && other
    ? avatarOf(other.name, other.userId)
    : avatarOf(titleOf(conversation, userId), conversation.conversationId);
}

/** What is said of others, and while the line is down: until when that was known. */
function asKnown(text, { knownUntil, say, locale }) {
  if (knownUntil === null || text === "") return text;
  return say("as-of", { presence: text, time: timeLabel(knownUntil, { locale }) });
}

/** Whose dot a conversation shows: the other one's, if there is just one other. */
function dotOf(conversation, { userId, presences, say, ...around }) {
  const others = activeOthersIn(conversation, userId);
  if (others.length !== 1) return null;
  const status = presences.statusOf(others[0].userId);
  if (status === "unknown") return null;
  const label = asKnown(say(`status-${status}`), { say, ...around });
  return { userId: others[0].userId, status, label, isStale: around.knownUntil !== null };
}

/** As much of a text as goes into a line. It is cut as it is shown: an address that was cut before is perhaps none. */
function lineFrom(text) {
  const line = text.replace(/\s+/g, " ").slice(0, LOOKED_AT);
  return [...shownText(line)].slice(0, EXCERPT).join("");
}

/** A line of a message, for a quote or a preview. */
export function excerptOf({ content, isDeleted, mediaUrl, messageType, mediaName }, say) {
  if (isDeleted) return say("deleted-message");
  const line = lineFrom(content ?? "");
  if (line || !mediaUrl) return line || say("attachment");
  if (messageType === "image") return say("photo");
  if (messageType === "audio") return say("audio");
  if (messageType === "video") return say("video");
  return mediaName ?? say("attachment");
}

function previewOf(conversation, { userId, say }) {
  const last = conversation.lastMessage;
  if (last === undefined) return say("no-messages");
  const content = excerptOf(last, say);
  if (last.senderId === userId) return say("you-said", { content });
  return conversation.isDirect ? content : say("someone-said", { name: last.senderName, content });
}

/** The line of a row: what waits to be sent, or what was said last. */
function lineOf(conversation, { waiting, userId, say }) {
  const own = waiting.get(conversation.conversationId);
  if (own === undefined) return { preview: previewOf(conversation, { userId, say }), tick: tickOf(conversation, userId) };
  return { preview: say("you-said", { content: excerptOf(own, say) }), tick: own.failed ? "failed" : "pending" };
}

/** How far the last message has come, if it is the person's own, and it is known of all the others. */
function tickOf(conversation, userId) {
  if (conversation.isPartial) return null;
  const last = conversation.lastMessage;
  const isOwn = last !== undefined && last.senderId === userId && !last.isDeleted;
  return isOwn ? receiptState(conversation, last.sequence, userId) : null;
}

export function startOfDay(time) {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** Whole days from one local midnight to another, however long the days were. */
export function daysBetween(earlier, later) {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / DAY);
}

export function dayLabel(time, { now, say, locale }) {
  const days = daysBetween(time, now);
  if (days === 0) return say("today");
  if (days === 1) return say("yesterday");
  const day = { weekday: "long", day: "numeric", month: "long" };
  return new Date(time).toLocaleDateString(locale, { ...day, ...yearOf(time, { now }) });
}

/** Said of other years only. */
function yearOf(time, { now }) {
  return new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" };
}

// Making one costs more than all that it formats.
const timeFormats = new Map();

export function timeLabel(time, { locale }) {
  if (!timeFormats.has(locale)) {
    timeFormats.set(locale, new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }));
  }
  return timeFormats.get(locale).format(time);
}

function shortLabel(time, context) {
  const days = daysBetween(time, context.now);
  if (days === 0) return timeLabel(time, context);
  if (days === 1) return context.say("yesterday");
  return new Date(time).toLocaleDateString(context.locale, { day: "numeric", month: "short", ...yearOf(time, context) });
}

/** Large conversations have no typing line; what was heard before it grew is over. */
function typingLineOf({ conversationId, typingCapped }, { typing, say }) {
  return typingCapped ? "" : typingText(typing.people(conversationId), say);
}

/** A row of the list. */
export function rowOf(conversation, context) {
  const { userId, say, openId } = context;
  const line = lineOf(conversation, context);
  const typingLine = typingLineOf(conversation, context);
  const unread = unreadOf(conversation);
  return {
    conversationId: conversation.conversationId,
    title: shownTitleOf(conversation, userId),
    avatar: faceOf(conversation, userId),
    dot: dotOf(conversation, context),
    preview: typingLine || line.preview,
    isTyping: typingLine !== "",
    tick: typingLine === "" ? line.tick : null,
    time: conversation.lastMessage ? shortLabel(Date.parse(conversation.lastMessage.timestamp), context) : "",
    unread,
    unreadLabel: unread > 0 ? say("unread", { count: unread }) : "",
    canMarkUnread: unread === 0 && conversation.lastMessage !== undefined,
    isOpen: conversation.conversationId === openId,
  };
}

/** How many there are in all, as far as that is known: whose account is not active is not among those who are known. */
const totalOf = ({ isPartial, count }, others) => (isPartial ? count : others.length + 1);

/** Of a large conversation: what was seen when it was last asked about; else nothing certain. */
function glimpseLine(conversation, others, seen, context) {
  const { now, say } = context;
  if (others.length === 1) {
    if (seen === null) return say("presence-unknown");
    const { presenceStatus: status, timestamp: lastSeen } = seen.only;
    return asKnown(lastSeenDisplay({ status, lastSeen, now, say }), context);
  }
  const total = totalOf(conversation, others);
  if (seen === null) return say("several-people", { total });
  const { online } = seen;
  const key = seen.count === total - 1 ? "people-online" : "people-online-at-least";
  return asKnown(say(key, { total, online }), context);
}

/** "Online", "last seen 5m ago", or for several "2 of 3 online"; nothing where nothing is known. */
function presenceLine(conversation, context) {
  const { userId, presences, glimpse, now, say } = context;
  const others = activeOthersIn(conversation, userId);
  if (others.length === 0) return say(conversation.isDirect ? "deactivated" : "only-you");
  if (conversation.presenceCapped) return glimpseLine(conversation, others, glimpse.of(conversation.conversationId), context);
  if (others.length === 1) {
    const [{ userId: id }] = others;
    const known = { status: presences.statusOf(id), lastSeen: presences.lastSeenOf(id) };
    return asKnown(lastSeenDisplay({ ...known, now, say }), context);
  }
  const statuses = others.map((person) => presences.statusOf(person.userId));
  if (conversation.isPartial || statuses.includes("unknown")) return say("several-people", { total: totalOf(conversation, others) });
  const online = statuses.filter((status) => status !== "offline").length;
  return asKnown(say("several-online", { online, total: others.length }), context);
}

export function headerOf(conversation, context) {
  return {
    title: shownTitleOf(conversation, context.userId),
    avatar: faceOf(conversation, context.userId),
    dot: dotOf(conversation, context),
    presence: presenceLine(conversation, context),
    typing: typingLineOf(conversation, context),
  };
}
