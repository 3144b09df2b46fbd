"""Commands of presence."""

from __future__ import annotations
