"""What can happen in a conversation. The only writers; each publishes after its commit.

Plain synchronous Django, for consumers, views, commands and workers. ``now`` is an aware time.
All raise ``Refused`` when it may not happen, and then nothing was changed.
"""

from __future__ import annotations

from conversations.services.changes import (
    Changed,
    delete_message,
    edit_message,
    react,
    withdraw_reactions,
)
from conversations.services.conversations import change_conversation, create_conversation
from conversations.services.invitations import (
    accept_invitation,
    add_participant,
    decline_invitation,
)
from conversations.services.membership import (
    remove_participant,
    set_admin,
    tell_deletion,
)
from conversations.services.messages import BATCH_SIZE, Sending, Sent, send_message, send_messages
from conversations.services.people import (
    LOOK_LIMIT,
    Looked,
    index_anew,
    look_at_people,
    settle_people,
)
from conversations.services.privacy import choose_privacy
from conversations.services.receipts import Marking, mark, mark_all
from conversations.services.unread import mark_unread
from conversations.services.uploads import (
    SWEEP_LIMIT,
    Swept,
    keep_upload,
    remove_upload,
    sweep_media,
)

__all__ = [
    "BATCH_SIZE",
    "LOOK_LIMIT",
    "SWEEP_LIMIT",
    "Changed",
    "Looked",
    "Marking",
    "Sending",
    "Sent",
    "Swept",
    "accept_invitation",
    "add_participant",
    "change_conversation",
    "choose_privacy",
    "create_conversation",
    "decline_invitation",
    "delete_message",
    "edit_message",
    "index_anew",
    "keep_upload",
    "look_at_people",
    "mark",
    "mark_all",
    "mark_unread",
    "react",
    "remove_participant",
    "remove_upload",
    "send_message",
    "send_messages",
    "set_admin",
    "settle_people",
    "sweep_media",
    "tell_deletion",
    "withdraw_reactions",
]
