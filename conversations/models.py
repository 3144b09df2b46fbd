"""Conversations, who is in them, and what was said."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from chatsite.realtime.bidi import isolated
from conversations.lookalikes import MAX_SKELETON
from conversations.policy import hidden_until, url_of_media


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


OWN_MARKS = ("read_sequence", "delivered_sequence")
MARKS = (*OWN_MARKS, "shown_read_sequence", "shown_delivered_sequence")
UNREAD_MARK = ("unread_from", "unread_at")

TICK = timedelta(milliseconds=1)
"""The finest difference between two times on the wire."""


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
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "user"], name="participant_once_per_conversation"
            )
        ]

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
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "user"], name="departure_once_per_conversation"
            )
        ]

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} left {isolated(str(self.conversation))}"


class Allowance(models.Model):
    """What somebody has used of what they may do in a day, and at once. The row is the lock under
    which they start conversations and let people in, one after another."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="allowance",
    )
    began_at = models.DateTimeField()
    """When the day began: with the first that they did after the day before."""
    conversations = models.PositiveIntegerField(default=0)
    """Conversations that they started since."""
    additions = models.PositiveIntegerField(default=0)
    """People whom they let into conversations since, those they started included."""
    paced_until = models.DateTimeField(null=True)
    """When all that they did will have counted for long enough: each start, and each addition,
    puts it off by ``CONVERSATION_INTERVAL``."""

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} since {self.began_at:%Y-%m-%d %H:%M:%S}"


class Media(models.Model):
    """What somebody uploaded. It is seen by others once a message carries it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="uploads"
    )
    kind = models.CharField(max_length=16)
    """A ``mediatypes.MediaKind``."""
    content_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True)
    uploaded_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "media"
        # By which the admin lists and finds them, those uploaded last first.
        indexes: ClassVar = [
            models.Index(fields=["kind", "uploaded_at"], name="media_kind"),
            models.Index(fields=["bytes"], name="media_size"),
        ]

    def __str__(self) -> str:
        return f"{isolated(self.name)} ({self.kind})"


class Message(models.Model):
    """What was said. ``sequence`` counts 1, 2, 3 … in its conversation, in order of commit."""

    # Each index of several columns begins with it. One of its own would be read in their stead,
    # from end to end, where conversations are of very different length.
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    sequence = models.PositiveBigIntegerField()
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="messages_sent",
    )
    client_message_id = models.CharField(max_length=64)
    content = models.TextField(blank=True)
    message_type = models.CharField(max_length=16, default="text")
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)
    media = models.ForeignKey(
        Media, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    created_at = models.DateTimeField()
    revision = models.PositiveBigIntegerField(default=0)
    """The conversation's revision that last changed it, its reactions included; 0: none did."""
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    """When it was deleted: nothing of it is left but its place."""
    sent_digest = models.CharField(max_length=64, blank=True)
    """What ``policy.digest_of`` says of it as it was sent, once it is not as it was sent."""

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "revision"],
                name="message_changed",
                condition=models.Q(revision__gt=0),
            ),
            # These two for those that are not to be counted as unread.
            models.Index(fields=["conversation", "sender", "sequence"], name="message_of_sender"),
            models.Index(
                fields=["conversation", "sequence"],
                name="message_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "sequence"], name="message_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["conversation", "sender", "client_message_id"],
                name="message_client_id_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.sequence}"

    @property
    def media_url(self) -> str:
        """Where the upload is that it carries; empty: it carries none."""
        return url_of_media(self.media_id) if self.media_id else ""


class Reaction(models.Model):
    """One person's emoji on one message: a fact, there or not."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reactions"
    )
    emoji = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    revision = models.PositiveBigIntegerField(default=0)
    """The conversation's revision that added it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="reaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.emoji} by {isolated(str(self.user))}"


class KnownPerson(models.Model):
    """An account as it was last told of and made findable. Where the account is another by now,
    something changed it that told nobody: ``QuerySet.update()``, SQL."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="known",
    )
    name = models.TextField()
    """What others call them: ``outbound.name_of``."""
    username = models.TextField()
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    is_active = models.BooleanField()
    skeleton = models.CharField(max_length=MAX_SKELETON, blank=True, default="", db_default="")
    """Of the user name: ``lookalikes.skeleton``. Empty: an earlier release made the row."""
    version = models.PositiveBigIntegerField(default=0)
    """Which of all changes of names on the site was the last of theirs; 0: there was none."""

    class Meta:
        verbose_name_plural = "known people"
        indexes: ClassVar = [
            models.Index(
                fields=["version"], name="person_changed", condition=models.Q(version__gt=0)
            ),
            models.Index(fields=["skeleton"], name="person_looks"),
        ]

    def __str__(self) -> str:
        return self.name


class NameWord(models.Model):
    """A word by which an active person is found, as ``namewords`` makes it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="name_words",
        # The constraint's index begins with it.
        db_index=False,
    )
    word = models.BinaryField(max_length=64)
    letters = models.BigIntegerField()
    """``letters_of`` all words of the person, so that most who lack another word that is looked
    for are passed by in the index itself."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["word", "user", "letters"], name="person_by_word")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "word"], name="name_word_once")
        ]

    def __str__(self) -> str:
        return bytes(self.word).decode(errors="replace")
