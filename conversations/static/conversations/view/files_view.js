// The files with a message before it is sent: chosen, pasted or dropped, and how far each of them is.

import { isolatedList } from "../bidi.js";
import { hook, make, reconcile, setData, setText } from "./dom.js";
import { listenToDrops } from "./file_drops.js";

export function createFilesView(root, { say }) {
  const composer = hook(root, "composer");
  const list = hook(root, "files");
  const input = hook(root, "file-input");
  const lost = hook(root, "files-lost");

  function create() {
    const button = (name) => make("button", { className: "file-button", type: "button", hook: name });
    return make(
      "li",
      { className: "upload", hook: "upload" },
      make("span", { className: "upload-picture", hook: "upload-picture", "aria-hidden": "true" }),
      make("span", { className: "upload-name", hook: "upload-name", dir: "auto" }),
      make("span", { className: "upload-text", hook: "upload-text" }),
      make("progress", { className: "upload-progress", hook: "upload-progress", max: "1" }),
      button("upload-retry"),
      button("upload-remove"),
    );
  }

  /** The picture of one that browsers don't show comes once it is up. */
  function showPicture(element, preview) {
    if (element.dataset.shown === String(preview)) return;
    element.dataset.shown = String(preview);
    const icon = make("span", { className: "file-icon" });
    const image = preview && make("img", { src: preview, alt: "" });
    // Its name alone made it a picture.
    image?.addEventListener("error", () => image.replaceWith(icon));
    element.replaceChildren(image || icon);
  }

  function update(element, { key, name, preview, state, progress, text, mayRetry }) {
    showPicture(hook(element, "upload-picture"), preview);
    setData(element, "id", key);
    // Those that failed come first: there they are seen, however many there are.
    if (state === "failed" && element.dataset.state !== "failed") list.scrollTo({ left: 0 });
    setData(element, "state", state);
    setText(hook(element, "upload-name"), name);
    setText(hook(element, "upload-text"), text);
    const bar = hook(element, "upload-progress");
    bar.hidden = state !== "uploading" && state !== "waiting";
    bar.value = progress;
    bar.setAttribute("aria-label", name);
    const retry = hook(element, "upload-retry");
    retry.hidden = !mayRetry;
    setText(retry, say("retry"));
    const remove = hook(element, "upload-remove");
    setText(remove, "×");
    remove.setAttribute("aria-label", say("remove-file", { name }));
    remove.title = say("remove-file", { name });
  }

  function showLost(names) {
    lost.hidden = names.length === 0;
    const sentence = say("files-lost", { names: isolatedList(names) });
    if (names.length > 0) setText(hook(lost, "files-lost-text"), sentence);
  }

  return {
    show({ files, lost: names }) {
      list.hidden = files.length === 0;
      reconcile(list, files, { create, update });
      showLost(names);
    },

    listen(app) {
      hook(root, "add-files").addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        app.addFiles([...input.files]);
        input.value = "";
        composer.focus();
      });
      composer.addEventListener("paste", (event) => {
        const { files, types } = event.clipboardData;
        // A spreadsheet puts a picture of the cells beside their text: the text is meant.
        if (files.length === 0 || types.includes("text/plain")) return;
        event.preventDefault();
        app.addFiles([...files]);
      });
      list.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button === null) return;
        const { id } = button.closest('[data-hook="upload"]').dataset;
        if (button.dataset.hook === "upload-retry") app.retryFile(id);
        else app.removeFile(id);
        composer.focus();
      });
      hook(lost, "files-lost-close").addEventListener("click", () => {
        app.forgetLost();
        composer.focus();
      });
      listenToDrops(root, {
        dropFiles(dropped) {
          app.dropFiles(dropped);
          composer.focus();
        },
      });
    },
  };
}
