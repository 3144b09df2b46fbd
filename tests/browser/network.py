"""The network between a window and the site, which can be taken away."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, WebSocketRoute


class Network:
    """Everything a browser sends passes here: pages, requests, and the stream.

    Of a page alone it is the stream that can go.
    """

    def __init__(self, of: BrowserContext | Page) -> None:
        self._context = of.context if isinstance(of, Page) else of
        self._is_away = False
        self._streams: list[WebSocketRoute] = []
        of.route_web_socket("**/ws/**", self._opens)

    def _opens(self, stream: WebSocketRoute) -> None:
        if self._is_away:
            stream.close()
            return
        stream.connect_to_server()
        self._streams.append(stream)

    def goes(self, *, only_stream: bool = False) -> None:
        """No request gets through any more, and what was open is closed.

        With ``only_stream`` pages and requests still come through.
        """
        self._is_away = True
        self._context.set_offline(not only_stream)
        for stream in self._streams:
            stream.close()
        self._streams.clear()

    def returns(self) -> None:
        """It is as it was."""
        self._is_away = False
        self._context.set_offline(False)
