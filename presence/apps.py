"""The app of who is there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete

from chatsite.realtime import clock


class PresenceConfig(AppConfig):
    """People, their connections, and the processes that vouch for them."""

    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to Django where no service of ours is asked: an account deleted in the admin."""
        pre_delete.connect(_about_to_be_deleted, sender=settings.AUTH_USER_MODEL)


def _about_to_be_deleted(*, instance: Any, **_: Any) -> None:
    # Services need the models, which are not loaded yet when this is imported.
    services = import_module("presence.services")
    services.say_farewell(user_id=instance.pk, now=clock.now())
