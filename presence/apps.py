"""The app of who is there."""

from __future__ import annotations

from django.apps import AppConfig


class PresenceConfig(AppConfig):
    """People, their connections, and the processes that vouch for them."""

    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"
