"""A PostgreSQL database that can't keep what people write is refused before anybody writes."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from tests.services import free_port, postgres


def says_check(database_url: str) -> subprocess.CompletedProcess[str]:
    """What ``manage.py check`` says of the site with this database."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url, "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(120)
def test_a_database_of_another_encoding_is_refused() -> None:
    with postgres() as url:
        accepted = says_check(url)
        assert accepted.returncode == 0, accepted.stderr
        server, _, _ = url.rpartition("/")
        for encoding in ("LATIN1", "SQL_ASCII"):
            name = encoding.lower()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"
                    " LC_COLLATE 'C' LC_CTYPE 'C'"
                )
            refused = says_check(f"{server}/{name}")
            assert refused.returncode == 1
            assert "chatsite.E011" in refused.stderr
            assert encoding in refused.stderr


def test_a_database_that_is_away_is_not_said_to_have_another_encoding() -> None:
    away = says_check(f"postgresql://chat@127.0.0.1:{free_port()}/chatsite")
    assert away.returncode == 0, away.stderr
