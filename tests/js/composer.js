// A composer, with what it hands over.

import assert from "node:assert/strict";

import { createComposing } from "../../conversations/static/conversations/composing.js";
import { createDraftState } from "../../conversations/static/conversations/draft_state.js";
import { createDraftStore } from "../../conversations/static/conversations/draft_store.js";
import { createUploads } from "../../conversations/static/conversations/uploads.js";
import { memoryStorage, say } from "./support.js";

export const MAX = 300;
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export function openComposer({ storage = memoryStorage() } = {}) {
  const added = [];
  const edited = [];
  const aside = [];
  const changes = new Map();
  const wires = [];
  const files = [];
  let nextId = 1;
  let composing;
  const newId = () => `id-${nextId++}`;
  const subjects = createDraftState();
  const uploads = createUploads({
    upload(file) {
      files.push(file);
      const wire = { cancel() {} };
      wire.done = new Promise((resolve, reject) => Object.assign(wire, { resolve, reject }));
      wires.push(wire);
      return wire;
    },
    preview: (file) => `blob:${file.name}`,
    release() {},
    maxBytes: 1000,
    newId,
    onChange: (conversationId) => composing.uploadsChanged(conversationId),
  });
  composing = createComposing({
    subjects,
    store: createDraftStore({ userId: 1, storage }),
    uploads,
    outbox: {
      add: (entry) => added.push(entry),
      edit: (entry) => edited.push(entry),
      setAside: (entry) => aside.push(entry),
      changesOf: () => changes,
    },
    ownTyping: { wrote() {}, sent() {}, stop() {} },
    say,
    newId,
    textFile: (text, name) => ({ name, type: "text/plain", size: text.length, text }),
    maxContent: MAX,
    onChange() {},
  });
  const shown = () => composing.shown(12);
  return { composing, subjects, uploads, files, storage, added, edited, aside, changes, wires, shown };
}

export const picture = (name) => ({ name, type: "image/png", size: 10 });
export const media = (number) => ({ mediaUrl: `/media/${number}/`, messageType: "image", mediaBytes: 10 });

/** A message of a text and two files that waits for them. */
export async function waitsForFiles() {
  const composer = openComposer();
  composer.composing.addFiles(12, [picture("a.png"), picture("b.png")]);
  composer.composing.wrote(12, "look");
  composer.composing.submit(12);
  composer.wires[0].resolve(media(1));
  await settle();
  assert.ok(composer.shown().isSending);
  return composer;
}
