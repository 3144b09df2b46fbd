// The dialog that starts a conversation: find people, choose one or several, name it.

import { hook, make, reconcile, setAvatar, setText } from "./dom.js";
import { avatarOf } from "../model.js";

const SEARCH_AFTER = 200;

export function createPeopleDialog(root, { say }) {
  const dialog = hook(root, "people-dialog");
  const search = hook(dialog, "people-search");
  const people = hook(dialog, "people");
  const chosenList = hook(dialog, "chosen");
  const note = hook(dialog, "people-note");
  const title = hook(dialog, "conversation-name");
  const titleField = hook(dialog, "conversation-name-field");
  const start = hook(dialog, "start");
  const chosen = new Map();
  let found = [];

  function createPerson() {
    const avatar = make("span", { className: "avatar small", hook: "person-avatar", "aria-hidden": "true" });
    const name = make("span", { hook: "person-name", dir: "auto" });
    return make("li", {}, make("button", { className: "person", type: "button", hook: "person" }, avatar, name));
  }

  function updatePerson(item, person) {
    const button = hook(item, "person");
    button.dataset.userId = person.userId;
    button.setAttribute("aria-pressed", String(chosen.has(person.userId)));
    setAvatar(hook(button, "person-avatar"), avatarOf(person.name, person.userId));
    setText(hook(button, "person-name"), person.name);
  }

  function createChip() {
    return make("li", {}, make("button", { className: "chip", type: "button", hook: "chosen-person" }));
  }

  function updateChip(item, person) {
    const button = hook(item, "chosen-person");
    button.dataset.userId = person.userId;
    setText(button, `${person.name} ×`);
    button.setAttribute("aria-label", say("remove-person", { name: person.name }));
  }

  function show() {
    const keyed = (list) => list.map((person) => ({ ...person, key: person.userId }));
    reconcile(people, keyed(found), { create: createPerson, update: updatePerson });
    reconcile(chosenList, keyed([...chosen.values()]), { create: createChip, update: updateChip });
    chosenList.hidden = chosen.size === 0;
    titleField.hidden = chosen.size < 2;
    start.disabled = chosen.size === 0;
  }

  function toggle(userId) {
    const person = chosen.get(userId) ?? found.find((other) => other.userId === userId);
    if (chosen.has(userId)) chosen.delete(userId);
    else chosen.set(userId, person);
    show();
  }

  function listenToSearch(app) {
    let timer = null;
    search.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(async () => {
        const text = search.value.trim();
        const answer = text === "" ? [] : await app.search(text).catch(() => null);
        if (text !== search.value.trim()) return;
        found = answer ?? [];
        setText(note, noteOn(text, answer));
        show();
      }, SEARCH_AFTER);
    });
  }

  function noteOn(text, answer) {
    if (answer === null) return say("unreachable");
    return text !== "" && answer.length === 0 ? say("nobody-found") : "";
  }

  async function begin(app) {
    if (chosen.size === 0) return;
    start.disabled = true;
    try {
      await app.startConversation([...chosen.keys()], chosen.size > 1 ? title.value.trim() : "");
      dialog.close();
    } catch (error) {
      setText(note, error.code ? error.message : say("unreachable"));
      start.disabled = false;
    }
  }

  return {
    listen(app) {
      hook(root, "new-conversation").addEventListener("click", () => {
        chosen.clear();
        found = [];
        search.value = title.value = "";
        setText(note, "");
        show();
        dialog.showModal();
        search.focus();
      });
      listenToSearch(app);
      dialog.addEventListener("click", (event) => {
        const button = event.target.closest("[data-user-id]");
        if (button !== null) toggle(Number(button.dataset.userId));
        if (event.target === dialog) dialog.close();
      });
      hook(dialog, "people-cancel").addEventListener("click", () => dialog.close());
      hook(dialog, "people-form").addEventListener("submit", (event) => {
        event.preventDefault();
        begin(app);
      });
      // Enter in the search takes the first one found, rather than starting at once.
      search.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || found.length === 0) return;
        event.preventDefault();
        if (!chosen.has(found[0].userId)) toggle(found[0].userId);
      });
    },
  };
}
