"""Who is there: people, their connections, and the processes that vouch for them."""

from __future__ import annotations
