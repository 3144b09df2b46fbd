"""A row for each connection, a lease for each server process, and a summary for each person."""

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
    """What others see of a person. Their connections change only under the lock of this row."""

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
    """The status they chose; ``online`` means automatic: by what their devices do."""
    chosen_until = models.DateTimeField(null=True, blank=True)
    """When the choice ends by itself; NULL if it does not."""
    last_heartbeat = models.DateTimeField()
    """Their last heartbeat that was written here; their leases may have been renewed since."""
    last_seen = models.DateTimeField()
    """As others see it: it does not move while the person appears offline, for whatever reason."""
    is_hidden = models.BooleanField(default=False)
    """They appear as offline to everybody, and see nobody's presence."""
    shows_typing = models.BooleanField(default=True)
    """Others see when they type, and they see when others do."""
    shows_receipts = models.BooleanField(default=True)
    """Others see what they have received and read, and they see what others have."""
    device_info = models.CharField(max_length=200, blank=True)
    sequence = models.PositiveBigIntegerField(default=0)
    """Counts changes of ``status`` and of ``shows_receipts``, so that clients can ignore an event
    that arrives late."""
    is_connected = models.BooleanField(default=False)
    """Whether they have a connection. Kept here so that a sweep finds those who have none without
    reading all connections."""
    grace_until = models.DateTimeField(null=True, blank=True)
    """When they will be shown as offline, because their last connection closed, they hid, or they
    chose to appear offline; until then they are shown as before."""

    class Meta:
        verbose_name = "presence"
        verbose_name_plural = "presences"
        # Each contains only the rows that one step of the sweep may need.
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
            # For the admin, which lists people by last seen: all, those with a status, and those
            # who chose one. Most people are offline, and most chose nothing.
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
        """What they chose, whether it has ended or not."""
        return policy.Choice(status=PresenceStatus(self.chosen_status), until=self.chosen_until)

    def last_seen_display(self, now: datetime) -> str:
        """When they were last seen, in words."""
        return policy.last_seen_display(
            status=PresenceStatus(self.status), last_seen=self.last_seen, now=now
        )


class PresenceLease(models.Model):
    """One server process. While it renews its lease, all of its connections are alive."""

    process = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    """Since when it has held without a break: when the process started, or last lost it."""
    last_heartbeat = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "server process"
        verbose_name_plural = "server processes"

    def __str__(self) -> str:
        return self.process


class PresenceConnection(models.Model):
    """One open connection of a tab or another client, to one process."""

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
