// What stands above everything while the line is down: what is so, and what will happen.

/** `waiting` is how many messages and changes go out by themselves; nothing is said while all is well. */
export function bannerText({ streamState, isDown, isOnline, waiting, say }) {
  if (!isDown || streamState === "wrong-account") return "";
  if (streamState === "ended") return say("banner-ended");
  const online = streamState === "doubtful" ? "banner-doubtful" : "banner-waiting";
  const what = say(isOnline ? online : "banner-offline");
  const then = waiting === 0 ? say("banner-write-on") : say.count("will-be-sent", waiting);
  return `${what} ${then}`;
}
