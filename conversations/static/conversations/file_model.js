// A file beside the composer, as it is shown.

import { isolatedList } from "./bidi.js";
import { reasonOf } from "./reasons.js";
import { sizeLabel } from "./thread_model.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Of a file a code says something else than of a message. */
const CODES = new Set(["unreachable", "unreadable", "invalid_media"]);
const REASONS = new Set([
  ...["file_too_large", "empty_file", "not_an_image", "broken_image", "too_many_pixels", "image_too_costly", "images_busy"],
]);
/** What is over after a while, which is told. */
const PASSING = new Set(["unsent_limit", "hourly_bytes", "hourly_pixels"]);

const keyOf = (name) => `media-${name.replaceAll("_", "-")}`;

/** `waitLabel(150, {locale: "en"})` is "3 minutes". */
function waitLabel(seconds, { locale }) {
  const [unit, length] = seconds > HOUR ? ["hour", HOUR] : ["minute", MINUTE];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(seconds / length));
}

function problemOf({ code, reason, retryAfter }, { say, locale, maxBytes }) {
  if (REASONS.has(reason)) return say(keyOf(reason), { limit: sizeLabel(maxBytes, { locale }) });
  if (PASSING.has(reason) && retryAfter) return say(keyOf(reason), { wait: waitLabel(retryAfter, { locale }) });
  return CODES.has(code) ? say(keyOf(code)) : reasonOf({ code, reason }, say);
}

function stateText({ state, progress, bytes }, { say, locale }) {
  if (state === "done") return bytes === undefined ? "" : sizeLabel(bytes, { locale });
  if (state === "waiting") return say("media-waiting");
  const percent = new Intl.NumberFormat(locale, { style: "percent" }).format(progress);
  return say("media-uploading", { percent });
}

/** Why a message can't go with these uploads, and what is to be done first; null if none of them failed. */
export function problemAmong(items, { say }) {
  const failed = items.filter(({ state }) => state === "failed");
  if (failed.length === 0) return null;
  const key = failed.some(({ mayRetry }) => mayRetry) ? "upload-first" : "upload-refused";
  return say.count(key, failed.length, { names: isolatedList(failed.map(({ name }) => name)) });
}

/** Plain values of an upload; the text says how it is doing, or what is wrong. */
export function fileOf(item, context) {
  const { id, name, preview, state, progress, problem, mayRetry } = item;
  const text = state === "failed" ? problemOf(problem, context) : stateText(item, context);
  return { key: id, name, preview, state, progress, text, mayRetry: state === "failed" && mayRetry === true };
}
