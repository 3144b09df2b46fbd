"""The layer for any number of processes: one Redis server, or several, or one that fails over."""

from __future__ import annotations
