"""Whether what every client believes is what the database says, and what they were ever told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, LiteralString

import psycopg
from psycopg.rows import namedtuple_row

from tests.chaos.client import Client
from tests.chaos.signs import faults_of_signs
from tests.chaos.view import Event, Room


class Judge:
    """Reads the database once everything is quiet."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url, row_factory=namedtuple_row) as connection:

            def read(sql: LiteralString) -> list[Any]:
                return connection.execute(sql).fetchall()

            self.conversations = {
                row.id: row for row in read("SELECT * FROM conversations_conversation")
            }
            self.messages = read("SELECT * FROM conversations_message ORDER BY sequence")
            self.reactions = read(
                "SELECT r.message_id, r.user_id, r.emoji, m.conversation_id, m.sequence"
                " FROM conversations_reaction r JOIN conversations_message m ON m.id = r.message_id"
            )
            self.places = {
                (row.conversation_id, row.user_id): row
                for row in read("SELECT * FROM conversations_participant")
            }
            self.log = read("SELECT * FROM chaos_log ORDER BY id")
            self.statuses = {
                row.user_id: row.status
                for row in read("SELECT user_id, status FROM presence_userpresence")
            }
            self.names = {
                row.id: f"{row.first_name} {row.last_name}".strip() or row.username
                for row in read("SELECT * FROM auth_user")
            }

    def holds_everything(self, client: Client) -> bool:
        """Whether the client may be judged."""
        mine = self._conversations_of(client)
        is_held = set(client.view.rooms) == set(mine) and all(
            self._is_held(client, pk, client.view.rooms[pk]) for pk in mine
        )
        return is_held and not any(faults_of_signs(self, client))

    def comings(self, conversation_id: int, user_id: int) -> int:
        """How often the person came into the conversation."""
        return sum(
            row.came and (row.conversation_id, row.user_id) == (conversation_id, user_id)
            for row in self.log
        )

    def _is_held(self, client: Client, pk: int, room: Room) -> bool:
        """All messages, and all changes of those that the client may see."""
        hidden = self._hidden_until(client, pk)
        changes = [
            m.revision for m in self.messages if m.conversation_id == pk and m.sequence > hidden
        ]
        conversation = self.conversations[pk]
        needed = conversation.revision if not hidden else max(changes, default=0)
        holds_changes: bool = needed <= room.revision <= conversation.revision
        return holds_changes and room.sequence == int(conversation.sequence)

    def faults_of_storage(self, clients: list[Client]) -> Iterator[str]:
        """What is lost, doubled or out of order in the database itself."""
        for pk, conversation in self.conversations.items():
            sequences = [m.sequence for m in self.messages if m.conversation_id == pk]
            if sequences != list(range(1, conversation.sequence + 1)):
                yield f"conversation {pk} has a gap"
        stored = {(m.conversation_id, m.client_message_id): m for m in self.messages}
        if len(stored) != len(self.messages):
            yield "a message is stored twice"
        for client in clients:
            yield from self._faults_of_sending(client, stored)

    def faults_of(self, client: Client) -> Iterator[str]:
        """What the client has wrong, or should not have been told."""
        yield from (f"{client.name}: {fault}" for fault in client.diary.strange)
        mine = self._conversations_of(client)
        for pk in set(client.view.rooms) ^ set(mine):
            yield f"{client.name}: conversation {pk} is only on one side"
        for pk, room in client.view.rooms.items():
            if pk in mine:
                yield from self._faults_of_room(client, pk, room)
        yield from faults_of_signs(self, client)
        for event in client.diary.heard:
            if not self._may_have_heard(client, event):
                stays = [
                    (came.sequence, left and (left.sequence, left.revision))
                    for came, left in self._stays(client, event["conversationId"])
                ]
                yield f"{client.name}, there at {stays}, heard what it should not: {event}"

    def _conversations_of(self, client: Client) -> dict[int, Any]:
        user_id = client.account.user_id
        return {pk: row for pk, row in self.conversations.items() if (pk, user_id) in self.places}

    def _faults_of_sending(
        self, client: Client, stored: dict[tuple[int, str], Any]
    ) -> Iterator[str]:
        for key, message_id in client.diary.acknowledged.items():
            if key not in stored or stored[key].id != message_id:
                yield f"{client.name}: {key} was acknowledged and is lost"
        for key in client.diary.contents:
            if key not in client.diary.acknowledged and key not in client.diary.refused:
                yield f"{client.name}: {key} was never answered"
        # What was refused may still be under way on a connection that was given up before, and
        # come when the user is back in: nobody waits for it any more.
        written = [
            k for k in client.diary.contents if k in stored and k not in client.diary.refused
        ]
        for before, after in pairwise(sorted(written, key=lambda key: key[0])):
            if before[0] == after[0] and stored[before].sequence > stored[after].sequence:
                yield f"{client.name}: {after} was stored before {before}"

    def _faults_of_room(self, client: Client, pk: int, room: Room) -> Iterator[str]:
        conversation = self.conversations[pk]
        hidden = self._hidden_until(client, pk)
        if not self._is_held(client, pk, room):
            yield f"{client.name}: holds {room.sequence}:{room.revision} of {conversation}"
        theirs = {
            m.sequence: (m.id, m.content, m.deleted_at is not None)
            for m in self.messages
            if m.conversation_id == pk and m.sequence > hidden
        }
        seen = {
            sequence: (said.message_id, said.content, said.is_deleted)
            for sequence, said in room.messages.items()
            if sequence > hidden
        }
        for sequence in sorted(set(theirs) | set(seen)):
            if theirs.get(sequence) != seen.get(sequence):
                yield (
                    f"{client.name}: {pk}/{sequence} is {seen.get(sequence)}"
                    f" and should be {theirs.get(sequence)}"
                )
        visible = {message[0] for message in theirs.values()}
        stands = {
            (r.message_id, r.user_id, r.emoji) for r in self.reactions if r.message_id in visible
        }
        believed = {key for key in room.standing() if key[0] in visible}
        for key in stands ^ believed:
            yield f"{client.name}: reaction {key} of {pk} is only on one side ({key in stands})"

    def _hidden_until(self, client: Client, pk: int) -> int:
        place = self.places[pk, client.account.user_id]
        return 0 if self.conversations[pk].history_visible else int(place.joined_sequence)

    def repeats(self, client: Client) -> int:
        """Of others' new messages, how many came live once more on a connection: a publish that
        took too long may have succeeded. By its sequence a client knows it."""
        new = [
            (event["connection"], event["messageId"])
            for event in client.diary.heard
            if event["type"] == "message"
            and not event.keys() & {"isCatchup", "revision"}
            and event.get("senderId") != client.account.user_id
        ]
        return len(new) - len(set(new))

    def _may_have_heard(self, client: Client, event: Event) -> bool:
        """Whether the user was in the conversation when it happened, or came later and may look
        back."""
        if event["type"] == "message" and event.get("senderId") == client.account.user_id:
            return True  # What one sent oneself, and sends again, is answered.
        pk = event["conversationId"]
        sequence, revision = event["sequence"], event.get("revision", 0)
        sees_before = self.conversations[pk].history_visible
        for came, left in self._stays(client, pk):
            is_early = left is None or (sequence <= left.sequence and revision <= left.revision)
            if is_early and (sees_before or sequence > came.sequence):
                return True
        return False

    def _stays(self, client: Client, pk: int) -> Iterator[tuple[Any, Any]]:
        came = None
        for row in self.log:
            if (row.conversation_id, row.user_id) != (pk, client.account.user_id):
                continue
            if row.came:
                came = row
            else:
                yield came, row
                came = None
        if came is not None:
            yield came, None
