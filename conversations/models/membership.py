"""Conversations, who is in them, and who has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from chatsite.realtime.bidi import isolated
from conversations.policy import hidden_until

OWN_MARKS = ("read_sequence", "delivered_sequence")
MARKS = (*OWN_MARKS, "shown_read_sequence", "shown_delivered_sequence")
UNREAD_MARK = ("unread_from", "unread_at")

TICK = timedelta(milliseconds=1)
"""The finest difference between two times on the wire."""


def once_per_conversation(name: str) -> models.UniqueConstraint:
    """Nobody has two rows of one conversation. ``name`` is the constraint's."""
    return models.UniqueConstraint(fields=["conversation", "user"], name=name)


class Conversation(models.Model):
    """Some people talking. ``sequence`` is that of its last message, ``revision`` how many changes
    were made to its messages. Its row is the lock under which either rises."""

    title = models.CharField(max_length=120, blank=True)
    direct_key = models.CharField(max_length=64, unique=True, null=True, blank=True)
    """``"3:9"`` for the one direct conversation of users 3 and 9; NULL for all others."""
    sequence = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveBigIntegerField(default=0)
    history_visible = models.BooleanField(default=True)
    """Whether who joins later may see what was said before."""
    created_at = models.DateTimeField()
    active_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-active_at"], name="conversation_active")]

    def __str__(self) -> str:
        return self.title or f"conversation {self.pk}"

    @property
    def is_direct(self) -> bool:
        """Whether it is the one conversation of two people."""
        return self.direct_key is not None


class Participant(models.Model):
    """One person in one conversation, with their watermarks: sequences that only rise."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations"
    )
    joined_at = models.DateTimeField()
    joined_sequence = models.PositiveBigIntegerField(default=0)
    """The last message of before they joined."""
    is_admin = models.BooleanField(default=False)
    read_sequence = models.PositiveBigIntegerField(default=0)
    delivered_sequence = models.PositiveBigIntegerField(default=0)
    shown_read_sequence = models.PositiveBigIntegerField(default=0)
    """What others were told; it stands still while they show nothing of themselves."""
    shown_delivered_sequence = models.PositiveBigIntegerField(default=0)
    unread_from = models.PositiveBigIntegerField(null=True, blank=True)
    """The sequence from which on they marked messages as unread, for themselves alone. NULL: they
    did not, or have read those messages since."""
    unread_at = models.DateTimeField(null=True, blank=True)
    """When ``unread_from`` last changed. Each change is later than the one before, so that of two
    events about it the later change is known."""

    class Meta:
        constraints: ClassVar = [once_per_conversation("participant_once_per_conversation")]

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} in {isolated(str(self.conversation))}"

    @property
    def may_administer(self) -> bool:
        """Whether they may do what only an admin may. Between two nobody is."""
        return self.is_admin and not self.conversation.is_direct

    @property
    def hidden_until(self) -> int:
        """The last message that they may not see; 0: they may see all."""
        visible = self.conversation.history_visible
        return hidden_until(self.joined_sequence, history_visible=visible)

    @property
    def read_until(self) -> int:
        """The sequence after which messages are unread to them."""
        marked = self.read_sequence if self.unread_from is None else self.unread_from - 1
        return max(min(self.read_sequence, marked), self.hidden_until)

    def announced(self, *, shows: bool) -> tuple[int, int]:
        """How far they have read and hold it, as was told: to others (``shows``), or to their own
        devices."""
        if shows:
            return self.shown_read_sequence, self.shown_delivered_sequence
        return self.read_sequence, self.delivered_sequence

    def raise_marks(self, *, read: int, delivered: int, shows: bool) -> None:
        """Raise the watermarks that are lower; ``shows``: the shown ones too. Save ``MARKS``."""
        delivered = max(read, delivered)
        self.read_sequence = max(self.read_sequence, read)
        self.delivered_sequence = max(self.delivered_sequence, delivered)
        if shows:
            self.shown_read_sequence = max(self.shown_read_sequence, read)
            self.shown_delivered_sequence = max(self.shown_delivered_sequence, delivered)

    def pass_over(self, sequence: int, *, shows: bool) -> tuple[str, ...]:
        """They sent the message of this sequence. Sending is not reading: only a watermark that
        stands right before the message rises to it, and none passes over what others said.

        The fields to be saved. To save the others as well could lower a mark that another
        transaction raises meanwhile."""
        marks = MARKS if shows else OWN_MARKS
        rising = tuple(mark for mark in marks if getattr(self, mark) == sequence - 1)
        for mark in rising:
            setattr(self, mark, sequence)
        return rising

    def mark_unread(self, sequence: int, *, now: datetime) -> None:
        """Let messages be unread from this sequence on, or from where they are already. Save
        ``UNREAD_MARK``."""
        self._set_unread(min(sequence, self.read_until + 1), now=now)

    def is_marked_unread(self, sequence: int) -> bool:
        """Whether they marked the message of this sequence, or one before it, as unread."""
        return self.unread_from is not None and self.unread_from <= sequence

    def read_on(self, sequence: int, *, now: datetime) -> bool:
        """They have read up to this sequence: what they marked as unread begins behind it. The
        mark is over once that is all they had read before. Whether this changed something; save
        ``UNREAD_MARK`` then."""
        if not self.is_marked_unread(sequence):
            return False
        self._set_unread(sequence + 1 if sequence < self.read_sequence else None, now=now)
        return True

    def _set_unread(self, sequence: int | None, *, now: datetime) -> None:
        moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self.unread_from = sequence
        self.unread_at = max(moment, self.unread_at + TICK) if self.unread_at else moment


class Departure(models.Model):
    """Somebody left a group by themselves: they come back only by an invitation that they accept.
    There is one while ``invited_at`` says since when. Once they are back, the row is gone."""

    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="departures",
        # The constraint's index begins with it.
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="departures"
    )
    inviter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations_sent",
    )
    invited_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    """When they last declined to come back."""

    class Meta:
        constraints: ClassVar = [once_per_conversation("departure_once_per_conversation")]

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} left {isolated(str(self.conversation))}"
