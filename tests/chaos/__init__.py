"""The program that no seed can break: random clients, while everything around them fails."""

from __future__ import annotations

import os

# Run by hand, nobody else says so, and the sites are made of Django's settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
