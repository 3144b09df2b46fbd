"""What was said, what was uploaded, and how people reacted."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from chatsite.realtime.bidi import isolated
from conversations.models.membership import Conversation
from conversations.policy import url_of_media


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
