"""The layer that ``CHANNEL_LAYERS`` names."""

from __future__ import annotations

from channels.layers import get_channel_layer

from chatsite.realtime.layers.redis.layer import RedisLayer


async def require_layer() -> None:
    """Raises what the channel layer raises, if it does not take what is published."""
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    if isinstance(layer, RedisLayer):
        await layer.check()
    else:
        await layer.group_send("health", {"type": "stream.events", "events": []})
