// Why something was not done, in the page's own words, and what can be done about it then. What the server says of it is meant
// for whoever writes a client.

/** Codes of the page's own, of what it gave up by itself: the first four. */
const CODES = new Set([
  ...["no_answer", "frame_too_large", "frame_unreadable", "edit_deleted"],
  ...["not_a_participant", "unknown_message", "content_required", "content_too_long", "client_id_reused"],
  ...["invalid_reply", "invalid_media", "invalid_reaction", "not_allowed", "conversation_full", "signed_out", "wrong_account"],
  ...["rate_limited", "unavailable"],
]);
/** What was refused says which of the causes it is that its code has. Those of files are told beside the files. */
const REASONS = new Set([
  ...["nul_character", "unknown_person", "title_too_long", "last_admin", "person_not_in"],
  ...["conversations_a_day", "additions_a_day", "too_many_at_once", "declined_lately"],
]);
/** A frame that is not as it should be, which is the page's doing, not the person's. */
const MALFORMED = new Set(["invalid_json", "invalid_frame", "unknown_type", "client_id_required"]);

const keyOf = (name) => `refused-${name.replaceAll("_", "-")}`;

/** Why something was refused, by its code and, where the code has several causes, the reason: as a sentence. */
export function reasonOf({ code, reason }, say) {
  if (REASONS.has(reason)) return say(keyOf(reason));
  if (MALFORMED.has(code)) return say("refused-malformed");
  return say(CODES.has(code) ? keyOf(code) : "refused");
}

/**
 * What is wrong with an entry of the outbox, as it is now, and what can help: to send the same again, to send it without
 * its file, or to write on at it. `isThere`: the person has the conversation.
 */
export function troubleOf({ failed: code, reason, kind, content = "" }, { isThere, say }) {
  if (!code) return null;
  const isBack = code === "not_a_participant" && isThere;
  const isFileGone = code === "invalid_media";
  return {
    reason: isBack ? say("refused-back") : reasonOf({ code, reason }, say),
    // An earlier version of the page kept sentences: what was wrong can't be told from them.
    mayRetry: isThere && (isBack || code === "no_answer" || !(CODES.has(code) || MALFORMED.has(code))),
    maySendText: isThere && isFileGone && content !== "",
    mayEdit: isThere && kind !== "delete" && !(isFileGone && content === ""),
  };
}
