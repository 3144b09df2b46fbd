"""The lock under which everything in a conversation happens one after another."""

from __future__ import annotations

from conversations.models import Conversation, Participant
from conversations.selectors import require_participant


def hold_place(*, conversation_id: int, user_id: int) -> Participant:
    """Lock the conversation, and then look whether the user is in it: nobody comes or goes, and
    neither sequence nor revision rises, until the transaction ends.

    Raises ``Refused`` (not_a_participant)."""
    list(Conversation.objects.select_for_update().filter(pk=conversation_id).values_list("pk"))
    return require_participant(conversation_id=conversation_id, user_id=user_id)
