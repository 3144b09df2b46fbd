"""Django's reports of errors show settings and variables, and no secret of any service."""

from __future__ import annotations

import sys
from typing import Any

from django.test import override_settings
from django.views.debug import ExceptionReporter

SECRET = "nobody-reads-" + "this"

USER = "hidden-" + "user"

REDIS_URL = f"redis://{USER}:{SECRET}@redis:6379"

SETTINGS: dict[str, Any] = {
    "DEBUG": True,
    "REDIS_URL": [REDIS_URL],
    "CHANNEL_LAYERS": {
        "default": {
            "CONFIG": {"hosts": [{"address": REDIS_URL, "sentinel_kwargs": {"password": SECRET}}]}
        }
    },
    "EMAIL_HOST_PASSWORD": SECRET,
    "CACHES": {"default": {"BACKEND": "x", "LOCATION": [REDIS_URL]}},
    "DATABASE_URL": f"postgresql://{USER}:{SECRET}@db/chat",
}


def _connects(conninfo: str, **parameters: Any) -> None:
    urls = ([REDIS_URL], {"inner": (REDIS_URL,)})
    raise ValueError(f"of no use: {len(conninfo) + len(parameters) + len(urls)}")


def test_they_hide_secrets_wherever_they_are() -> None:
    pages: list[str] = []
    with override_settings(**SETTINGS):
        try:
            _connects(f"host=db password={SECRET}", password=SECRET, host="db")
        except ValueError:
            reporter = ExceptionReporter(None, *sys.exc_info())
            pages += [reporter.get_traceback_html(), reporter.get_traceback_text()]
    assert pages
    for page in pages:
        assert "of no use" in page
        assert "REDIS_URL" in page
        assert "redis://redis:6379" in page
        assert SECRET not in page
        assert USER not in page
