"""Who talks with whom: conversations, messages, receipts, and who is typing."""

from __future__ import annotations
