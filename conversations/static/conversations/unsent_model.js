// What was written and could not be sent, as the person finds it in one place, also where its conversation is gone.

import { isolatedList } from "./bidi.js";
import { dayLabel, timeLabel } from "./model.js";
import { troubleOf } from "./reasons.js";

function textOf({ text, edits }) {
  return [text, ...Object.values(edits)].filter((part) => part.trim() !== "").join("\n\n");
}

function entryItem(entry, { isKnown, say, ...context }) {
  const { id, conversationId, content = "", title, mediaName, timestamp } = entry;
  return {
    key: id,
    conversationId,
    title: title ?? say("unsent-somewhere"),
    timeText: `${dayLabel(timestamp, { say, ...context })}, ${timeLabel(timestamp, context)}`,
    text: content,
    files: mediaName ? isolatedList([mediaName]) : "",
    ...troubleOf(entry, { isThere: isKnown(conversationId), say }),
  };
}

/** A draft in a conversation that the person is no longer in. */
function draftItem([conversationId, draft], { say }) {
  return {
    key: `draft-${conversationId}`,
    conversationId,
    title: draft.title ?? say("unsent-somewhere"),
    timeText: "",
    text: textOf(draft),
    files: isolatedList(draft.files.map(({ name }) => name)),
    ...troubleOf({ failed: "not_a_participant" }, { isThere: false, say }),
  };
}

/**
 * `entries` of the outbox and `drafts` as `[conversationId, draft]`; `context` also has `isKnown(conversationId)`. The
 * newest first. A deletion that was refused is no words of anybody's.
 */
export function unsentOf({ entries, drafts }, context) {
  const failed = entries.filter(({ failed: reason, kind }) => reason && kind !== "delete");
  const left = drafts.filter(([conversationId, draft]) => {
    return !context.isKnown(conversationId) && (textOf(draft) !== "" || draft.files.length > 0);
  });
  return [...failed.toReversed().map((entry) => entryItem(entry, context)), ...left.map((one) => draftItem(one, context))];
}
