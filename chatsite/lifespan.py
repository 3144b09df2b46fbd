"""What a server process does from its start to its end, whether or not anybody connects.

uvicorn tells of both by ASGI's lifespan. Daphne does not: there the first request of any kind
starts it, such as the one by which a load balancer asks for the process' health.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chatsite.bodies import Application, Receive, Scope, Send


class Lifespan:
    """An ASGI application around another."""

    def __init__(
        self,
        application: Application,
        *,
        start: Callable[[], None],
        stop: Callable[[], Awaitable[None]],
    ) -> None:
        """``start`` is called on the server's event loop, at first and then with each request: it
        must be cheap, and must not fail where a service is away. ``stop`` is called once all
        connections are closed."""
        self._application = application
        self._start = start
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection, or the lifespan of the process."""
        self._start()
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._application(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})
