"""Lists of the admin that stay quick however long they are, and times in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from chatsite.durations import in_words

if TYPE_CHECKING:
    PaginatorBase = Paginator[Any]
else:
    PaginatorBase = Paginator

COUNTED = 10_000
"""Rows that are counted at most: to count a million takes longer than to show a page of them."""


class BoundedPaginator(PaginatorBase):
    """Pages of the first ``COUNTED`` rows; what is beyond is found by a filter or a search."""

    @cached_property
    def count(self) -> int:
        """The rows there are, at most ``COUNTED``."""
        return min(self._found, COUNTED)

    @property
    def has_more(self) -> bool:
        """Whether there are more than are counted."""
        return self._found > COUNTED

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        found: int = rows.order_by()[: COUNTED + 1].count()
        return found


def moment(when: datetime | None, *, now: datetime) -> SafeString | str:
    """A time to the second, and beside it how long ago it was. Its zone is in the title."""
    if when is None:
        return "-"
    local = localtime(when)
    return format_html(
        '<time class="moment" datetime="{}" title="{}">'
        "<span>{}</span> <span>{}</span> <small>{}</small></time>",
        local.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        date_format(local, "Y-m-d"),
        date_format(local, "H:i:s"),
        distance(when - now),
    )


def distance(away: timedelta) -> str:
    """Such as "2 s ago", "5 min ago", or "in 3 h": as ``in_words`` has it, in both directions."""
    return f"in {in_words(away)}" if away > timedelta() else f"{in_words(-away)} ago"
