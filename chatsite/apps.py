"""The site as an app: its system checks, and how databases are set up and migrated."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from chatsite import checks, extras, failover, layerchecks
from chatsite.badrequests import OneLine
from chatsite.realtime import clock, outages


class ChatsiteConfig(AppConfig):
    """What must be set up once per process, or once per database."""

    name = "chatsite"

    def ready(self) -> None:
        """Register the checks; any app of Django's own says when a database was migrated."""
        register(checks.check_durations)
        register(checks.check_limits)
        register(checks.check_crashes)
        register(checks.check_frame_size)
        register(checks.check_presence_audience)
        register(checks.check_processes)
        register(layerchecks.check_channel_layer)
        register(checks.check_redis_hosts)
        register(checks.check_database)
        register(extras.check_media)
        register(checks.check_encoding)
        register(checks.check_debug)
        register(checks.check_allowed_hosts, Tags.security)
        # uvicorn gives its lines to handlers of its own.
        logging.getLogger("uvicorn.error").addFilter(OneLine())
        connection_created.connect(failover.watch)
        connection_created.connect(outages.watch)
        connection_created.connect(clock.learn_first)
        pre_migrate.connect(take_time, sender=apps.get_app_config("contenttypes"))
        post_migrate.connect(journal_ahead, sender=apps.get_app_config("contenttypes"))


def journal_ahead(*, using: str, **_: Any) -> None:
    """Let SQLite's readers read while somebody writes.

    The file remembers it. Asked of each connection instead, it would need the writer's lock.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")


def take_time(*, using: str, **_: Any) -> None:
    """Let a migration wait for tables for as long as it takes, think in between, and go through
    large ones, whatever the site's sessions or the role are held to.

    Were it ended halfway, one without a transaction would leave half of what it does behind."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute("SET statement_timeout = 0")
