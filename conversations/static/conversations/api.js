// The HTTP API. `fetch`, the CSRF token and whom the page believes to be are given.

import { toJson, wellFormed } from "./wellformed.js";

const NO_CONTENT = 204;
/** Conversations in a page of the list. */
const LISTED = 30;
/** Of each conversation so many people are told: what an answer costs does not follow how many there are. */
const FEW = 10;

const asking = (query) => `?${new URLSearchParams(query)}`;
const withFew = (query = {}) => asking({ ...query, participants: FEW });
export const WRONG_ACCOUNT = "wrong_account";

/**
 * A refusal: `code`, a sentence for who writes a client, which of the causes of the code it is, and after how many seconds
 * the same may be granted, where these are known.
 */
export class ApiError extends Error {
  constructor({ code, content, reason, retryAfter }) {
    super(content);
    Object.assign(this, { code, reason, retryAfter });
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

/** What every request says of whom it is meant for: another tab may have signed in as somebody else. */
export const expecting = (userId) => ({ "X-Expected-User": String(userId) });

/** `onWrongAccount()` is called when a request was refused because this browser is signed in as somebody else. */
export function createApi({ userId, fetch, csrfToken, onWrongAccount }) {
  async function request(path, { headers, ...options } = {}) {
    const named = { ...expecting(userId), ...headers };
    const response = await fetch(path, { credentials: "same-origin", ...options, headers: named });
    const body = response.status === NO_CONTENT ? null : await response.json();
    if (response.ok) return body;
    if (body.code === WRONG_ACCOUNT) onWrongAccount();
    throw new ApiError(body);
  }

  function write(method, path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    return request(path, { method, headers, body: toJson(body) });
  }

  const post = (path, body) => write("POST", path, body);
  const place = (conversationId, userId) => `/api/conversations/${conversationId}/participants/${userId}/`;

  return {
    /** `{conversations, next}`: the page of the list that an earlier one named as `next`; without it the first. */
    conversationsAfter: (after = null) =>
      request(`/api/conversations/${withFew(after === null ? { limit: LISTED } : { limit: LISTED, after })}`),

    /** Those among these that are the person's. */
    someConversations: async (ids) => (await request(`/api/conversations/${withFew({ ids: ids.join(",") })}`)).conversations,

    findConversations: async (text) => (await request(`/api/conversations/${withFew({ q: wellFormed(text) })}`)).conversations,

    conversation: (conversationId) => request(`/api/conversations/${conversationId}/${withFew()}`),

    /** `{participants, participantCount, next}`: a page of `{limit}` people of one conversation, `{after}` another, or those
     * found by `{q}`. */
    members: (conversationId, { q = "", ...query }) =>
      request(`/api/conversations/${conversationId}/participants/${asking(q === "" ? query : { ...query, q: wellFormed(q) })}`),

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

    people: async (text) => (await request(`/api/people/?q=${encodeURIComponent(wellFormed(text))}`)).people,

    startConversation: (participantIds, title) =>
      post(`/api/conversations/${withFew()}`, title ? { participantIds, title } : { participantIds }),

    /** `{title}` or `{historyVisible}` of a group. */
    changeConversation: (conversationId, change) => write("PATCH", `/api/conversations/${conversationId}/${withFew()}`, change),
    invitations: async () => (await request("/api/invitations/")).invitations,
    acceptInvitation: (conversationId) => post(`/api/invitations/${conversationId}/${withFew()}`, {}),
    declineInvitation: (conversationId) => write("DELETE", `/api/invitations/${conversationId}/`),
    /** The conversation; or `{invitedId}`, if the person left it before and is invited now. */
    addParticipant: (conversationId, userId) => post(`/api/conversations/${conversationId}/participants/${withFew()}`, { userId }),
    removeParticipant: (conversationId, userId) => write("DELETE", place(conversationId, userId)),
    /** `{isAdmin}` */
    changeParticipant: (conversationId, userId, change) => write("PATCH", place(conversationId, userId) + withFew(), change),

    /** What of `{showsPresence, showsTyping, showsReceipts}` is to change; all as they are then. */
    choosePrivacy: (choice) => post("/api/privacy/", choice),
  };
}
