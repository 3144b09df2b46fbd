"""Presence in the admin: to see why somebody is shown as they are, and to settle it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from chatsite.realtime.wire import PresenceStatus
from presence import services
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.policy import lease_timeout

if TYPE_CHECKING:
    PresenceAdminBase = admin.ModelAdmin[UserPresence]
    LeaseAdminBase = admin.ModelAdmin[PresenceLease]
else:
    PresenceAdminBase = LeaseAdminBase = admin.ModelAdmin


def _now() -> datetime:
    """The edge at which the clock enters."""
    return datetime.now(UTC)


class SweepFilter(admin.SimpleListFilter):
    """Who is here, and for whom of them nobody vouches any more."""

    title = "is here"
    parameter_name = "here"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be chosen."""
        return [("yes", "Yes, not offline"), ("stale", "Stale, the next sweep settles it")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UserPresence]
    ) -> QuerySet[UserPresence]:
        """The rows of what was chosen."""
        if self.value() == "yes":
            return queryset.exclude(status=PresenceStatus.OFFLINE)
        if self.value() == "stale":
            return queryset.filter(pk__in=services.sweep(now=_now(), dry_run=True).offline)
        return queryset


@admin.register(UserPresence)
class UserPresenceAdmin(PresenceAdminBase):
    """To be read, not edited: what is shown follows from connections, and would be undone."""

    list_display = (
        "user",
        "status",
        "chosen_status",
        "chosen_until",
        "seen",
        "last_seen",
        "device_info",
        "connection_count",
    )
    list_filter = (SweepFilter, "status", "chosen_status", "is_connected")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("-last_seen",)
    actions = ("force_offline", "sweep_now")
    fields = (
        "user",
        "status",
        "chosen_status",
        "chosen_until",
        "seen",
        "last_seen",
        "last_heartbeat",
        "grace_until",
        "sequence",
        "connections",
    )
    readonly_fields = ("seen", "connections")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserPresence]:
        """With the number of connections, in the one query of the list."""
        rows = super().get_queryset(request)
        return rows.annotate(connection_count=Count("user__connections"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come with the first connection."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editing would lie."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only along with the person, on the page of users."""
        match = request.resolver_match
        if match is not None and match.view_name.startswith("admin:presence_"):
            return False
        return super().has_delete_permission(request, obj)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Who may do what the actions do: whoever could change presences."""
        return super().has_change_permission(request)

    @admin.display(description="connections", ordering="connection_count")
    def connection_count(self, person: UserPresence) -> int:
        """How many connections the person has, in all processes."""
        count: int = vars(person)["connection_count"]
        return count

    @admin.display(description="seen")
    def seen(self, person: UserPresence) -> str:
        """Last seen in words."""
        return person.last_seen_display(_now())

    @admin.display(description="connections")
    def connections(self, person: UserPresence) -> SafeString | str:
        """Why the person is here: each device, in which process, idle or not, since when."""
        rows = PresenceConnection.objects.filter(user_id=person.user_id).select_related("lease")
        lines = [_connection_line(row) for row in rows.order_by("connected_at")]
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) or "none"

    @admin.action(description="Force offline", permissions=["settle"])
    def force_offline(self, request: HttpRequest, people: QuerySet[UserPresence]) -> None:
        """Close the selected people's sockets; they are offline until a client connects again."""
        ids = list(people.values_list("user_id", flat=True))
        for user_id in ids:
            services.force_offline(user_id=user_id, now=_now())
        self.message_user(request, f"Shown as offline: {len(ids)}.")

    @admin.action(
        description="Sweep now (everybody, not only the selected)", permissions=["settle"]
    )
    def sweep_now(self, request: HttpRequest, people: QuerySet[UserPresence]) -> None:
        """What ``manage.py sweep_presence`` does."""
        result = services.sweep(now=_now())
        self.message_user(
            request,
            f"Stale connections: {result.connections}. Went offline: {len(result.offline)}.",
        )


@admin.register(PresenceLease)
class PresenceLeaseAdmin(LeaseAdminBase):
    """The server processes that vouch for connections."""

    list_display = ("process", "is_alive", "started_at", "last_heartbeat", "connection_count")
    search_fields = ("process",)
    ordering = ("-last_heartbeat",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PresenceLease]:
        """With the number of connections, in the one query of the list."""
        return super().get_queryset(request).annotate(connection_count=Count("connections"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Processes make their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editing would lie."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It would take connections along without anybody being told; the sweep tells."""
        return False

    @admin.display(description="alive", boolean=True)
    def is_alive(self, lease: PresenceLease) -> bool:
        """Whether it beats; of one that does not, the next sweep settles the connections."""
        return lease.last_heartbeat >= _now() - lease_timeout()

    @admin.display(description="connections", ordering="connection_count")
    def connection_count(self, lease: PresenceLease) -> int:
        """How many connections the process vouches for."""
        count: int = vars(lease)["connection_count"]
        return count


def _connection_line(connection: PresenceConnection) -> str:
    use = "idle" if connection.is_idle else "in use"
    age = _now() - connection.lease.last_heartbeat
    return (
        f"{connection.device_info or 'an unnamed device'}, {use}, since"
        f" {_moment(connection.connected_at)}, on {connection.lease.process}, which was last"
        f" heard of at {_moment(connection.lease.last_heartbeat)},"
        f" {age.total_seconds():,.0f} s ago"
    )


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "Y-m-d H:i:s")
