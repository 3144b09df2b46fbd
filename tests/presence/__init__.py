"""Stories of presence, told to the services."""

from __future__ import annotations
