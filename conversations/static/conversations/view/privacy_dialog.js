// The dialog with the two switches of privacy, and what others see while they are as they are.

import { hook, setText } from "./dom.js";

export function createPrivacyDialog(root, { say }) {
  const dialog = hook(root, "privacy-dialog");
  const appearsAs = hook(dialog, "privacy-appears-as");
  const problem = hook(dialog, "privacy-problem");
  const switches = {
    showsPresence: hook(dialog, "shows-presence"),
    showsTyping: hook(dialog, "shows-typing"),
  };
  let shownPrivacy = null;

  function setSwitches() {
    for (const [name, box] of Object.entries(switches)) box.checked = shownPrivacy[name];
  }

  return {
    show({ appearsAs: status, privacy }) {
      setText(appearsAs, say(`own-${status}`));
      shownPrivacy = privacy;
      setSwitches();
    },
    listen(app) {
      hook(root, "privacy").addEventListener("click", () => {
        setText(problem, "");
        dialog.showModal();
      });
      for (const [name, box] of Object.entries(switches)) {
        box.addEventListener("change", async () => {
          const isKept = await app.choosePrivacy({ [name]: box.checked });
          setText(problem, isKept ? "" : say("unreachable"));
          setSwitches();
        });
      }
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    },
  };
}
