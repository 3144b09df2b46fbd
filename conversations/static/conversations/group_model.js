// A group as its dialog shows it: who is in it, and what this person may change there.

import { ALL_UP_TO } from "./members_state.js";
import { avatarOf, shownTitleOf } from "./model.js";
import { isActive } from "./people_state.js";

function personOf(person, { userId, isAdmin, admins, say }) {
  const isOwn = person.userId === userId;
  // One admin there always is.
  const isLastAdmin = person.isAdmin && admins === 1;
  return {
    key: person.userId,
    userId: person.userId,
    name: isOwn ? say("name-you", { name: person.name }) : person.name,
    plainName: person.name,
    avatar: avatarOf(person.name, person.userId),
    isAdmin: person.isAdmin === true,
    isActive: isActive(person),
    mayChangeAdmin: isAdmin && !isLastAdmin,
    mayRemove: isAdmin && !isOwn,
  };
}

/** Null of a direct conversation: nothing of that can be changed. Admins come first, then by name. Who can't read any more is
 * listed and not counted. Of a large group those are here that were read, in the order in which the server has them. */
export function groupOf(conversation, { userId, say, locale, isShownMember = () => true }) {
  if (conversation.isDirect) return null;
  const { participants, isPartial = false, isAdmin = false, historyVisible = true, title } = conversation;
  const admins = participants.filter((person) => person.isAdmin).length;
  const { compare } = new Intl.Collator(locale);
  const byName = (one, other) => compare(one.plainName, other.plainName);
  const people = participants
    .filter(isShownMember)
    .map((person) => personOf(person, { userId, isAdmin, admins, say }))
    .sort((one, other) => Number(other.isAdmin) - Number(one.isAdmin) || (conversation.count > ALL_UP_TO ? 0 : byName(one, other)));
  const shownTitle = shownTitleOf(conversation, userId);
  const about = { conversationId: conversation.conversationId, title, shownTitle, isAdmin, historyVisible };
  const count = isPartial ? conversation.count : participants.filter(isActive).length;
  return { ...about, people, isPartial, memberIds: new Set(participants.map((person) => person.userId)), count };
}
