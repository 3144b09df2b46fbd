// What stands above everything while there is no connection: what is so, and what will happen.

/** `waiting` is how many messages and changes go out by themselves; nothing is said while all is well. */
export function bannerText({ streamState, isOnline, waiting, say }) {
  if (streamState === "open" || streamState === "wrong-account") return "";
  if (streamState === "ended") return say("banner-ended");
  const what = isOnline ? say("banner-waiting") : say("banner-offline");
  const then = waiting === 0 ? say("banner-write-on") : say.count("will-be-sent", waiting);
  return `${what} ${then}`;
}
