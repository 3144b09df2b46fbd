"""Uploads in the admin: to see who sent what to whom, and to remove it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chatsite.realtime.bidi import isolated
from conversations import services
from conversations.models import Media, Message
from conversations.outbound import name_of

if TYPE_CHECKING:
    MediaAdminBase = admin.ModelAdmin[Media]
else:
    MediaAdminBase = admin.ModelAdmin


@admin.register(Media)
class MediaAdmin(MediaAdminBase):
    """To be read and removed, not edited: what it is, its content says."""

    list_display = ("name", "kind", "size", "uploader", "uploaded_at", "message_count")
    list_filter = ("kind", "uploaded_at")
    list_select_related = ("uploader",)
    search_fields = ("name", "uploader__username", "uploader__first_name", "uploader__last_name")
    ordering = ("-uploaded_at",)
    fields = (
        "name",
        "kind",
        "content_type",
        "size",
        "width",
        "height",
        "uploader",
        "uploaded_at",
        "carriers",
    )
    readonly_fields = ("size", "carriers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Media]:
        """With the number of messages, in the one query of the list."""
        return super().get_queryset(request).annotate(message_count=Count("messages"))

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

    @admin.display(description="messages", ordering="message_count")
    def message_count(self, media: Media) -> int:
        """How many messages carry it."""
        count: int = vars(media)["message_count"]
        return count

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
        if not services.remove_upload(media_id=obj.pk, now=datetime.now(UTC)):
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
