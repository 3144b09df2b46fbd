"""What it costs, measured by programs: they start their own servers and print a table."""

from __future__ import annotations
