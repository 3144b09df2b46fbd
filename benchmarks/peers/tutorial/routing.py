"""Where its sockets are."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path

from benchmarks.peers.tutorial.consumers import RoomConsumer

routes = URLRouter([path("ws/chat/<room>/", RoomConsumer.as_asgi())])
