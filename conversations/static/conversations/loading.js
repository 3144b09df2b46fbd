// What is read of conversations over HTTP, put together: pages of the list, single ones, and who is in the open one.

import { createListPages } from "./list_pages.js";
import { createMembers } from "./members.js";
import { createRereading } from "./rereading.js";

/** `onRead()` is called when conversations or people have become known, and `onLost(conversation)` as rereading does. */
export function createLoading({ onRead, onLost, ...around }) {
  const rereading = createRereading({ ...around, onList: onRead, onLost });
  const pages = createListPages({ ...around, onRead });
  const members = createMembers({ ...around, onRead });

  return {
    refresh: rereading.some,
    connected(how) {
      rereading.connected(how);
      pages.connected();
    },
    opened: rereading.opened,
    /** Read what is shown and is not here yet. */
    look: members.look,
    everybody: members.all,
    isFoundInList: pages.isFound,
    isFindingInList: pages.isFinding,
    isShownMember: members.isShown,
    filter: pages.filter,
    actions: { moreConversations: pages.more, ...members.actions },
  };
}
