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
      request("/api/conversations/", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(title ? { participantIds, title } : { participantIds }),
      }),
  };
}
