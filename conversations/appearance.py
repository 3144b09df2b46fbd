"""How the user of one connection appears to others, and what they may see in return."""

from __future__ import annotations

from collections.abc import Hashable

from chatsite.realtime import clock
from chatsite.realtime.socket import Socket
from chatsite.realtime.wire import PresenceStatus
from conversations.typists import get_typists
from presence.alarms import Alarm
from presence.keeper import get_keeper
from presence.policy import Choice, Privacy


class Appearance:
    """The user's name, chosen status and privacy, as this connection last heard of them."""

    def __init__(self, socket: Socket, connection: Hashable) -> None:
        self.name = ""
        """What others are told when the user types; empty before it is known."""
        self.privacy = Privacy()
        self._choice = Choice()
        self._socket = socket
        self._connection = connection
        self._alarm = Alarm(get_keeper().choices_are_over, now=clock.now)
        """Rings when the chosen status ends."""

    @property
    def shows_typing(self) -> bool:
        """Whether others may see that the user types."""
        return self.privacy.shows_typing and self._choice.status is not PresenceStatus.OFFLINE

    def choose(self, choice: Choice) -> None:
        """Appear as the user chose."""
        self._choice = choice
        self._alarm.set(choice.until)
        self._end_hidden_typing()

    def restrict(self, privacy: Privacy) -> None:
        """Show no more than this, and see no more."""
        self.privacy = privacy
        self._socket.sees_presence = privacy.shows_presence
        self._socket.sees_typing = privacy.shows_typing
        self._socket.sees_receipts = privacy.shows_receipts
        self._end_hidden_typing()

    def close(self) -> None:
        """The connection is gone."""
        self._alarm.set(None)

    def _end_hidden_typing(self) -> None:
        if not self.shows_typing:
            get_typists().disconnected(self._socket.user_id, self._connection)
