// The chosen status and its end, in words and as a time.

import { daysBetween, timeLabel } from "./model.js";

const MINUTE = 60_000;
const MORNING = 8;
// Who is awake at three means the morning of the same day.
const NIGHT_ENDS = 4;

/** When a choice for `duration` ends: minutes, or "tomorrow" for its morning; `null` for "", without end. */
export function endOf(duration, now) {
  if (duration === "") return null;
  if (duration !== "tomorrow") return now + Number(duration) * MINUTE;
  const morning = new Date(now);
  if (morning.getHours() >= NIGHT_ENDS) morning.setDate(morning.getDate() + 1);
  return morning.setHours(MORNING, 0, 0, 0);
}

/** "15:00", "tomorrow, 08:00", or with the day of the week. */
export function endLabel(until, context) {
  const time = timeLabel(until, context);
  const days = daysBetween(context.now, until);
  if (days === 0) return time;
  if (days === 1) return context.say("tomorrow-at", { time });
  const style = { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
  return new Date(until).toLocaleString(context.locale, style);
}

/** "You appear as busy until 15:00". */
export function ownLine({ appearsAs, choice }, context) {
  if (choice.until === null || choice.status !== appearsAs) return context.say(`own-${appearsAs}`);
  return context.say(`own-${appearsAs}-until`, { time: endLabel(choice.until, context) });
}
