"""Commands of presence, one a file."""

from __future__ import annotations
