// The dialog that starts a conversation: find people, choose one or several, name it.

import { isolated } from "../bidi.js";
import { hook, make, reconcile, setText } from "./dom.js";
import { createPeopleSearch } from "./people_search.js";

export function createPeopleDialog(root, { say }) {
  const dialog = hook(root, "people-dialog");
  const chosenList = hook(dialog, "chosen");
  const title = hook(dialog, "conversation-name");
  const titleField = hook(dialog, "conversation-name-field");
  const start = hook(dialog, "start");
  const chosen = new Map();
  const search = createPeopleSearch(dialog, { say, onChoose: choose, isChosen: ({ userId }) => chosen.has(userId) });

  function createChip() {
    return make("li", {}, make("button", { className: "chip", type: "button", hook: "chosen-person" }));
  }

  function updateChip(item, person) {
    const button = hook(item, "chosen-person");
    button.dataset.chosenId = person.userId;
    setText(button, `${isolated(person.name)} ×`);
    button.setAttribute("aria-label", say("remove-person", { name: person.name }));
  }

  function show() {
    const items = [...chosen.values()].map((person) => ({ ...person, key: person.userId }));
    reconcile(chosenList, items, { create: createChip, update: updateChip });
    chosenList.hidden = chosen.size === 0;
    titleField.hidden = chosen.size < 2;
    start.disabled = chosen.size === 0;
    search.show();
  }

  function toggle(person) {
    if (!chosen.delete(person.userId)) chosen.set(person.userId, person);
    show();
  }

  /** What was looked for is found: the field is for the next one. */
  function choose(person) {
    toggle(person);
    search.clear();
    search.focus();
  }

  async function begin(app) {
    if (chosen.size === 0) return;
    start.disabled = true;
    const refusal = await app.startConversation([...chosen.keys()], chosen.size > 1 ? title.value.trim() : "");
    if (refusal === null) return dialog.close();
    search.tell(refusal);
    start.disabled = false;
  }

  return {
    listen(app) {
      search.listen(app);
      hook(root, "new-conversation").addEventListener("click", () => {
        chosen.clear();
        title.value = "";
        search.clear();
        show();
        dialog.showModal();
        search.focus();
      });
      chosenList.addEventListener("click", (event) => {
        const button = event.target.closest("[data-chosen-id]");
        if (button === null) return;
        toggle(chosen.get(Number(button.dataset.chosenId)));
        search.focus();
      });
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      hook(dialog, "people-cancel").addEventListener("click", () => dialog.close());
      hook(dialog, "people-form").addEventListener("submit", (event) => {
        event.preventDefault();
        begin(app);
      });
    },
  };
}
