// The dialogs over a conversation: a picture in large, who has a message, and whether to delete one.

import { hook, make, setAvatar } from "./dom.js";
import { avatarOf } from "../model.js";

function closesFromOutside(dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function personLine({ userId, name }) {
  const avatar = make("span", { className: "avatar small", "aria-hidden": "true" });
  setAvatar(avatar, avatarOf(name, userId));
  return make("li", { className: "receipt" }, avatar, make("span", { text: name, dir: "auto" }));
}

function receiptSection({ key, label, people }) {
  const section = make("section", {}, make("h3", { text: label }), make("ul", {}, ...people.map(personLine)));
  section.dataset.kind = key;
  return section;
}

export function createThreadDialogs(root) {
  const lightbox = hook(root, "lightbox");
  const receipts = hook(root, "receipts-dialog");
  const deletion = hook(root, "delete-dialog");
  for (const dialog of [lightbox, receipts, deletion]) closesFromOutside(dialog);
  /** Tells what the dialog of receipts shows, and what it showed last. */
  let readLines = null;
  let shownLines = null;

  function drawReceipts() {
    const lines = readLines();
    const look = JSON.stringify(lines);
    if (look === shownLines) return;
    shownLines = look;
    hook(receipts, "receipts").replaceChildren(...lines.map(receiptSection));
  }

  return {
    showPicture({ url, name }) {
      const image = hook(lightbox, "lightbox-image");
      image.src = url;
      image.alt = name;
      hook(lightbox, "lightbox-original").href = url;
      lightbox.showModal();
    },

    /** `read()` gives the lines, now and whenever somebody reads on. */
    showReceipts(read) {
      readLines = read;
      drawReceipts();
      receipts.showModal();
    },

    show: () => receipts.open && drawReceipts(),

    /** What they are about is not in view any more. */
    close() {
      for (const dialog of [lightbox, receipts, deletion]) dialog.close();
    },

    /** Whether the person wants it. */
    confirmsDeletion() {
      deletion.returnValue = "";
      deletion.showModal();
      return new Promise((resolve) => {
        deletion.addEventListener("close", () => resolve(deletion.returnValue === "delete"), { once: true });
      });
    },

    listen() {
      lightbox.addEventListener("close", () => hook(lightbox, "lightbox-image").removeAttribute("src"));
      hook(root, "messages-inner").addEventListener("click", (event) => {
        const picture = event.target.closest('[data-hook="picture"]');
        const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey;
        if (picture === null || opensElsewhere) return;
        event.preventDefault();
        this.showPicture({ url: picture.href, name: picture.querySelector("img").alt });
      });
    },
  };
}
