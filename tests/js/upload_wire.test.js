import assert from "node:assert/strict";
import { test } from "node:test";

import { createUploadWire } from "../../conversations/static/conversations/upload_wire.js";

function openWire() {
  const requests = [];
  class FakeRequest {
    upload = {};
    headers = {};
    isAborted = false;
    constructor() {
      requests.push(this);
    }
    open(method, path) {
      this.path = path;
    }
    setRequestHeader(name, value) {
      this.headers[name] = value;
    }
    send(form) {
      this.form = form;
    }
    abort() {
      this.isAborted = true;
    }
  }
  class FakeForm {
    fields = [];
    append(name, value) {
      this.fields.push([name, value]);
    }
  }
  const upload = createUploadWire({
    userId: 7,
    XMLHttpRequest: FakeRequest,
    FormData: FakeForm,
    csrfToken: () => "token",
    onWrongAccount() {},
  });
  return { upload, requests };
}

const readable = (name) => ({ name, slice: () => ({ arrayBuffer: async () => new ArrayBuffer(1) }) });
const unreadable = (name) => ({ name, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) });
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a file goes up with its name as it is, before it", async () => {
  const { upload, requests } = openWire();
  const file = readable('the "plan".txt');
  const { done } = upload(file, () => {});
  await settle();
  assert.equal(requests[0].path, "/api/media/");
  assert.deepEqual(requests[0].form.fields, [["name", 'the "plan".txt'], ["file", file]]);
  Object.assign(requests[0], { status: 201, responseText: '{"mediaUrl": "/media/1/"}' });
  requests[0].onload();
  assert.deepEqual(await done, { mediaUrl: "/media/1/" });
});

test("a folder is said to be unreadable, and nothing is sent", async () => {
  const { upload, requests } = openWire();
  await assert.rejects(upload(unreadable("photos"), () => {}).done, { code: "unreadable" });
  assert.equal(requests[0].form, undefined);
});

test("a file that goes away under way is unreadable, and one without a network unreachable", async () => {
  const { upload, requests } = openWire();
  const file = readable("a.txt");
  const { done } = upload(file, () => {});
  await settle();
  requests[0].onerror();
  await assert.rejects(done, { code: "unreachable" });
  const { done: again } = upload(file, () => {});
  await settle();
  Object.assign(file, unreadable("a.txt"));
  requests[1].onerror();
  await assert.rejects(again, { code: "unreadable" });
});

test("a refusal says why, and when the same may be granted; a proxy's own says at least that the file is too large", async () => {
  const { upload, requests } = openWire();
  const refusals = [
    { status: 429, responseText: '{"code": "rate_limited", "reason": "hourly_bytes"}', retryAfter: "150" },
    { status: 400, responseText: '{"code": "invalid_media", "reason": "broken_image"}' },
    { status: 413, responseText: "<h1>413</h1>" },
    { status: 502, responseText: "<h1>502</h1>" },
  ];
  const told = [];
  for (const { retryAfter = null, ...answer } of refusals) {
    const { done } = upload(readable("a.png"), () => {});
    await settle();
    const request = requests.at(-1);
    Object.assign(request, { ...answer, getResponseHeader: (name) => (name === "Retry-After" ? retryAfter : null) });
    request.onload();
    const { code, reason, retryAfter: seconds } = await done.catch((error) => error);
    told.push([code, reason, seconds]);
  }
  assert.deepEqual(told, [
    ["rate_limited", "hourly_bytes", 150],
    ["invalid_media", "broken_image", undefined],
    ["invalid_media", "file_too_large", undefined],
    ["unavailable", undefined, undefined],
  ]);
});

test("what is called off before it was read is not sent", async () => {
  const { upload, requests } = openWire();
  const { done, cancel } = upload(readable("a.txt"), () => {});
  cancel();
  await assert.rejects(done, { code: "cancelled" });
  assert.equal(requests[0].form, undefined);
});
