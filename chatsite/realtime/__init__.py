"""The wire: what passes between browsers and processes, and how it gets there. Knows no app."""

from __future__ import annotations
