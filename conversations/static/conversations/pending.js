// How what is on its way looks among the messages that have arrived.

import { troubleOf } from "./reasons.js";

/** A message of the outbox as an item of the conversation. */
export function pendingItem(entry, { userId, name, say }) {
  const { clientMessageId, content, replyToMessageId, mediaUrl, mediaName, mediaBytes, preview } = entry;
  const { mediaWidth, mediaHeight, thumbnailUrl, messageType } = entry;
  return {
    key: `own-${clientMessageId}`,
    clientMessageId,
    senderId: userId,
    senderName: name,
    content,
    replyToMessageId,
    mediaUrl,
    mediaName,
    mediaBytes,
    mediaWidth,
    mediaHeight,
    thumbnailUrl: preview ?? thumbnailUrl,
    messageType,
    time: entry.timestamp,
    isOwn: true,
    ...progressOf(entry, say),
  };
}

/** An item as it will be once the edit or deletion of it, if there is one on its way, is done. */
export function withChange(item, change, { say }) {
  if (change === undefined) return item;
  const changed = change.kind === "delete" ? {} : { content: change.content };
  return { ...item, ...changed, ...progressOf(change, say) };
}

/** The reactions to a message, as `reactions.of` gives them, as they will be once those on their way (`[{emoji, isOn}]`) are there. */
export function withReactions(groups, pending, { userId, name }) {
  const isOther = (person) => person.userId !== userId;
  const shown = new Map(groups.map(({ emoji, people }) => [emoji, people]));
  for (const { emoji, isOn } of pending) {
    const people = shown.get(emoji) ?? [];
    const isThere = !people.every(isOther);
    if (isOn && !isThere) shown.set(emoji, [...people, { userId, name }]);
    if (!isOn && isThere) shown.set(emoji, people.filter(isOther));
  }
  return [...shown].filter(([, people]) => people.length > 0).map(([emoji, people]) => ({ emoji, people }));
}

function progressOf(entry, say) {
  // Whoever looks at a conversation is in it.
  const trouble = troubleOf(entry, { isThere: true, say });
  return { entryId: entry.id, state: trouble === null ? "pending" : "failed", trouble };
}
