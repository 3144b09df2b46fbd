// The dialog with the switches of privacy, and what others see while they are as they are.

import { hook, setText } from "./dom.js";

export function createPrivacyDialog(root, { say }) {
  const dialog = hook(root, "privacy-dialog");
  const appearsAs = hook(dialog, "privacy-appears-as");
  const problem = hook(dialog, "privacy-problem");
  const switches = {
    showsPresence: hook(dialog, "shows-presence"),
    showsReceipts: hook(dialog, "shows-receipts"),
    showsTyping: hook(dialog, "shows-typing"),
  };

  return {
    show({ appearsAs: status, privacy }) {
      setText(appearsAs, say(`own-${status}`));
      for (const [name, box] of Object.entries(switches)) box.checked = privacy[name];
    },
    listen(app) {
      hook(root, "privacy").addEventListener("click", () => {
        setText(problem, "");
        dialog.showModal();
      });
      for (const [name, box] of Object.entries(switches)) {
        box.addEventListener("change", async () => {
          setText(problem, "");
          if (!(await app.choosePrivacy(name, box.checked))) setText(problem, say("unreachable"));
        });
      }
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    },
  };
}
