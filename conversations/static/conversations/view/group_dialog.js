// The dialog about a group: its title, who is in it, and what an admin may change.

import { createEndWatch } from "./end_watch.js";
import { hook, make, reconcile, setAvatar, setData, setText } from "./dom.js";
import { createPeopleSearch } from "./people_search.js";

/** Fewer people are found by looking. */
const FILTERED_FROM = 12;

export function createGroupDialog(root, { say }) {
  const dialog = hook(root, "group-dialog");
  const opener = hook(root, "group");
  const title = hook(dialog, "group-title");
  const people = hook(dialog, "group-people");
  const problem = hook(dialog, "group-problem");
  const done = hook(dialog, "group-done");
  const history = hook(dialog, "history-visible");
  const filter = hook(dialog, "member-filter");
  const confirmation = hook(root, "confirm-dialog");
  const search = createPeopleSearch(hook(dialog, "group-add"), {
    say,
    onChoose: add,
    isLeftOut: ({ userId }) => group.memberIds.has(userId),
  });
  const watch = createEndWatch(people, { onReach: () => app.moreMembers() });
  let group = null;
  let app = null;

  function createPerson() {
    const button = (name) => make("button", { className: "quiet", type: "button", hook: name });
    return make(
      "li",
      { className: "member", hook: "member" },
      make("span", { className: "avatar small", hook: "member-avatar", "aria-hidden": "true" }),
      make(
        "span",
        { className: "member-who" },
        make("span", { className: "member-name", hook: "member-name", dir: "auto" }),
        make("span", { className: "member-role", hook: "member-role", text: say("admin") }),
        make("span", { className: "member-role", hook: "member-deactivated", text: say("deactivated") }),
      ),
      make("span", { className: "member-buttons" }, button("member-admin"), button("member-remove")),
    );
  }

  function updatePerson(item, { userId, name, plainName, avatar, isAdmin, isActive, mayChangeAdmin, mayRemove }) {
    setData(item, "userId", userId);
    setAvatar(hook(item, "member-avatar"), avatar);
    setText(hook(item, "member-name"), name);
    hook(item, "member-role").hidden = !isAdmin;
    hook(item, "member-deactivated").hidden = isActive;
    const admin = hook(item, "member-admin");
    admin.hidden = !mayChangeAdmin;
    setText(admin, isAdmin ? say("take-admin") : say("make-admin"));
    admin.setAttribute("aria-label", say(isAdmin ? "take-admin-of" : "make-admin-of", { name: plainName }));
    const remove = hook(item, "member-remove");
    remove.hidden = !mayRemove;
    setText(remove, say("remove"));
    remove.setAttribute("aria-label", say("remove-person", { name: plainName }));
  }

  /** Do it, and say what came of it. */
  async function attempt(promise, sentence = "") {
    setText(problem, "");
    setText(done, "");
    const refusal = await promise;
    setText(problem, refusal ?? "");
    if (refusal === null) setText(done, sentence);
    return refusal === null;
  }

  async function add(person) {
    const added = app.addPerson(person.userId);
    const isDone = await attempt(added.then(({ refusal }) => refusal));
    if (isDone) {
      const { isInvited } = await added;
      setText(done, say(isInvited ? "invited" : "added", { name: person.name }));
      search.clear();
    }
    search.focus();
  }

  /** A promise of whether the person is sure. */
  function confirm(question, action) {
    setText(hook(confirmation, "confirm-question"), question);
    setText(hook(confirmation, "confirm-yes"), action);
    confirmation.returnValue = "";
    confirmation.showModal();
    return new Promise((resolve) => {
      confirmation.addEventListener("close", () => resolve(confirmation.returnValue === "yes"), { once: true });
    });
  }

  async function onMember(button) {
    const id = Number(button.closest("[data-user-id]").dataset.userId);
    const person = group.people.find(({ userId }) => userId === id);
    if (button.dataset.hook === "member-admin") return attempt(app.setAdmin(id, !person.isAdmin));
    const { plainName: name } = person;
    if (!(await confirm(say("confirm-remove", { name }), say("remove")))) return;
    await attempt(app.removePerson(id), say("removed", { name }));
    hook(dialog, "group-close").focus();
  }

  async function leave() {
    if (!(await confirm(say("confirm-leave", { title: group.shownTitle }), say("leave")))) return;
    if (await attempt(app.leave())) dialog.close();
  }

  function showPeople() {
    filter.parentElement.hidden = group.count < FILTERED_FROM;
    hook(dialog, "member-none").hidden = group.people.length > 0 || filter.value.trim() === "";
    reconcile(people, group.people, { create: createPerson, update: updatePerson });
    watch(group.isPartial && filter.value.trim() === "" ? people.lastElementChild : null);
  }

  function open() {
    filter.value = "";
    app.findMembers("");
    showPeople();
    title.value = group.title;
    setText(problem, "");
    setText(done, "");
    search.clear();
    dialog.showModal();
  }

  function listenToChanges() {
    hook(dialog, "group-form").addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(app.rename(title.value.trim()), say("saved"));
    });
    history.addEventListener("change", () => attempt(app.showHistory(history.checked)));
    people.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button !== null) onMember(button);
    });
    filter.addEventListener("input", () => app.findMembers(filter.value));
    hook(dialog, "group-leave").addEventListener("click", leave);
  }

  return {
    /** `shown` is a group, or null while none is open. */
    show(shown) {
      const isOther = shown?.conversationId !== group?.conversationId;
      const wasTitle = group?.title;
      group = shown;
      opener.hidden = group === null;
      if (isOther && dialog.open) {
        confirmation.close();
        dialog.close();
      }
      if (group === null) return;
      setText(hook(dialog, "group-heading"), group.shownTitle);
      setText(hook(dialog, "group-count"), say.count("people-count", group.count));
      // What somebody else changed it to, unless it is being changed here.
      if (title.value === wasTitle) title.value = group.title;
      hook(dialog, "group-admin").hidden = !group.isAdmin;
      history.checked = group.historyVisible;
      if (!dialog.open) return;
      showPeople();
      search.show();
    },

    listen(handlers) {
      app = handlers;
      search.listen(handlers);
      opener.addEventListener("click", open);
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      hook(dialog, "group-close").addEventListener("click", () => dialog.close());
      listenToChanges();
    },
  };
}
