"""System checks of ``CHANNEL_LAYERS``: whether the layer is there, and what it can't do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.utils.module_loading import import_string

from chatsite.realtime.layers.base import Layer


def check_channel_layer(**_: Any) -> list[CheckMessage]:
    """Without a layer nothing is heard live. With one of another package everything is, but
    nobody says what was lost while its connection was interrupted."""
    backend = settings.CHANNEL_LAYERS.get("default", {}).get("BACKEND", "")
    try:
        layer = import_string(backend)
    except ImportError:
        return [
            Error(
                f"CHANNEL_LAYERS has no default with a BACKEND that can be imported: {backend!r}.",
                hint="Leave CHANNEL_LAYERS as it is in chatsite/settings.py, and set REDIS_URL.",
                id="chatsite.E018",
            )
        ]
    if isinstance(layer, type) and issubclass(layer, Layer):
        return []
    return [
        CheckWarning(
            f"CHANNEL_LAYERS uses {backend}, which does not notice when its connection was"
            " interrupted: clients are not told to read again what they missed, and somebody who"
            " is removed from a conversation meanwhile may hear it until they connect again.",
            hint="Use chatsite.realtime.layers.redis.layer.RedisLayer, or silence this check.",
            id="chatsite.W019",
        )
    ]
