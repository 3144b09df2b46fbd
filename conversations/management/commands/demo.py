"""``manage.py demo``: people and conversations to look around with. Twice adds nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from chatsite.realtime import clock
from conversations import services
from conversations.inbound import Draft
from conversations.models import Conversation

PASSWORD = "chatsite-demo"  # noqa: S105 -- said aloud on purpose: it opens demo accounts only
PEOPLE = {"alice": "Alice Moreau", "bob": "Bob Okafor", "carol": "Carol Lindqvist"}
ADMIN = "admin"
GROUP = "Lunch"


class Command(BaseCommand):
    """Make demo people and conversations."""

    help = "Make demo people (alice, bob, carol, and an admin) and conversations."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is not there, and print the sign-ins."""
        ids = {name: self._person(name, full) for name, full in PEOPLE.items()}
        self._person(ADMIN, "Site Admin", is_admin=True)
        if not Conversation.objects.filter(title=GROUP).exists():
            self._conversations(ids)
        for name in [*PEOPLE, ADMIN]:
            self.stdout.write(f"sign in as {name}, password {PASSWORD}")

    def _person(self, username: str, full_name: str, is_admin: bool = False) -> int:
        first, last = full_name.split()
        model = get_user_model()
        user = model.objects.filter(username=username).first()
        if user is None:
            make = model.objects.create_superuser if is_admin else model.objects.create_user
            user = make(username, password=PASSWORD, first_name=first, last_name=last)
        return int(user.pk)

    def _conversations(self, ids: dict[str, int]) -> None:
        now = clock.now()
        direct, _ = services.create_conversation(
            creator_id=ids["alice"], participant_ids=[ids["bob"]], title="", now=now
        )
        group, _ = services.create_conversation(
            creator_id=ids["alice"], participant_ids=ids.values(), title=GROUP, now=now
        )
        self._say(direct.pk, ids["bob"], "Hi Alice! Open me in two browsers.", now)
        self._say(direct.pk, ids["alice"], "I see you typing as you do.", now)
        self._say(group.pk, ids["carol"], "Who is in for lunch at noon?", now)

    def _say(self, conversation_id: int, sender_id: int, content: str, now: datetime) -> None:
        draft = Draft(
            conversation_id=conversation_id,
            client_message_id=f"demo-{conversation_id}-{sender_id}",
            content=content,
            message_type="text",
            reply_to_message_id=None,
            media_url="",
        )
        services.send_message(sender_id=sender_id, draft=draft, ends_typing=False, now=now)
