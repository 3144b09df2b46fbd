// A file beside the composer, as it is shown.

import { sizeLabel } from "./thread_model.js";

function problemOf({ code }, { say, locale, maxBytes }) {
  if (code === "media_too_large") return say("media-too-large", { limit: sizeLabel(maxBytes, { locale }) });
  if (code === "unreachable") return say("media-unreachable");
  if (code === "unreadable") return say("media-unreadable");
  if (code === "invalid_media") return say("media-invalid");
  if (code === "rate_limited") return say("media-unsent");
  return say("media-failed");
}

function stateText({ state, progress, bytes }, { say, locale }) {
  if (state === "done") return bytes === undefined ? "" : sizeLabel(bytes, { locale });
  if (state === "waiting") return say("media-waiting");
  const percent = new Intl.NumberFormat(locale, { style: "percent" }).format(progress);
  return say("media-uploading", { percent });
}

/** Plain values of an upload; the text says how it is doing, or what is wrong. */
export function fileOf(item, context) {
  const { id, name, preview, state, progress, problem, mayRetry } = item;
  const text = state === "failed" ? problemOf(problem, context) : stateText(item, context);
  return { key: id, name, preview, state, progress, text, mayRetry: state === "failed" && mayRetry === true };
}
