// The invitations above the list of conversations.

import { hook, make, reconcile, setText } from "./dom.js";

export function createInvitationsView(root, { say }) {
  const section = hook(root, "invitations");
  const list = hook(section, "invitation-list");

  function create({ key }) {
    const id = `invitation-${key}`;
    const button = (name, className) => make("button", { className, type: "button", hook: name, text: say(name), "aria-describedby": id });
    const buttons = make("div", { className: "invitation-buttons" });
    buttons.append(button("invitation-decline", "quiet"), button("invitation-accept", "button small"));
    return make("li", { className: "invitation", hook: "invitation" }, make("p", { hook: "invitation-text", id }), buttons);
  }

  return {
    show(invitations) {
      section.hidden = invitations.length === 0;
      reconcile(list, invitations, { create, update: (item, { sentence }) => setText(hook(item, "invitation-text"), sentence) });
    },

    listen(app) {
      list.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button === null) return;
        const id = Number(button.closest("li").dataset.key);
        if (button.dataset.hook === "invitation-accept") app.acceptInvitation(id);
        else app.declineInvitation(id);
      });
    },
  };
}
