"""The app, and what makes live sockets look whether they may stay."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete

from chatsite.realtime.sessions import revoke_sessions


class ConversationsConfig(AppConfig):
    """Conversations, messages, and who is typing."""

    name = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to Django where no service of ours is asked: its own views and the admin."""
        user_logged_out.connect(_signed_out)
        user_model = get_user_model()
        post_save.connect(_account_changed, sender=user_model)
        post_save.connect(_account_saved, sender=user_model)
        post_delete.connect(_account_changed, sender=user_model)
        pre_delete.connect(_account_about_to_be_deleted, sender=user_model)


def _signed_out(*, user: Any, request: Any, **_: Any) -> None:
    """The session is flushed only after this signal. Deleted before its sockets are told, none
    can come in by it in between."""
    key = request.session.session_key
    if user is not None and key:
        request.session.delete()
        revoke_sessions(user_id=user.pk, session_key=key)


def _account_changed(
    *, instance: Any, created: bool = False, update_fields: Any = None, **_: Any
) -> None:
    """The account may have been deactivated, deleted, or given another password."""
    if not created and set(update_fields or ()) != {"last_login"}:
        user_id = instance.pk
        transaction.on_commit(lambda: revoke_sessions(user_id=user_id), robust=True)


def _account_saved(*, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """The account may have another name, or be active no longer. Of a fixture the rest may be yet
    to come, so it is left to the next look."""
    if not raw:
        user_id = instance.pk
        transaction.on_commit(lambda: _settle(user_id, is_new=created), robust=True)


def _settle(user_id: int, *, is_new: bool) -> None:
    services = import_module("conversations.services")
    services.settle_people([user_id], is_new=is_new)


def _account_about_to_be_deleted(*, instance: Any, **_: Any) -> None:
    # Services need the models, which are not loaded yet when this is imported.
    services = import_module("conversations.services")
    services.withdraw_reactions(user_id=instance.pk)
    services.tell_deletion(user_id=instance.pk)
