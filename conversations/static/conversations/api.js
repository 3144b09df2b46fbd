// The HTTP API. `fetch` and the CSRF token are given.

/** A refusal: `code` and a sentence for a person. */
export class ApiError extends Error {
  constructor({ code, content }) {
    super(content);
    this.code = code;
  }
}

/** The answer, or null: what can't be read now is read again on the next occasion. */
export async function attempt(request) {
  try {
    return await request();
  } catch {
    return null;
  }
}

export function createApi({ fetch, csrfToken }) {
  async function request(path, options = {}) {
    const response = await fetch(path, { credentials: "same-origin", ...options });
    const body = await response.json();
    if (!response.ok) throw new ApiError(body);
    return body;
  }

  function post(path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    return request(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  return {
    conversations: async () => (await request("/api/conversations/")).conversations,

    conversation: (conversationId) => request(`/api/conversations/${conversationId}/`),

    /** `{messages, hasMore, reactions, quoted}`: the newest page, or `{before}` or `{after}` a sequence,
     * or `{around}` a message. */
    messages: (conversationId, query) =>
      request(`/api/conversations/${conversationId}/messages/?${new URLSearchParams(query)}`),

    /** One message. What is gone, or was never to be seen, is as if deleted. */
    async message(conversationId, messageId) {
      try {
        return await request(`/api/conversations/${conversationId}/messages/${messageId}/`);
      } catch (error) {
        if (error.code !== "unknown_message") throw error;
        return { conversationId, messageId, isDeleted: true };
      }
    },

    presences: async (userIds) => (await request(`/api/presence/?users=${userIds.join(",")}`)).presences,

    people: async (text) => (await request(`/api/people/?q=${encodeURIComponent(text)}`)).people,

    startConversation: (participantIds, title) =>
      post("/api/conversations/", title ? { participantIds, title } : { participantIds }),

    /** What of `{showsPresence, showsTyping}` is to change; both as they are then. */
    choosePrivacy: (choice) => post("/api/privacy/", choice),
  };
}
