"""Many ids in one query."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL


def id_set(ids: Collection[int]) -> Any:
    """The ids for ``…__in=``: on PostgreSQL one parameter, however many there are.

    To prepare a list of some hundreds costs Django and the driver more than the query itself.
    """
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", ["{" + ",".join(map(str, ids)) + "}"])
    return list(ids)
