"""A password is hashed as Django hashes it, and holds nobody up meanwhile."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from chatsite.settings import PASSWORD_HASHERS
from chatsite.signin.hashing import PatientHasher


def test_its_hashes_are_djangos() -> None:
    theirs = PBKDF2PasswordHasher().encode("correct horse", "salt", 10)
    assert PatientHasher().encode("correct horse", "salt", 10) == theirs
    assert PatientHasher().verify("correct horse", theirs)
    assert not PatientHasher().verify("wrong horse", theirs)


def test_what_others_hashed_is_read_still(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    kept = make_password("correct horse", hasher="scrypt")
    assert check_password("correct horse", kept)


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_a_password_is_hashed() -> None:
    connection.ensure_connection()
    PatientHasher().encode("correct horse", "salt", 1)
    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_its_connection_is_kept() -> None:
    with transaction.atomic():
        connection.ensure_connection()
        held = connection.connection
        PatientHasher().encode("correct horse", "salt", 1)
        assert connection.connection is held
