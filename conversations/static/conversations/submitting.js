// What a text becomes when it is sent, and how much of it there may be.

import { lengthOf } from "./text_length.js";
import { wellFormed } from "./wellformed.js";

const NEAR_THE_LIMIT = 200;

// What the server calls no content: a text of which nothing can be seen.
const BLANK = /^[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}\ufff9-\ufffb\u2800]*$/u;

/** What the server would store of the text. */
export const contentOf = (text) => (BLANK.test(text) ? "" : wellFormed(text).trim());

/** What is left to write, once that is little: `{count, isOver}`, else null. */
export function roomIn(text, maxContent) {
  if (text.length < maxContent - NEAR_THE_LIMIT) return null;
  const count = maxContent - lengthOf(text);
  return count > NEAR_THE_LIMIT ? null : { count: Math.abs(count), isOver: count < 0 };
}

/** The messages that a text and the files with it become: the text goes with the last of them. */
export function messagesOf({ text, files, replyToMessageId }) {
  const content = contentOf(text);
  if (files.length === 0) return content === "" ? [] : [{ content, replyToMessageId }];
  return files.map(({ media, preview }, index) => ({
    content: index === files.length - 1 ? content : "",
    replyToMessageId: index === 0 ? replyToMessageId : undefined,
    ...media,
    preview: preview ?? undefined,
  }));
}
