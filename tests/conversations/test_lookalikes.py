"""Names that look alike are found to do so, and nobody signs up as somebody else's double."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversations import lookalikes, services
from conversations.directory import looks_taken
from conversations.lookalikes import MAX_SKELETON, skeleton
from conversations.models import KnownPerson
from tests.cast import PASSWORD

VENDOR = Path(lookalikes.__file__).parent / "vendor"


@pytest.mark.parametrize(
    ("name", "double"),
    [
        ("admin", "аdmin"),  # noqa: RUF001 -- a Cyrillic letter is what it is about
        ("admin", "\u0251dmin"),
        ("admin", "Admin"),
        ("mary", "rnary"),
        ("Alice", "AIice"),
        ("alice", "a1ice"),
        ("root", "r00t"),
        ("paul", "раul"),  # noqa: RUF001
        ("bob", "b\u200dob"),
        ("zoë", "zoe\u0308"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(name: str, double: str) -> None:
    assert skeleton(name) == skeleton(double)


@pytest.mark.parametrize(("name", "other"), [("alice", "alicia"), ("bob", "rob"), ("jo", "joe")])
def test_names_that_do_not_have_two(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


def test_every_name_has_a_skeleton_that_an_index_can_hold() -> None:
    assert skeleton("\u200d\u200d")
    assert len(skeleton("\ufdfa" * 150)) == MAX_SKELETON


def signs_up(username: str) -> str:
    """Sign up; what is said of the name, or nothing."""
    form = {"username": username, "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/accounts/signup/", form)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_nobody_signs_up_by_a_name_that_looks_like_anothers(transactional_db: None) -> None:
    User.objects.create_superuser("admin", password=PASSWORD)
    for double in ("аdmin", "adrnin", "АDMIN"):  # noqa: RUF001
        assert "looks like that of somebody else" in signs_up(double)
        assert not User.objects.filter(username=double).exists()
    for same in ("admin", "ADMIN"):
        assert "already exists" in signs_up(same)
    assert signs_up("administrator") == ""


def test_names_that_clash_already_stay(transactional_db: None) -> None:
    first, second = (User.objects.create(username=name) for name in ("paul", "pau1"))
    second.first_name = "Paula"
    second.save()
    assert {user.username for user in (first, second)} == {"paul", "pau1"}
    assert looks_taken("paul")


def test_the_names_of_an_earlier_release_are_looked_at_too(transactional_db: None) -> None:
    User.objects.create(username="admin")
    KnownPerson.objects.update(skeleton="")
    assert not looks_taken("adrnin")
    assert services.look_at_people(connected=[], after=0).settled == 1
    assert looks_taken("adrnin")


def test_the_table_is_as_it_was_published() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    sums = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != "manifest.json"
    }
    assert sums == manifest["sha256"]
    assert {Path(path).name for path in sums} == {"data.json", "LICENSE", "LICENSE.unicode"}
