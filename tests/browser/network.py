"""The network between a window and the site, which can be taken away."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, WebSocketRoute


class Network:
    """Everything a browser sends passes here: pages, requests, and the stream.

    Of a page alone it is the stream that can go.
    """

    def __init__(self, of: BrowserContext | Page) -> None:
        self._context = of.context if isinstance(of, Page) else of
        self._is_away = False
        self._is_silent = False
        self._streams: list[WebSocketRoute] = []
        of.route_web_socket("**/ws/**", self._opens)

    def _opens(self, stream: WebSocketRoute) -> None:
        if self._is_away:
            stream.close()
            return
        server = stream.connect_to_server()
        stream.on_message(self._passing_on_to(server))
        server.on_message(self._passing_on_to(stream))
        self._streams.append(stream)

    def _passing_on_to(self, end: WebSocketRoute) -> Callable[[str | bytes], None]:
        def pass_on(text: str | bytes) -> None:
            if not self._is_silent:
                end.send(text)

        return pass_on

    def falls_silent(self) -> None:
        """As when a cable is pulled: the browser knows that it is offline, and nothing gets
        through, though nobody closed the stream. What is sent meanwhile is lost with it."""
        self._is_silent = True
        self._context.set_offline(True)

    def goes(self, *, only_stream: bool = False) -> None:
        """No request gets through any more, and what was open is closed.

        With ``only_stream`` pages and requests still come through.
        """
        self._is_away = True
        self._context.set_offline(not only_stream)
        self._close_streams()

    def returns(self) -> None:
        """It is as it was."""
        if self._is_silent:
            self._close_streams()
        self._is_away = self._is_silent = False
        self._context.set_offline(False)

    def _close_streams(self) -> None:
        for stream in self._streams:
            stream.close()
        self._streams.clear()
