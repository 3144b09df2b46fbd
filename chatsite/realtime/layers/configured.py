"""The layer that ``CHANNEL_LAYERS`` names."""

from __future__ import annotations

from channels.layers import get_channel_layer

from chatsite.realtime.layers.base import Layer
from chatsite.realtime.layers.foreign import ForeignLayer


def get_layer() -> Layer:
    """The default layer. One that is not of this package is wrapped anew at each call."""
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    return layer if isinstance(layer, Layer) else ForeignLayer(layer)


async def require_layer() -> None:
    """Raises ``LayerUnavailable`` if the layer does not take what is published."""
    await get_layer().check()
