"""What was published to a server of which it is not known yet whether it led just then."""

from __future__ import annotations

from collections.abc import Iterable


class Unproven:
    """Redis channels that may have missed something, until a beat shows that the master took it.

    A beat speaks for the connections of its time. What was published by one that is gone stays
    doubtful: it may have led to a former master, and only those who may have missed it can make
    it good, by reading their state anew."""

    def __init__(self) -> None:
        self._new: set[str] = set()
        """Published to since the last beat began."""
        self._proving: set[str] = set()
        """Published to before it began."""
        self._doubtful: set[str] = set()
        """Published to by a connection that is gone."""

    def add(self, channels: Iterable[str]) -> None:
        """Something was published to the channels."""
        self._new.update(channels)

    def begin_proof(self) -> None:
        """A beat begins: it can speak for all that was published until now."""
        self._proving |= self._new
        self._new = set()

    def end_proof(self) -> None:
        """The beat has shown that the server leads. After a beat that has not, this is not called,
        and the next one speaks for the same channels."""
        self._proving = set()

    def doubt(self) -> None:
        """The connection that publishes was made anew: what the former one took is in doubt."""
        self._doubtful |= self._proving | self._new
        self._proving, self._new = set(), set()

    def take_doubtful(self) -> set[str]:
        """The channels in doubt, which are to be told so now."""
        doubtful, self._doubtful = self._doubtful, set()
        return doubtful

    def take_all(self) -> set[str]:
        """All channels of which nothing is proven, which are to be told so now."""
        self.doubt()
        return self.take_doubtful()
