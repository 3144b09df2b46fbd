"""The site: settings, addresses, and the wire under it. It knows every app, and no rule."""

from __future__ import annotations
