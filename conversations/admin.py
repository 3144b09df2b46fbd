"""Uploads in the admin: to see who sent what to whom, and to remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.forms import Media as Styles
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chatsite.adminlists import BoundedPaginator, moment
from chatsite.realtime import clock
from chatsite.realtime.bidi import isolated
from conversations import services
from conversations.mediatypes import MediaKind
from conversations.models import Media, Message
from conversations.outbound import name_of

if TYPE_CHECKING:
    MediaAdminBase = admin.ModelAdmin[Media]
else:
    MediaAdminBase = admin.ModelAdmin


class KindFilter(admin.SimpleListFilter):
    """What it is shown as."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those there may be: to look for those there are would be to read all."""
        return [(kind.value, kind.value.capitalize()) for kind in MediaKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Media]) -> QuerySet[Media]:
        """The rows of what was chosen."""
        return queryset if self.value() is None else queryset.filter(kind=self.value())


@admin.register(Media)
class MediaAdmin(MediaAdminBase):
    """To be read and removed, not edited: what it is, its content says."""

    list_display = ("name", "kind", "size", "uploader", "uploaded", "message_count")
    list_filter = (KindFilter, "uploaded_at")
    list_select_related = ("uploader",)
    list_per_page = 50
    sortable_by = ("size", "uploaded")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    # What is found by them is in ``get_search_results``.
    search_fields = ("name", "uploader__username")
    search_help_text = "The beginning of a file's name, or of its uploader's username."
    ordering = ("-uploaded_at",)
    fields = (
        "name",
        "kind",
        "content_type",
        "size",
        "width",
        "height",
        "uploader",
        "uploaded",
        "carriers",
    )
    readonly_fields = ("size", "uploaded", "carriers")

    @property
    def media(self) -> Styles:
        """Room for the columns."""
        return super().media + Styles(css={"all": ["presence/admin.css"]})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Media]:
        """With the ids of their messages, in one more query for a whole page."""
        messages = Message.objects.only("pk", "media_id")
        rows = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("messages", queryset=messages))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Media], search_term: str
    ) -> tuple[QuerySet[Media], bool]:
        """By two indexes, each for itself: no index is of two tables."""
        text = search_term.strip()
        if not text:
            return queryset, False
        named = Media.objects.filter(name__istartswith=text).values("pk")
        theirs = Media.objects.filter(uploader__username__istartswith=text).values("pk")
        return queryset.filter(pk__in=named.union(theirs)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People upload."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editing would lie."""
        return False

    @admin.display(description="size", ordering="bytes")
    def size(self, media: Media) -> str:
        """Its bytes, in words."""
        return filesizeformat(media.bytes)

    @admin.display(description="uploaded", ordering="uploaded_at")
    def uploaded(self, media: Media) -> SafeString | str:
        """When it came."""
        return moment(media.uploaded_at, now=clock.now())

    @admin.display(description="messages")
    def message_count(self, media: Media) -> int:
        """How many messages carry it."""
        return len(media.messages.all())

    @admin.display(description="messages")
    def carriers(self, media: Media) -> SafeString | str:
        """The messages that carry it: where, by whom and when."""
        lines = _carriers_of([media])
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) or "none"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """The messages are deleted too, so whoever confirms it is shown them."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        lines = _carriers_of(objs)
        if lines:
            counts["messages"] = len(lines)
        return [*deleted, *lines], counts, perms_needed, protected

    def delete_model(self, request: HttpRequest, obj: Media) -> None:
        """Through the service, which tells live clients and removes the files."""
        if not services.remove_upload(media_id=obj.pk, now=clock.now()):
            text = f"{obj} is deleted from its messages. Its files are still there, for the sweep."
            self.message_user(request, text, messages.WARNING)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Media]) -> None:
        """``delete_model``, of each."""
        for media in list(queryset):
            self.delete_model(request, media)


def _carriers_of(media: Any) -> list[str]:
    rows = Message.objects.filter(media__in=media).select_related("conversation", "sender")
    return [
        f"message {row.sequence} of conversation {row.conversation_id}"
        f" ({isolated(row.conversation.title or 'untitled')}), by {isolated(name_of(row.sender))},"
        f" {row.created_at:%Y-%m-%d %H:%M:%S} UTC"
        for row in rows.order_by("conversation", "sequence")
    ]
