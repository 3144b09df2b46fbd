"""With many people each list of the admin is answered by an index, and counts only so many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chatsite.adminlists import COUNTED
from presence import services
from tests.plans import Page, opened, reads_no_more_than_a_page

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the plans are PostgreSQL's"
)

PEOPLE = 60_000
PRESENCES = "/admin/presence/userpresence/"
LARGE = ("presence_userpresence", "presence_presenceconnection", "auth_user")

POPULATE = """
INSERT INTO auth_user (id, username, first_name, last_name, email, password, is_staff, is_active,
                       is_superuser, date_joined)
SELECT 1000 + i, 'person-' || i, '', '', '', '', false, true, false, %(now)s
FROM generate_series(1, %(people)s) AS i;
INSERT INTO presence_presencelease (process, started_at, last_heartbeat)
SELECT 'web-' || i, %(now)s, %(now)s FROM generate_series(1, 190) AS i;
INSERT INTO presence_presencelease (process, started_at, last_heartbeat)
VALUES ('killed', %(now)s, TIMESTAMPTZ %(now)s - INTERVAL '1 hour');
INSERT INTO presence_userpresence (user_id, status, chosen_status, chosen_until, grace_until,
    is_connected, last_heartbeat, last_seen, is_hidden, shows_typing, shows_receipts, device_info,
    sequence)
SELECT 1000 + i, CASE WHEN i %% 10 = 0 THEN 'online' ELSE 'offline' END,
       CASE WHEN i %% 500 = 0 THEN 'busy' ELSE 'online' END,
       CASE WHEN i %% 1000 = 0 THEN TIMESTAMPTZ %(now)s + INTERVAL '1 s' * i END,
       CASE WHEN i %% 1000 = 10 THEN TIMESTAMPTZ %(now)s + INTERVAL '1 ms' * i END,
       i %% 10 = 0 AND i %% 1000 <> 10, %(now)s, TIMESTAMPTZ %(now)s - i * INTERVAL '1 s',
       false, true, true, 'laptop', 1
FROM generate_series(1, %(people)s) AS i;
INSERT INTO presence_presenceconnection (id, user_id, lease_id, device_info, is_idle, connected_at)
SELECT gen_random_uuid(), 1000 + i,
       CASE WHEN i %% 3000 = 0 THEN 'killed' ELSE 'web-' || (1 + i / 10 %% 190) END,
       'laptop', false, %(now)s
FROM generate_series(1, %(people)s) AS i WHERE i %% 10 = 0 AND i %% 1000 <> 10;
ANALYZE
"""


@pytest.fixture
def many(admin_user: User) -> None:
    """Many people: a tenth of them here, some in their grace, some with a choice, some stale."""
    values: dict[str, int | str] = {"people": PEOPLE, "now": datetime.now(UTC).isoformat()}
    with connection.cursor() as cursor:
        for statement in POPULATE.split(";"):
            cursor.execute(statement, values)


@pytest.mark.usefixtures("many")
def test_each_question_has_its_index(admin_client: Client) -> None:
    for query, found in (
        ("", "person-1</a>"),
        ("o=-3.1", ""),
        ("here=yes", "person-10</a>"),
        ("here=grace", "person-10</a>"),
        ("here=stale", "person-3000</a>"),
        ("status=online", "person-10</a>"),
        ("status=offline", "person-1</a>"),
        ("status=busy", "0 results"),
        ("chose=busy", "person-500</a>"),
        ("chose=away", "0 results"),
        ("chose=ends", "person-1000</a>"),
        ("process=web-2", "person-1910</a>"),
        ("process=killed", "person-3000</a>"),
        ("q=PERSON-777", "person-777</a>"),
        ("q=person-777&here=yes", "person-7770</a>"),
        ("p=150", "person-7"),
    ):
        page = opened(admin_client, f"{PRESENCES}?{query}")
        assert found in page.content, query
        reads_no_more_than_a_page(page, LARGE, counted=COUNTED)
        assert len(page.statements) < 12


@pytest.mark.usefixtures("many")
def test_nor_does_the_look_whether_a_sweep_is_due() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert services.is_sweep_due(process="web-1", now=datetime.now(UTC))
    page = Page("", [query["sql"] for query in asked])
    reads_no_more_than_a_page(page, LARGE, counted=COUNTED)


@pytest.mark.usefixtures("many")
def test_neither_a_person_nor_a_process_reads_all(admin_client: Client) -> None:
    person = opened(admin_client, f"{PRESENCES}1010/change/")
    assert "Their grace" in person.content
    reads_no_more_than_a_page(person, LARGE, counted=COUNTED)
    processes = opened(admin_client, "/admin/presence/presencelease/")
    assert '?process=web-99">' in processes.content
    reads_no_more_than_a_page(processes, LARGE, counted=COUNTED)
