"""What the previous release expects of the database, and whether that still holds."""

from __future__ import annotations
