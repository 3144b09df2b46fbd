// A group as its dialog shows it: who is in it, and what this person may change there.

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
 * listed and not counted. */
export function groupOf(conversation, { userId, say, locale }) {
  if (conversation.isDirect) return null;
  const { participants, isAdmin = false, historyVisible = true, title } = conversation;
  const admins = participants.filter((person) => person.isAdmin).length;
  const byName = (one, other) => one.plainName.localeCompare(other.plainName, locale);
  const people = participants
    .map((person) => personOf(person, { userId, isAdmin, admins, say }))
    .sort((one, other) => Number(other.isAdmin) - Number(one.isAdmin) || byName(one, other));
  const shownTitle = shownTitleOf(conversation, userId);
  return { conversationId: conversation.conversationId, title, shownTitle, isAdmin, historyVisible, people, count: participants.filter(isActive).length };
}
