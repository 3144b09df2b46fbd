// What a message says of the file that goes with it.

export const MEDIA_FIELDS = ["mediaUrl", "messageType", "mediaName", "mediaBytes", "mediaWidth", "mediaHeight", "thumbnailUrl"];
