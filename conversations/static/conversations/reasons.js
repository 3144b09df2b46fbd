// Why something was not done, in the page's own words, and what can be done about it then. What the server says of it is meant
// for whoever writes a client.

/** Codes of the page's own, of what it gave up by itself: "no_answer", "frame_refused" and "edit_deleted". */
const TOLD = new Set([
  ...["no_answer", "frame_refused", "edit_deleted"],
  ...["not_a_participant", "unknown_message", "content_required", "content_too_long", "client_id_reused"],
  ...["invalid_reply", "invalid_media", "invalid_reaction", "not_allowed", "conversation_full", "signed_out", "wrong_account"],
  ...["rate_limited", "unavailable"],
]);
/** A frame that is not as it should be, which for the person is one that the site can't take. */
const MALFORMED = new Set(["invalid_json", "invalid_frame", "unknown_type", "client_id_required"]);

const keyOf = (code) => `refused-${code.replaceAll("_", "-")}`;

/** Why something was refused by this code, as a sentence. */
export function reasonOf(code, say) {
  if (MALFORMED.has(code)) return say(keyOf("frame_refused"));
  return say(TOLD.has(code) ? keyOf(code) : "refused");
}

/**
 * What is wrong with an entry of the outbox, as it is now, and what can help: to send the same again, to send it without
 * its file, or to write on at it. `isThere`: the person has the conversation.
 */
export function troubleOf({ failed: code, kind, content = "" }, { isThere, say }) {
  if (!code) return null;
  const isBack = code === "not_a_participant" && isThere;
  const isFileGone = code === "invalid_media";
  return {
    reason: isBack ? say("refused-back") : reasonOf(code, say),
    // An earlier version of the page kept sentences: what was wrong can't be told from them.
    mayRetry: isThere && (isBack || code === "no_answer" || !(TOLD.has(code) || MALFORMED.has(code))),
    maySendText: isThere && isFileGone && content !== "",
    mayEdit: isThere && kind !== "delete" && !(isFileGone && content === ""),
  };
}
