// Finding people by name: a field, those found, and a line that says if there are none.

import { hook, make, reconcile, setAvatar, setText } from "./dom.js";
import { avatarOf } from "../model.js";

const SEARCH_AFTER = 200;

function createPerson() {
  const avatar = make("span", { className: "avatar small", hook: "person-avatar", "aria-hidden": "true" });
  const name = make("span", { hook: "person-name", dir: "auto" });
  const username = make("span", { className: "person-username", hook: "person-username", dir: "auto" });
  const words = make("span", { className: "person-words" }, name, username);
  return make("li", {}, make("button", { className: "person", type: "button", hook: "person" }, avatar, words));
}

/** `isChosen(person)` is told where choosing is a state, and `isLeftOut(person)` whom not to offer. */
export function createPeopleSearch(box, { say, onChoose, isChosen = null, isLeftOut = () => false }) {
  const field = hook(box, "people-search");
  const list = hook(box, "people");
  const note = hook(box, "people-note");
  let found = [];
  let timer = null;
  /** The text that `found` is the answer to. */
  let answered = "";
  let takesFirst = false;

  function update(item, person) {
    const button = hook(item, "person");
    button.dataset.userId = person.userId;
    if (isChosen) button.setAttribute("aria-pressed", String(isChosen(person)));
    setAvatar(hook(button, "person-avatar"), avatarOf(person.name, person.userId));
    setText(hook(button, "person-name"), person.name);
    // By it two people of one name are told apart; who has no other name is called so already.
    const username = hook(button, "person-username");
    username.hidden = person.username === person.name;
    setText(username, `@${person.username}`);
  }

  const offered = () => found.filter((person) => !isLeftOut(person));

  function show() {
    const items = offered().map((person) => ({ ...person, key: person.userId }));
    reconcile(list, items, { create: createPerson, update });
  }

  function noteOn(text, answer) {
    if (answer === null) return say("unreachable");
    return text !== "" && offered().length === 0 ? say("nobody-found") : "";
  }

  return {
    show,
    focus: () => field.focus(),
    tell: (sentence) => setText(note, sentence),
    clear() {
      window.clearTimeout(timer);
      found = [];
      answered = "";
      takesFirst = false;
      field.value = "";
      setText(note, "");
      show();
    },
    listen(app) {
      async function search() {
        const text = field.value.trim();
        const answer = text === "" ? [] : await app.searchPeople(text).catch(() => null);
        if (text !== field.value.trim()) return;
        found = answer ?? [];
        answered = text;
        setText(note, noteOn(text, answer));
        show();
        if (takesFirst) takeFirst();
      }

      function takeFirst() {
        takesFirst = false;
        if (offered().length > 0) onChoose(offered()[0]);
      }

      field.addEventListener("input", () => {
        takesFirst = false;
        window.clearTimeout(timer);
        timer = window.setTimeout(search, SEARCH_AFTER);
      });
      // Enter takes the first one found, rather than what the form around it does; if need be, once it is found.
      field.addEventListener("keydown", (event) => {
        const text = field.value.trim();
        if (event.key !== "Enter" || event.isComposing || text === "") return;
        event.preventDefault();
        takesFirst = true;
        if (text === answered) takeFirst();
      });
      list.addEventListener("click", (event) => {
        const button = event.target.closest("[data-user-id]");
        const person = found.find(({ userId }) => userId === Number(button?.dataset.userId));
        if (person !== undefined) onChoose(person);
      });
    },
  };
}
