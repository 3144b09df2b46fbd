"""Presence in the admin: to see why somebody is shown as they are, and to settle it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from chatsite.adminlists import BoundedPaginator, moment
from chatsite.realtime import clock
from chatsite.realtime.bidi import plain_name
from chatsite.realtime.wire import PresenceStatus
from presence import services
from presence.adminfilters import ORDERS, ChoiceFilter, HereFilter, ProcessFilter
from presence.devices import device_name
from presence.expectations import Held, Standing, expectations
from presence.models import PresenceConnection, PresenceLease, UserPresence
from presence.policy import lease_timeout

if TYPE_CHECKING:
    PresenceAdminBase = admin.ModelAdmin[UserPresence]
    LeaseAdminBase = admin.ModelAdmin[PresenceLease]
else:
    PresenceAdminBase = LeaseAdminBase = admin.ModelAdmin


MOST_AT_ONCE = 1_000
"""People that one action settles: each takes a transaction of its own."""


@admin.register(UserPresence)
class UserPresenceAdmin(PresenceAdminBase):
    """To be read, not edited: what is shown follows from connections, and would be undone."""

    list_display = ("user", "shown", "chosen", "seen", "device", "held", "next_step")
    list_filter = (HereFilter, "status", ChoiceFilter, ProcessFilter)
    list_select_related = ("user",)
    list_per_page = 50
    sortable_by = ("user", "seen")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    search_fields = ("^user__username",)
    search_help_text = "The beginning of a username."
    ordering = ("-last_seen",)
    actions = ("force_offline", "sweep_now")
    fields = (
        "user",
        "shown",
        "chosen",
        "expected",
        "seen",
        "heard_of",
        "grace",
        "connections",
        "sequence",
    )
    readonly_fields = ("shown", "chosen", "expected", "seen", "heard_of", "grace", "connections")

    class Media:
        """Room for the columns."""

        css: ClassVar = {"all": ["presence/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserPresence]:
        """With their connections and processes, in two more queries for a whole page."""
        held = PresenceConnection.objects.select_related("lease").order_by("connected_at")
        rows = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("user__connections", queryset=held))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By what is asked for: of those in their grace, whose ends first."""
        asked = (ORDERS.get((name, request.GET.get(name, ""))) for name in ("here", "chose"))
        return next(filter(None, asked), self.ordering)

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

    @admin.display(description="status")
    def shown(self, person: UserPresence) -> str:
        """What others see."""
        return f"{person.status}, hidden" if person.is_hidden else person.status

    @admin.display(description="chosen")
    def chosen(self, person: UserPresence) -> SafeString | str:
        """What they chose to appear as, and until when."""
        choice = person.choice
        if choice.status is PresenceStatus.ONLINE:
            return "automatic"
        if choice.until is None:
            return str(choice.status)
        return format_html("{}, until {}", choice.status, moment(choice.until, now=clock.now()))

    @admin.display(description="last seen", ordering="last_seen")
    def seen(self, person: UserPresence) -> SafeString | str:
        """When others are told that they were seen."""
        return moment(person.last_seen, now=clock.now())

    @admin.display(description="last heartbeat")
    def heard_of(self, person: UserPresence) -> SafeString | str:
        """When something last vouched for them in this row."""
        return moment(person.last_heartbeat, now=clock.now())

    @admin.display(description="grace until")
    def grace(self, person: UserPresence) -> SafeString | str:
        """When they are shown as offline, unless they come back, or choose to be seen, before."""
        return moment(person.grace_until, now=clock.now())

    @admin.display(description="device")
    def device(self, person: UserPresence) -> SafeString:
        """The one that connected last."""
        name = device_name(person.device_info)
        return format_html('<span title="{}">{}</span>', plain_name(person.device_info), name)

    @admin.display(description="connections")
    def held(self, person: UserPresence) -> str:
        """How many connections the person has, and how many of them are idle."""
        rows = list(person.user.connections.all())
        idle = sum(row.is_idle for row in rows)
        return f"{len(rows)}, {idle} idle" if idle else str(len(rows))

    @admin.display(description="next")
    def next_step(self, person: UserPresence) -> str:
        """What is expected to happen first."""
        return expectations(_standing_of(person), now=clock.now())[0]

    @admin.display(description="expected")
    def expected(self, person: UserPresence) -> SafeString:
        """All that is expected to happen."""
        sentences = expectations(_standing_of(person), now=clock.now())
        return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in sentences))

    @admin.display(description="connections")
    def connections(self, person: UserPresence) -> SafeString | str:
        """Why the person is here: each device, in which process, idle or not, since when."""
        rows = person.user.connections.all()
        lines = format_html_join(
            "",
            '<tr><td>{} <span class="raw">{}</span></td><td><a href="{}">{}</a></td>'
            "<td>{}</td><td>{}</td><td>{}</td></tr>",
            (_cells(row, now=clock.now()) for row in rows),
        )
        heads = ("device", "process", "idle", "since", "process last heard of")
        head = format_html_join("", '<th scope="col">{}</th>', ((text,) for text in heads))
        table = '<table class="connections"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        return format_html(table, head, lines) if lines else "none"

    @admin.action(description="Force offline", permissions=["settle"])
    def force_offline(self, request: HttpRequest, people: QuerySet[UserPresence]) -> None:
        """Close the selected people's sockets; they are offline until a client connects again."""
        ids = list(people.values_list("user_id", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE:,} people at once. Nothing was done."
            self.message_user(request, text, messages.ERROR)
            return
        for user_id in ids:
            services.force_offline(user_id=user_id, now=clock.now())
        self.message_user(request, f"Shown as offline: {len(ids)}.")

    @admin.action(
        description="Sweep now (everybody, not only the selected)", permissions=["settle"]
    )
    def sweep_now(self, request: HttpRequest, people: QuerySet[UserPresence]) -> None:
        """What ``manage.py sweep_presence`` does."""
        result = services.sweep(now=clock.now())
        self.message_user(
            request,
            f"Stale connections: {result.connections}. Went offline: {len(result.offline)}.",
        )


@admin.register(PresenceLease)
class PresenceLeaseAdmin(LeaseAdminBase):
    """The server processes that vouch for connections."""

    list_display = ("process", "is_alive", "started", "heard_of", "connection_count")
    fields = ("process", "is_alive", "started", "heard_of", "connection_count")
    readonly_fields = ("is_alive", "started", "heard_of", "connection_count")
    list_per_page = 50
    sortable_by = ("process", "heard_of")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    search_fields = ("process",)
    ordering = ("-last_heartbeat",)

    class Media:
        """Room for the columns."""

        css: ClassVar = {"all": ["presence/admin.css"]}

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
        return lease.last_heartbeat >= clock.now() - lease_timeout()

    @admin.display(description="started", ordering="started_at")
    def started(self, lease: PresenceLease) -> SafeString | str:
        """When the process began to hold connections."""
        return moment(lease.started_at, now=clock.now())

    @admin.display(description="last heard of", ordering="last_heartbeat")
    def heard_of(self, lease: PresenceLease) -> SafeString | str:
        """Its last beat."""
        return moment(lease.last_heartbeat, now=clock.now())

    @admin.display(description="connections")
    def connection_count(self, lease: PresenceLease) -> SafeString:
        """How many connections the process vouches for, and the way to whose they are."""
        people = reverse("admin:presence_userpresence_changelist")
        whose = f"{people}?{urlencode({'process': lease.process})}"
        return format_html('<a href="{}">{}</a>', whose, lease.connections.count())


def _standing_of(person: UserPresence) -> Standing:
    rows = person.user.connections.all()
    return Standing(
        status=PresenceStatus(person.status),
        choice=person.choice,
        is_hidden=person.is_hidden,
        grace_until=person.grace_until,
        last_heartbeat=person.last_heartbeat,
        connections=tuple(Held(beat=row.lease.last_heartbeat, is_idle=row.is_idle) for row in rows),
    )


def _cells(row: PresenceConnection, *, now: datetime) -> tuple[SafeString | str, ...]:
    """A connection's device and what it says of itself, its process, use, and times."""
    name, said = device_name(row.device_info), plain_name(row.device_info)
    return (
        name,
        "" if name == said else said,
        reverse("admin:presence_presencelease_change", args=[quote(row.lease_id)]),
        row.lease_id,
        "idle" if row.is_idle else "in use",
        moment(row.connected_at, now=now),
        moment(row.lease.last_heartbeat, now=now),
    )
