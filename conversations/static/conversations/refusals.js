// What becomes of a frame that the server refused: what it may take later is sent again, and the person is told of the rest.

import { isPassing, RETRY_AFTER } from "./passing.js";
import { reasonOf } from "./reasons.js";

/** `complain(sentence)` says what could not be done in the open conversation, `notify(sentence)` what could not elsewhere. */
export function createRefusals({ writing, marking, conversations, company, idle, send, clock, say, complain, notify }) {
  function ofPresence({ code }) {
    if (isPassing(code)) {
      // Which of them it was, the refusal does not say. To be told of one twice does no harm.
      clock.setTimeout(() => {
        company.tellAgain();
        idle.tellAgain();
      }, RETRY_AFTER);
    } else if (company.refused()) {
      notify(say("status-refused"));
    }
  }

  function markUnreadAgain({ conversationId, messageId }) {
    clock.setTimeout(() => send({ type: "unread", conversationId, messageId }), RETRY_AFTER);
  }

  function ofUnread(event) {
    const { code, messageId } = event;
    if (isPassing(code)) markUnreadAgain(event);
    else if (messageId !== undefined) complain(reasonOf(event, say));
    else notify(say(code === "unknown_message" ? "nothing-to-mark" : "refused-not-a-participant"));
  }

  return function refused(event) {
    const { code, refusedType, conversationId, messageId, clientMessageId } = event;
    if (code === "not_a_participant") conversations.doubt(conversationId);
    if (writing.refused(event) || marking.refused(event)) return;
    const isCatchup = refusedType === "message" && messageId === undefined && clientMessageId === undefined;
    if (refusedType === "presence") ofPresence(event);
    else if (isCatchup) conversations.refused(event);
    else if (refusedType === "unread") ofUnread(event);
    // Nobody waits for what was said of typing.
    else if (refusedType !== "typing") complain(reasonOf(event, say));
  };
}
