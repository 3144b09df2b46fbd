"""The chat in the tutorial's shape as an ASGI application, behind ``AuthMiddlewareStack``."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

# Django must be set up before anything that imports models.
from benchmarks.peers.tutorial.routing import routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(routes)),
    }
)
