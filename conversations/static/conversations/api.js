// The HTTP API. `fetch` and the CSRF token are given.

/** A refusal: `code` and a sentence for a person. */
export class ApiError extends Error {
  constructor({ code, content }) {
    super(content);
    this.code = code;
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

    /** `{messages, hasMore}`: the page before a sequence, or the newest. */
    messages(conversationId, before) {
      const query = before === undefined ? "" : `?before=${before}`;
      return request(`/api/conversations/${conversationId}/messages/${query}`);
    },

    presences: async (userIds) => (await request(`/api/presence/?users=${userIds.join(",")}`)).presences,

    people: async (text) => (await request(`/api/people/?q=${encodeURIComponent(text)}`)).people,

    startConversation: (participantIds, title) =>
      post("/api/conversations/", title ? { participantIds, title } : { participantIds }),

    /** What of `{showsPresence, showsTyping}` is to change; both as they are then. */
    choosePrivacy: (choice) => post("/api/privacy/", choice),
  };
}
