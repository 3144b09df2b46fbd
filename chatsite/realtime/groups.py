"""The names of the groups that other code may send to or join."""

from __future__ import annotations


def conversation_group(conversation_id: int) -> str:
    """Every live connection of the conversation's participants."""
    return f"conversation.{conversation_id}"


def user_group(user_id: int) -> str:
    """Every live connection of that user."""
    return f"user.{user_id}"


def conversation_of(group: str) -> int | None:
    """The conversation whose group it is, or ``None``."""
    kind, _, number = group.partition(".")
    return int(number) if kind == "conversation" and number.isdecimal() else None
