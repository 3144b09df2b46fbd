import assert from "node:assert/strict";
import { test } from "node:test";

import { createApi } from "../../conversations/static/conversations/api.js";
import { createUploadWire } from "../../conversations/static/conversations/upload_wire.js";

const REFUSAL = { code: "wrong_account", content: "Another." };

function ask({ status = 200, body = {} } = {}) {
  const asked = [];
  let wrongs = 0;
  const api = createApi({
    userId: 7,
    csrfToken: () => "token",
    onWrongAccount: () => (wrongs += 1),
    async fetch(path, options) {
      asked.push({ path, ...options });
      return { status, ok: status < 400, json: async () => body };
    },
  });
  return { api, asked, wrongs: () => wrongs };
}

test("every request says whom it is meant for", async () => {
  const { api, asked, wrongs } = ask({ body: { conversations: [] } });
  await api.someConversations([12]);
  await api.choosePrivacy({ showsTyping: false });
  assert.deepEqual(asked.map(({ headers }) => headers["X-Expected-User"]), ["7", "7"]);
  assert.equal(asked[1].headers["X-CSRFToken"], "token");
  assert.equal(wrongs(), 0);
});

test("a refusal as another account's is said to the page, others are not", async () => {
  const other = ask({ status: 412, body: REFUSAL });
  await assert.rejects(other.api.someConversations([12]), { code: "wrong_account" });
  assert.equal(other.wrongs(), 1);
  const signedOut = ask({ status: 401, body: { code: "signed_out", content: "Sign in first." } });
  await assert.rejects(signedOut.api.someConversations([12]));
  assert.equal(signedOut.wrongs(), 0);
});

test("an upload says whom it is meant for, and a refusal of it is said to the page", async () => {
  const requests = [];
  let wrongs = 0;
  class XMLHttpRequest {
    headers = {};
    upload = {};
    constructor() {
      requests.push(this);
    }
    open() {}
    send() {}
    getResponseHeader() {
      return null;
    }
    setRequestHeader(name, value) {
      this.headers[name] = value;
    }
  }
  class FormData {
    append() {}
  }
  const upload = createUploadWire({
    ...{ userId: 7, XMLHttpRequest, FormData, csrfToken: () => "token", onWrongAccount: () => (wrongs += 1) },
  });
  const { done } = upload(new File(["a"], "a.png"), () => {});
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(requests[0].headers["X-Expected-User"], "7");
  Object.assign(requests[0], { status: 412, responseText: JSON.stringify(REFUSAL) });
  requests[0].onload();
  await assert.rejects(done, { code: "wrong_account" });
  assert.equal(wrongs, 1);
});

test("a title and a search with half of an emoji in them travel as well-formed text", async () => {
  const { api, asked } = ask({ body: { people: [] } });
  await api.startConversation([2], "The \ud83d plan");
  await api.people("al\ude00");
  assert.equal(JSON.parse(asked[0].body).title, "The \ufffd plan");
  assert.equal(asked[1].path, "/api/people/?q=al%EF%BF%BD");
});
