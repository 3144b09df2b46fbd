"""Passwords at the door: few are hashed at once, and few guesses are taken."""

from __future__ import annotations
