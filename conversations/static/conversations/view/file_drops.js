// Files dropped anywhere in the window. The browser never leaves the page for what is dropped on it.

import { hook } from "./dom.js";

const EDITABLE = "textarea, input, [contenteditable]";

const has = (transfer, type) => transfer?.types.includes(type) ?? false;

/** Folders look like files to a page, which can't read them: `{files, folders}`, of these the names. */
function contentOf({ items, files }) {
  const entries = [...items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.());
  const isFolder = (index) => entries[index]?.isDirectory ?? false;
  const all = [...files];
  return {
    files: all.filter((_, index) => !isFolder(index)),
    folders: all.filter((_, index) => isFolder(index)).map(({ name }) => name),
  };
}

/** Calls `app.dropFiles({files, folders})`. */
export function listenToDrops(root, app) {
  const dropHint = hook(root, "drop-hint");
  // Each element that is entered is entered before the former is left.
  let entered = 0;
  /** A picture or a link of the page itself is dragged. */
  let isOwn = false;

  const isOfFiles = ({ dataTransfer }) => !isOwn && has(dataTransfer, "Files");
  /** Where the browser would open it in place of the page. */
  const wouldLeave = ({ dataTransfer, target }) =>
    has(dataTransfer, "Files") || (has(dataTransfer, "text/uri-list") && !target.closest?.(EDITABLE));

  function show(isShown) {
    if (!isShown) entered = 0;
    dropHint.hidden = !isShown;
  }

  root.addEventListener("dragstart", () => (isOwn = true));
  root.addEventListener("dragend", () => (isOwn = false));
  root.addEventListener("dragenter", (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    entered += 1;
    show(true);
  });
  root.addEventListener("dragover", (event) => {
    if (!wouldLeave(event)) return;
    event.preventDefault();
    const isTaken = isOfFiles(event) && root.querySelector("dialog[open]") === null;
    event.dataTransfer.dropEffect = isTaken ? "copy" : "none";
  });
  root.addEventListener("dragleave", (event) => {
    if (!isOfFiles(event)) return;
    entered -= 1;
    if (entered <= 0) show(false);
  });
  root.addEventListener("drop", (event) => {
    if (wouldLeave(event)) event.preventDefault();
    show(false);
    if (isOfFiles(event)) app.dropFiles(contentOf(event.dataTransfer));
  });
}
