"""The whole site as one ASGI application: HTTP by Django, WebSockets by Channels."""

from __future__ import annotations

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

# Django must be set up before anything that imports models.
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from chatsite.bodies import BodyLimit  # noqa: E402
from chatsite.lifespan import Lifespan  # noqa: E402
from chatsite.origins import SameOrigin, refuse  # noqa: E402
from chatsite.signin.gate import Gate  # noqa: E402
from chatsite.unavailable import Unavailable  # noqa: E402
from conversations.mediakeeper import get_media_keeper  # noqa: E402
from conversations.peoplekeeper import get_people_keeper  # noqa: E402
from conversations.routing import websocket_urlpatterns  # noqa: E402
from presence.keeper import get_keeper  # noqa: E402

# No session or user middleware: the consumer looks by itself, for many connections at once.
websocket_application = SameOrigin(
    # Of a stream that is none the router would make an HTTP 500.
    URLRouter([*websocket_urlpatterns, re_path("", refuse)])  # type: ignore[arg-type,list-item]
)

http_application = BodyLimit(Unavailable(Gate(django_application)))  # type: ignore[arg-type]


def start_keepers() -> None:
    """Begin with what each server does by itself, unless this event loop does it already."""
    get_keeper().ensure_started()
    get_media_keeper().ensure_started()
    get_people_keeper().ensure_started()


async def stop_keepers() -> None:
    """Leave no lease behind that others would have to wait for."""
    await get_keeper().stop()


router = ProtocolTypeRouter({"http": http_application, "websocket": websocket_application})

application = Lifespan(
    router,  # type: ignore[arg-type]
    start=start_keepers,
    stop=stop_keepers,
)

# What is loaded by now stays. A full collection would look at all of it again, and hold everybody
# up meanwhile: under load for 80 ms, every other second.
gc.collect()
gc.freeze()
