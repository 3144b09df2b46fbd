"""What people are called."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from conversations.outbound import name_of


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Bob", "Okafor", "Bob Okafor"),
        ("", "", "bob"),
        ("\u202ebob\u2069", "", "bob"),
        ("דנה\u200f", "לוי", "דנה לוי"),
        ("\u202e", "\u200b", "bob"),
    ],
)
def test_a_name_turns_nothing_around_and_can_be_seen(first: str, last: str, name: str) -> None:
    assert name_of(User(username="bob", first_name=first, last_name=last)) == name
