// What a message says of the file that goes with it.

export const MEDIA_FIELDS = ["mediaUrl", "messageType", "mediaName", "mediaBytes", "mediaWidth", "mediaHeight", "thumbnailUrl"];

/** The file that went with a message, as it was beside the composer. */
export function fileOfEntry(entry) {
  const media = Object.fromEntries(MEDIA_FIELDS.filter((name) => name in entry).map((name) => [name, entry[name]]));
  return { id: entry.id, name: entry.mediaName, media };
}
