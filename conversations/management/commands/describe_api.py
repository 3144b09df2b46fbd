"""Describes the API to programs: docs/openapi.json and docs/asyncapi.json are made by it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from conversations.asyncapi import describe_stream
from conversations.openapi import describe_http

KINDS = {"openapi": describe_http, "asyncapi": describe_stream}


class Command(BaseCommand):
    """``manage.py describe_api openapi > docs/openapi.json``."""

    help = "Print the description of the HTTP API (openapi) or of the stream (asyncapi)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which of the two."""
        parser.add_argument("kind", choices=sorted(KINDS))

    def handle(self, *, kind: str, **options: Any) -> None:
        """Print it."""
        self.stdout.write(json.dumps(KINDS[kind](), indent=2, ensure_ascii=False))
