// The groups that the person left and is asked to come back to, and what they answer.

import { attempt } from "./api.js";
import { reasonOf } from "./reasons.js";

/** `open(conversationId)` opens a conversation, and `notify(sentence)` says why something was not done. */
export function createInvitations({ api, list = [], conversations, open, say, notify, draw }) {
  let invitations = list;
  let isBegun = false;

  async function read() {
    const answer = await attempt(() => api.invitations());
    invitations = answer ?? invitations;
    draw();
  }

  async function answered(id, request) {
    try {
      const shape = await request(id);
      invitations = invitations.filter(({ conversationId }) => conversationId !== id);
      if (shape === null) return draw();
      conversations.learnAll([], [shape]);
      open(id);
    } catch ({ code, reason }) {
      notify(code === undefined ? say("unreachable") : reasonOf({ code, reason }, say));
      // It may have been answered elsewhere.
      read();
    }
  }

  return {
    /** A new connection: of what came before the first the page tells itself. */
    connected() {
      if (isBegun) read();
      isBegun = true;
    },

    /** An event: one of a conversation that is not here may tell of an invitation. */
    heard({ type, conversationId, isCatchup }) {
      if (type === "conversation" && !isCatchup && !conversations.isKnown(conversationId)) read();
    },

    /** What is shown of them. */
    shown: () =>
      invitations.map(({ conversationId, title, inviterName: name }) => ({
        key: conversationId,
        sentence: title === "" ? say("invited-untitled", { name }) : say("invited-to", { name, title }),
      })),

    actions: {
      acceptInvitation: (id) => answered(id, api.acceptInvitation),
      declineInvitation: (id) => answered(id, api.declineInvitation),
    },
  };
}
