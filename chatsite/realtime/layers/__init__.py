"""Channel layers: how what is published reaches other processes."""

from __future__ import annotations
