// Making and finding elements. Text becomes text, never HTML.

import { FIRST_STRONG_ISOLATE, POP_ISOLATE } from "../bidi.js";
import { partsOf } from "../links.js";

const ISOLATES = /([\u2066-\u2069])/;

export function hook(root, name) {
  const found = root.querySelector(`[data-hook="${name}"]`);
  if (found === null) throw new Error(`The page has no [data-hook="${name}"].`);
  return found;
}

/** `make("span", {className, hook, text, ...attributes}, ...children)` */
export function make(tag, { className, hook: name, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (name) element.dataset.hook = name;
  if (text !== undefined) setText(element, text);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Nodes of a text. What is isolated in it stands in a `<bdi>`, so that nobody copies the marks along with it. */
function nodesOf(text) {
  const nodes = document.createDocumentFragment();
  const around = [];
  let inner = nodes;
  for (const part of text.split(ISOLATES)) {
    if (part === FIRST_STRONG_ISOLATE) {
      around.push(inner);
      inner = inner.appendChild(document.createElement("bdi"));
    } else if (part === POP_ISOLATE) {
      const outer = around.pop() ?? inner;
      // That of another kind of isolate, which somebody wrote.
      if (outer === inner) inner.append(part);
      inner = outer;
    } else if (part !== "") {
      if (ISOLATES.test(part)) around.push(inner);
      inner.append(part);
    }
  }
  return nodes;
}

/** Element to what was written into it. */
const written = new WeakMap();

/** Only what differs is written, so that nothing flickers and nothing is read out twice. */
export function setText(element, text) {
  if ((written.get(element) ?? element.textContent) === text) return;
  written.set(element, text);
  element.replaceChildren(nodesOf(text));
}

/** A text as somebody wrote it, with all its characters: it may be copied from here. */
export function setOriginal(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element, name, value) {
  if (value === undefined || value === null) delete element.dataset[name];
  else if (element.dataset[name] !== String(value)) element.dataset[name] = value;
}

export function setAvatar(element, { initials, color }) {
  setText(element, initials);
  setData(element, "color", color);
}

export function setDot(element, dot) {
  element.hidden = dot === null;
  setData(element, "status", dot?.status);
  setData(element, "userId", dot?.userId);
  setData(element, "stale", dot?.isStale || null);
  if (dot !== null) element.setAttribute("aria-label", dot.label);
}

/** Make the children of `parent` those of `items`, keeping the elements of items that stay. */
export function reconcile(parent, items, { create, update }) {
  const wanted = new Set(items.map(({ key }) => String(key)));
  const old = new Map();
  for (const child of [...parent.children]) {
    if (wanted.has(child.dataset.key)) old.set(child.dataset.key, child);
    else child.remove();
  }
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(item.key);
    const element = old.get(key) ?? create(item);
    element.dataset.key = key;
    update(element, item);
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  // What is moved loses it.
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Nodes of a text in which addresses are links. They run from left to right, whatever stands around them. */
export function withLinks(text) {
  const opensApart = { target: "_blank", rel: "noopener noreferrer" };
  const link = ({ text: shown, href }) => {
    const about = href.startsWith("mailto:") ? {} : opensApart;
    return make("a", { dir: "ltr", text: shown, href, ...about });
  };
  return partsOf(text).map((part) => (typeof part === "string" ? part : link(part)));
}
