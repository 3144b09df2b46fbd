// What stands before everything once another tab has signed this browser in as somebody else.

import { hook, setText } from "./dom.js";

export function createAccountDialog(root, { say }) {
  const dialog = hook(root, "account-dialog");
  let isWanted = false;

  return {
    /** `{name, waiting}`: whose page this is, and how many of their messages wait; or null. */
    show(stranded) {
      isWanted = stranded !== null;
      if (!isWanted) return dialog.close();
      const { name, waiting } = stranded;
      setText(hook(dialog, "account-whose"), say("account-whose", { name }));
      const kept = waiting === 0 ? say("account-kept", { name }) : say.count("account-waiting", waiting, { name });
      setText(hook(dialog, "account-kept"), kept);
      setText(hook(dialog, "account-sign-in"), say("account-sign-in", { name }));
      if (!dialog.open) dialog.showModal();
    },

    listen(app) {
      hook(dialog, "account-sign-in").addEventListener("click", app.signIn);
      hook(dialog, "account-start-anew").addEventListener("click", app.startAnew);
      // Behind it stands what belongs to somebody else: Escape does not open that.
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      dialog.addEventListener("close", () => isWanted && dialog.showModal());
    },
  };
}
