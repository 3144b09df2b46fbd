"""Stories, told on every site."""

from __future__ import annotations
