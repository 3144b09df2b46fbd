"""What operators ask of the list of presences. Each question is answered by an index."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chatsite.realtime import clock
from chatsite.realtime.wire import PresenceStatus
from presence import services
from presence.models import PresenceConnection, PresenceLease, UserPresence

PROCESSES = 20
"""Processes that can be chosen. Of another its own page leads to whom it holds."""

ORDERS = {("here", "grace"): ("grace_until",), ("chose", "ends"): ("chosen_until",)}
"""What is shown first, where that is not who was seen last."""

Choices = list[tuple[str, str]]
People = QuerySet[UserPresence]


class HereFilter(admin.SimpleListFilter):
    """Who is here, whose grace runs, and for whom nobody vouches any more."""

    title = "presence"
    parameter_name = "here"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """What can be chosen."""
        return [
            ("yes", "Here, not offline"),
            ("grace", "In their grace"),
            ("stale", "Stale, the next sweep settles it"),
        ]

    def queryset(self, request: HttpRequest, queryset: People) -> People:
        """The rows of what was chosen."""
        match self.value():
            case "yes":
                return queryset.exclude(status=PresenceStatus.OFFLINE)
            case "grace":
                return queryset.filter(grace_until__isnull=False)
            case "stale":
                return queryset.filter(pk__in=services.stale_people(now=clock.now()))
            case _:
                return queryset


class ChoiceFilter(admin.SimpleListFilter):
    """Who chose to appear as what, and whose choice ends by itself."""

    title = "choice"
    parameter_name = "chose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """What can be chosen. Nearly everybody's choice is the automatic one."""
        statuses = (PresenceStatus.AWAY, PresenceStatus.BUSY, PresenceStatus.OFFLINE)
        named = [(status.value, status.value.capitalize()) for status in statuses]
        return [*named, ("ends", "Something that ends by itself")]

    def queryset(self, request: HttpRequest, queryset: People) -> People:
        """The rows of what was chosen."""
        if self.value() == "ends":
            return queryset.filter(chosen_until__isnull=False)
        if self.value() is not None:
            chosen = queryset.filter(chosen_status=self.value())
            # By which it is known to be in the index.
            return chosen.exclude(chosen_status=PresenceStatus.ONLINE)
        return queryset


class ProcessFilter(admin.SimpleListFilter):
    """Whom a server process holds."""

    title = "process"
    parameter_name = "process"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The processes that were heard of last."""
        leases = PresenceLease.objects.order_by("-last_heartbeat")
        return [(name, name) for name in leases.values_list("process", flat=True)[:PROCESSES]]

    def queryset(self, request: HttpRequest, queryset: People) -> People:
        """The rows of what was chosen."""
        if self.value() is None:
            return queryset
        held = PresenceConnection.objects.filter(lease_id=self.value())
        return queryset.filter(pk__in=held.values("user_id"))
