"""A connection is a row, a process is a lease, a person is a summary."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from chatsite.realtime.bidi import isolated
from chatsite.realtime.wire import PresenceStatus
from presence import policy

STATUS_CHOICES = [(status.value, status.value.capitalize()) for status in PresenceStatus]


class UserPresence(models.Model):
    """What others see of a person. Its row is the lock under which their connections change."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="presence",
    )
    status = models.CharField(
        max_length=7, choices=STATUS_CHOICES, default=PresenceStatus.OFFLINE.value
    )
    chosen_status = models.CharField(
        max_length=7, choices=STATUS_CHOICES, default=PresenceStatus.ONLINE.value
    )
    """What they chose to appear as; ``online`` means by what their devices do."""
    chosen_until = models.DateTimeField(null=True, blank=True)
    """When the choice ends by itself, whoever notices. Without, it lasts."""
    last_heartbeat = models.DateTimeField()
    """When something last vouched for them in this row; their leases may know of later."""
    last_seen = models.DateTimeField()
    """As others are told: it stands still while somebody appears offline, for whatever reason."""
    is_hidden = models.BooleanField(default=False)
    """Appear as offline to everybody; and see nobody's presence."""
    shows_typing = models.BooleanField(default=True)
    """Let others see when they type; and see when others do."""
    shows_receipts = models.BooleanField(default=True)
    """Let others see what they have received and read; and see what others have."""
    device_info = models.CharField(max_length=200, blank=True)
    sequence = models.PositiveBigIntegerField(default=0)
    """Counts changes of ``status`` and of ``shows_receipts``, so that an event that was overtaken
    can be ignored."""
    is_connected = models.BooleanField(default=False)
    """Whether they have a connection. Kept here so that the sweep need not look for those
    who have none among all who have some."""
    grace_until = models.DateTimeField(null=True, blank=True)
    """Set when the last connection closed, or they hid or chose to appear offline: they are shown
    as offline then, whoever notices, and as they were until then."""

    class Meta:
        verbose_name = "presence"
        verbose_name_plural = "presences"
        # Each holds only the rows its pass of the sweep may want.
        indexes: ClassVar = [
            models.Index(
                fields=["grace_until"],
                name="presence_in_grace",
                condition=Q(grace_until__isnull=False),
            ),
            models.Index(
                fields=["chosen_until"],
                name="presence_choice_ends",
                condition=Q(chosen_until__isnull=False),
            ),
            models.Index(
                fields=["last_heartbeat"],
                name="presence_unconnected",
                condition=Q(is_connected=False) & ~Q(status=PresenceStatus.OFFLINE.value),
            ),
            # By which the admin lists people, those seen last first: all, those of a status, and
            # those who chose one. Most are offline, and most chose nothing.
            models.Index(fields=["last_seen", "user"], name="presence_seen"),
            models.Index(
                fields=["status", "last_seen", "user"],
                name="presence_here",
                condition=~Q(status=PresenceStatus.OFFLINE.value),
            ),
            models.Index(
                fields=["chosen_status", "last_seen", "user"],
                name="presence_chosen",
                condition=~Q(chosen_status=PresenceStatus.ONLINE.value),
            ),
        ]

    def __str__(self) -> str:
        return f"{isolated(str(self.user))} is {self.status}"

    @property
    def choice(self) -> policy.Choice:
        """What they chose, over or not."""
        return policy.Choice(status=PresenceStatus(self.chosen_status), until=self.chosen_until)

    def last_seen_display(self, now: datetime) -> str:
        """When they were last seen, in words."""
        return policy.last_seen_display(
            status=PresenceStatus(self.status), last_seen=self.last_seen, now=now
        )


class PresenceLease(models.Model):
    """One server process. While it beats, all of its connections are alive."""

    process = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    last_heartbeat = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "server process"
        verbose_name_plural = "server processes"

    def __str__(self) -> str:
        return self.process


class PresenceConnection(models.Model):
    """One tab or client, held by one process."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections"
    )
    lease = models.ForeignKey(PresenceLease, on_delete=models.CASCADE, related_name="connections")
    device_info = models.CharField(max_length=200, blank=True)
    is_idle = models.BooleanField(default=False)
    connected_at = models.DateTimeField()

    class Meta:
        verbose_name = "connection"

    def __str__(self) -> str:
        device = isolated(self.device_info or "an unnamed device")
        return f"{isolated(str(self.user))} on {device}"
