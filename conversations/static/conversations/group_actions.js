// What the person does to conversations as such: start one, and change who is in it and how it is.

/** Each gives the sentence that says why not, or null once it is done. */
export function createGroupActions({ userId, api, conversations, opened, refresh, open, say, draw }) {
  async function change(request) {
    try {
      const shape = await request(opened.id);
      if (shape) conversations.learn(shape);
      draw();
      return null;
    } catch (error) {
      return error.code ? error.message : say("unreachable");
    }
  }

  return {
    searchPeople: api.people,

    async startConversation(participantIds, title) {
      const shape = await api.startConversation(participantIds, title);
      await refresh();
      open(shape.conversationId);
    },

    rename: (title) => change((id) => api.changeConversation(id, { title })),
    showHistory: (historyVisible) => change((id) => api.changeConversation(id, { historyVisible })),
    addPerson: (personId) => change((id) => api.addParticipant(id, personId)),
    setAdmin: (personId, isAdmin) => change((id) => api.changeParticipant(id, personId, { isAdmin })),

    removePerson: (personId) =>
      change(async (id) => {
        await api.removeParticipant(id, personId);
        return api.conversation(id);
      }),

    leave: () =>
      change(async (id) => {
        await api.removeParticipant(id, userId);
        await refresh();
      }),
  };
}
