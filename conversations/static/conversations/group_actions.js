// What the person does to conversations as such: start one, and change who is in it and how it is.

import { reasonOf } from "./reasons.js";
import { createWishes } from "./wishes.js";

/** Each gives the sentence that says why not, or null once it is done. */
export function createGroupActions({ userId, api, conversations, opened, refresh, open, say, draw }) {
  const wishes = createWishes({ onChange: draw });
  const historyOf = (conversationId) => `history ${conversationId}`;

  function whyNot({ code, reason }) {
    if (code === undefined) return say("unreachable");
    // Of a message it says that it is somebody else's.
    return code === "not_allowed" && reason === undefined ? say("group-not-allowed") : reasonOf({ code, reason }, say);
  }

  async function change(request, id = opened.id) {
    try {
      const shape = await request(id);
      if (shape) conversations.learn(shape);
      draw();
      return null;
    } catch (error) {
      return whyNot(error);
    }
  }

  return {
    /** The conversation, with what was chosen of it here. */
    withWishes(conversation) {
      const { conversationId, historyVisible } = conversation;
      return { ...conversation, historyVisible: wishes.of(historyOf(conversationId), historyVisible) };
    },

    searchPeople: api.people,

    startConversation: (participantIds, title) =>
      change(async () => {
        const shape = await api.startConversation(participantIds, title);
        conversations.learnAll([], [shape]);
        open(shape.conversationId);
      }),

    rename: (title) => change((id) => api.changeConversation(id, { title })),
    async showHistory(historyVisible) {
      const { id } = opened;
      const ask = () => change(() => api.changeConversation(id, { historyVisible }), id);
      return wishes.choose(historyOf(id), historyVisible, ask);
    },
    /** `{refusal, isInvited}`: whoever left before is not added, but invited. */
    async addPerson(personId) {
      let isInvited = false;
      const refusal = await change(async (id) => {
        const answer = await api.addParticipant(id, personId);
        isInvited = answer.invitedId !== undefined;
        return isInvited ? null : answer;
      });
      return { refusal, isInvited };
    },
    setAdmin: (personId, isAdmin) => change((id) => api.changeParticipant(id, personId, { isAdmin })),

    removePerson: (personId) =>
      change(async (id) => {
        await api.removeParticipant(id, personId);
        return api.conversation(id);
      }),

    leave: () =>
      change(async (id) => {
        await api.removeParticipant(id, userId);
        await refresh([id]);
      }),
  };
}
