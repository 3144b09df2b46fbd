// Where the browser enters: its socket, clock, storage and address are handed to the app here.

import { createApi } from "./api.js";
import { createApp } from "./app.js";
import { createClock } from "./clock.js";
import { createEmojiMemory } from "./emoji_state.js";
import { createSay } from "./strings.js";
import { createUploadWire } from "./upload_wire.js";
import { createView, readBootstrap, readStrings } from "./view/view.js";

const clock = createClock({
  wall: () => Date.now(),
  steady: () => performance.now(),
  setTimeout: (callback, delay) => window.setTimeout(callback, delay),
  clearTimeout: (timer) => window.clearTimeout(timer),
});

const CONVERSATION_PATH = /^\/conversations\/(\d+)\/$/;

/** The open conversation, as the address names it. */
function openFromAddress() {
  const match = CONVERSATION_PATH.exec(window.location.pathname);
  return match && Number(match[1]);
}

/** Sixteen random bytes; `crypto.randomUUID` is missing on plain http. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Storage may be forbidden; then what is written lasts as long as the page, which says so before it is closed. */
function safeStorage() {
  try {
    window.localStorage.getItem("outbox");
    return window.localStorage;
  } catch (refusal) {
    const refuse = () => {
      throw refusal;
    };
    return { length: 0, key: () => null, getItem: () => null, setItem: refuse, removeItem() {} };
  }
}

const page = {
  isHidden: () => document.visibilityState === "hidden",
  /** Whether a dialog stands before all else. */
  isCovered: () => document.querySelector("dialog:modal") !== null,
  isOnline: () => window.navigator.onLine,
  hasFocus: () => document.hasFocus(),
  open(query) {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${window.location.host}/ws/chat/${query}`);
  },
  address(conversationId, { replace }) {
    const path = conversationId === null ? "/" : `/conversations/${conversationId}/`;
    if (path === window.location.pathname) return;
    window.history[replace ? "replaceState" : "pushState"](null, "", path);
  },
  signIn() {
    const next = encodeURIComponent(window.location.pathname);
    window.location.assign(`/accounts/login/?next=${next}`);
  },
  /** Begin anew, as whom this browser is signed in. */
  startAnew: () => window.location.assign("/"),
  newId,
  soon: (callback) => queueMicrotask(callback),
};

const locale = document.documentElement.lang || undefined;
const say = createSay(readStrings(document), locale);
const storage = safeStorage();
const bootstrap = readBootstrap(document);
const { userId } = bootstrap;

/** The cookie is as new as the session; the form has what was true when the page was made. */
function csrfToken() {
  const [, token] = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) ?? [];
  return token ?? document.querySelector("input[name=csrfmiddlewaretoken]").value;
}

const onWrongAccount = () => app.wrongAccount();
const view = createView(document, { say, emojiMemory: createEmojiMemory(storage) });
const api = createApi({
  userId,
  fetch: (...request) => window.fetch(...request),
  csrfToken,
  onWrongAccount,
});
const files = {
  upload: createUploadWire({ userId, XMLHttpRequest, FormData, csrfToken, onWrongAccount }),
  preview: (file) => URL.createObjectURL(file),
  release: (address) => URL.revokeObjectURL(address),
  textFile: (text, name) => new File([text], name, { type: "text/plain;charset=utf-8" }),
};
const app = createApp({
  bootstrap,
  say,
  locale,
  clock,
  random: Math.random,
  storage,
  api,
  files,
  page,
  view,
});

view.listen(app);
window.addEventListener("popstate", () => app.open(openFromAddress(), { fromHistory: true }));
window.addEventListener("online", app.online);
window.addEventListener("offline", app.offline);
window.addEventListener("storage", app.storageChanged);
window.addEventListener("pagehide", app.leaving);
window.addEventListener("pageshow", (event) => event.persisted && app.online());
window.addEventListener("beforeunload", (event) => app.wouldLose() && event.preventDefault());
document.addEventListener("visibilitychange", app.visibility);
window.addEventListener("focus", app.attention);
window.addEventListener("blur", app.attention);
// That a dialog was closed is told to the dialog alone, but passes by here.
document.addEventListener("close", app.attention, { capture: true });
// Not "scroll": the page scrolls by itself, too, as it follows what comes.
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
  window.addEventListener(kind, app.touched, { passive: true, capture: true });
}
app.start();
