"""Whether the user of one connection is still signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import Error as DatabaseError

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.identity import Claim, auth_hash_of, user_signed_in
from chatsite.realtime.outages import outages
from chatsite.realtime.sessions import session_digest
from chatsite.realtime.socket import Socket


class Standing:
    """The session of a connection. The session keeper checks it."""

    def __init__(self, socket: Socket, session_key: str) -> None:
        self._socket = socket
        self._session_key = session_key
        self._auth_hash: int | None = None
        """Changes with the password. ``None`` before the session was compared with it."""
        self._look: asyncio.Task[None] | None = None

    async def signed_in(self) -> AbstractBaseUser | None:
        """The user if the session is valid; otherwise the connection is closed. Call it after
        joining ``user.<id>``, since a revocation before that did not reach this connection.

        Raises ``DatabaseError``."""
        user = await user_signed_in(self._session_key)
        if user is not None and user.pk == self._socket.user_id:
            self._auth_hash = auth_hash_of(user)
            return user
        self.sign_out()
        return None

    def claim(self) -> Claim | None:
        """What the user is signed in by; ``None`` until that is known, and once it is closed."""
        if self._auth_hash is None or self._socket.closed:
            return None
        return Claim(self._socket.user_id, self._session_key, self._auth_hash)

    def sign_out(self) -> None:
        """Close the connection, whose session is no longer valid."""
        self._socket.close(CloseCode.SIGNED_OUT)

    def revoked(self, digest: str | None) -> None:
        """Handle the end of the session with this digest; ``None``: of any of the user's."""
        if digest is None:
            self.look()
        elif digest == session_digest(self._session_key):
            self.sign_out()

    def look(self, *, if_valid: Callable[[], None] | None = None) -> None:
        """Close the connection unless the session is valid; otherwise call ``if_valid``. This
        begins a task of its own, since the fan-out must not wait for the database."""
        self._look = asyncio.ensure_future(self._look_at_session(if_valid))

    async def _look_at_session(self, if_valid: Callable[[], None] | None) -> None:
        try:
            user = await self.signed_in()
        except DatabaseError as error:
            outages.report(error, "a session could not be looked at")
            self._socket.close(CloseCode.UNAVAILABLE)
        else:
            if user is not None and if_valid is not None:
                if_valid()
