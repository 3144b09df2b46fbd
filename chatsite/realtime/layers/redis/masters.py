"""Whether a connection leads to the master: by the server's own word, and by its Sentinels'."""

from __future__ import annotations

from typing import Any

from chatsite.realtime.layers.redis.causes import NotMaster, Replaced


def require_leads_to(master: tuple[str, int], *connections: Any) -> None:
    """Raises ``Replaced`` unless each connection leads to the host and port that the Sentinels
    name. A former master calls itself master until a Sentinel tells it otherwise, which may take
    ten seconds, so its own word is not enough."""
    for connection in connections:
        if connection is not None and (connection.host, connection.port) != master:
            raise Replaced(f"it is not at {master}")


async def connect_to_master(connection: Any) -> None:
    """What redis-py does on each new connection, and then a look at where it has led."""
    await connection.on_connect()
    await connection.send_command("HELLO", check_health=False)
    require_master(await connection.read_response())


def require_master(hello: Any) -> None:
    """Raises ``NotMaster`` if this is what a replica answers to HELLO: a map, or its flat list.

    ROLE would say as much, but asks for an administrator's permission."""
    pairs = hello if isinstance(hello, dict) else dict(zip(hello[::2], hello[1::2], strict=True))
    role = pairs.get(b"role", pairs.get("role"))
    if role not in (b"master", "master"):
        raise NotMaster(f"its role is {role!r}")
