"""The tables of presence, step by step."""

from __future__ import annotations
