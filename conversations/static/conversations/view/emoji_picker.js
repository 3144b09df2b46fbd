// The picker of emojis, for the composer and for reactions: opened beside what asked for it.

import { hook, make, setText } from "./dom.js";
import { GROUPS, emojisFrom, findEmojis, inTone } from "../emoji_state.js";

const GAP = 8;
const HANDS = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];
const ICONS = { 0: "😀", 1: "👋", 3: "🐻", 4: "🍎", 5: "🚗", 6: "⚽", 7: "💡", 8: "❤️", 9: "🏁" };

/** Emojis newer than this device's fonts fall apart into several pictures; they are not offered. */
function createDrawable() {
  const context = document.createElement("canvas").getContext("2d");
  context.font = "16px sans-serif";
  const limit = context.measureText("😀").width * 1.4;
  return ({ emoji }) => context.measureText(emoji).width <= limit;
}

/** `open(anchor)` gives a promise of the emoji that was chosen, or of null. */
export function createEmojiPicker(root, { say, memory }) {
  const picker = hook(root, "emoji-picker");
  const search = hook(picker, "emoji-search");
  const list = hook(picker, "emoji-list");
  const note = hook(picker, "emoji-note");
  const tabs = hook(picker, "emoji-groups");
  const tones = hook(picker, "emoji-tones");
  let emojis = null;
  let answer = null;
  /** Enter was pressed before there was anything to take. */
  let takesFirst = false;

  const cells = () => [...list.querySelectorAll("button")];

  function cell(entry) {
    const text = inTone(entry, memory.tone());
    return make("button", {
      className: "emoji", type: "button", hook: "emoji", text, title: entry.name, "aria-label": entry.name, tabindex: "-1",
    });
  }

  function section(id, title, entries) {
    const heading = make("h3", { id: `emoji-heading-${id}`, text: title });
    const grid = make("div", { className: "emoji-grid" }, ...entries.map(cell));
    return make("section", { "aria-labelledby": heading.id, "data-group": id }, heading, grid);
  }

  function recentEntries() {
    const named = new Map(emojis.flatMap((entry) => [entry.emoji, ...entry.tones].map((text) => [text, entry.name])));
    return memory.recent().map((emoji) => ({ emoji, name: named.get(emoji) ?? emoji, tones: [] }));
  }

  function showAll() {
    const groups = GROUPS.map((group) => {
      const entries = emojis.filter((entry) => entry.group === group);
      return section(group, say(`emoji-group-${group}`), entries);
    });
    list.replaceChildren(section("recent", say("emoji-recent"), recentEntries()), ...groups);
    list.scrollTop = 0;
  }

  function show() {
    if (emojis === null) return;
    const text = search.value.trim();
    const found = findEmojis(emojis, text);
    if (text === "") showAll();
    else list.replaceChildren(...(found.length > 0 ? [section("found", say("emoji-found"), found)] : []));
    tabs.hidden = text !== "";
    setText(note, text !== "" && found.length === 0 ? say("emoji-none") : "");
    // One stop for the Tab key; the arrows go on from there.
    cells()[0]?.setAttribute("tabindex", "0");
  }

  async function load() {
    if (emojis !== null) return;
    setText(note, say("emoji-loading"));
    try {
      const response = await fetch(picker.dataset.source);
      emojis = emojisFrom(await response.json()).filter(createDrawable());
      setText(note, "");
    } catch {
      setText(note, say("unreachable"));
    }
  }

  function place(anchor) {
    const box = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = picker;
    const above = box.top - height - GAP;
    const top = above >= GAP ? above : Math.min(box.bottom + GAP, window.innerHeight - height - GAP);
    const isRtl = document.documentElement.dir === "rtl";
    const start = isRtl ? box.right - width : box.left;
    const left = Math.min(Math.max(GAP, start), window.innerWidth - width - GAP);
    picker.style.setProperty("top", `${Math.max(GAP, top)}px`);
    picker.style.setProperty("left", `${left}px`);
  }

  function settle(emoji) {
    const { resolve, anchor } = answer ?? {};
    answer = null;
    takesFirst = false;
    if (picker.matches(":popover-open")) picker.hidePopover();
    resolve?.(emoji);
    if (emoji === null && anchor?.isConnected && picker.contains(document.activeElement)) anchor.focus();
    forgetSearch();
  }

  /** Undo goes back over all that was typed in a page, wherever that was, but not over what has been taken out. */
  function forgetSearch() {
    picker.prepend(search);
  }

  function choose(button) {
    memory.used(button.textContent);
    settle(button.textContent);
  }

  function takeFirst() {
    const first = cells()[0];
    if (first !== undefined) choose(first);
  }

  /** The cell above or below: in the next row, nearest to where this one is. */
  function neighbour(from, direction) {
    const here = from.getBoundingClientRect();
    const all = cells();
    const others = direction > 0 ? all.slice(all.indexOf(from) + 1) : all.slice(0, all.indexOf(from)).reverse();
    const isOtherRow = (other) => Math.abs(other.getBoundingClientRect().top - here.top) > 4;
    const first = others.find(isOtherRow);
    if (first === undefined) return null;
    const { top } = first.getBoundingClientRect();
    const row = others.filter((other) => Math.abs(other.getBoundingClientRect().top - top) <= 4);
    const distance = (other) => Math.abs(other.getBoundingClientRect().left - here.left);
    return row.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  }

  function go(from, to) {
    if (!to) return;
    from?.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  }

  function onListKey(event) {
    const from = event.target.closest("button");
    if (from === null) return;
    const all = cells();
    const at = all.indexOf(from);
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const moves = {
      [forward]: () => all[at + 1],
      [backward]: () => all[at - 1],
      ArrowDown: () => neighbour(from, 1),
      ArrowUp: () => neighbour(from, -1) ?? search,
      Home: () => all[0],
      End: () => all.at(-1),
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key]();
    if (to === search) search.focus();
    else go(from, to);
  }

  function onSearchKey(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      go(list.querySelector('[tabindex="0"]'), cells()[0]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (search.value.trim() === "") return;
      if (emojis === null) takesFirst = true;
      else takeFirst();
    }
  }

  function listen() {
    search.addEventListener("input", () => {
      takesFirst = false;
      show();
    });
    search.addEventListener("keydown", onSearchKey);
    list.addEventListener("keydown", onListKey);
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button !== null) choose(button);
    });
    tabs.addEventListener("click", (event) => {
      const { group } = event.target.closest("button")?.dataset ?? {};
      const shown = group && list.querySelector(`[data-group="${group}"]`);
      if (shown) list.scrollTop = shown.offsetTop - list.offsetTop;
      if (shown) go(list.querySelector('[tabindex="0"]'), shown.querySelector("button"));
    });
    tones.addEventListener("change", ({ target }) => {
      memory.chooseTone(Number(target.value));
      show();
    });
    picker.addEventListener("toggle", ({ newState }) => newState === "closed" && answer !== null && settle(null));
  }

  function build() {
    for (const group of GROUPS) {
      const label = say(`emoji-group-${group}`);
      const about = { className: "emoji", type: "button", "data-group": group, title: label, "aria-label": label };
      tabs.append(make("button", { ...about, text: ICONS[group] }));
    }
    for (const [tone, hand] of HANDS.entries()) {
      const about = { type: "radio", name: "emoji-tone", value: tone, "aria-label": say(`emoji-tone-${tone}`) };
      const choice = make("input", { ...about, className: "hidden" });
      choice.checked = tone === memory.tone();
      tones.append(make("label", { className: "emoji", title: say(`emoji-tone-${tone}`) }, choice, hand));
    }
  }

  build();
  listen();

  return async function openEmojiPicker(anchor) {
    settle(null);
    const chosen = new Promise((resolve) => (answer = { resolve, anchor }));
    search.value = "";
    picker.showPopover();
    place(anchor);
    // A touch screen's keyboard would cover half of it.
    if (window.matchMedia("(pointer: fine)").matches) search.focus();
    await load();
    show();
    place(anchor);
    if (takesFirst) takeFirst();
    return chosen;
  };
}
