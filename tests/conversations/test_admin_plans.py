"""With many uploads their list is answered by indexes, and counts only so many."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from chatsite.adminlists import COUNTED
from tests.plans import opened, reads_no_more_than_a_page

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the plans are PostgreSQL's"
)

UPLOADS = "/admin/conversations/media/"
LARGE = ("conversations_media", "auth_user")

POPULATE = """
INSERT INTO auth_user (id, username, first_name, last_name, email, password, is_staff, is_active,
                       is_superuser, date_joined)
SELECT 1000 + i, 'person-' || i, '', '', '', '', false, true, false, now()
FROM generate_series(1, 20000) AS i;
INSERT INTO conversations_media (id, uploader_id, kind, content_type, name, bytes, file, thumbnail,
                                 uploaded_at)
SELECT gen_random_uuid(), 1001 + i % 20000, CASE WHEN i % 1000 = 0 THEN 'video' ELSE 'image' END,
       'image/png', 'Plan-' || i || '.png', i, 'x', '', now() - i * INTERVAL '1 minute'
FROM generate_series(1, 60000) AS i;
ANALYZE
"""


@pytest.fixture
def many(admin_user: User) -> None:
    """Many uploads of many people; few are films, and none was sent."""
    with connection.cursor() as cursor:
        for statement in POPULATE.split(";"):
            cursor.execute(statement)


@pytest.mark.usefixtures("many")
def test_each_question_has_its_index(admin_client: Client) -> None:
    for query, found in (
        ("", "Plan-1.png"),
        ("o=-3", "Plan-60000.png"),
        ("kind=image", "Plan-1.png"),
        ("kind=video", "Plan-1000.png"),
        ("kind=audio", "0 results"),
        ("q=plan-777", "Plan-777.png"),
        ("q=PERSON-19999", "Plan-19998.png"),
        ("uploaded_at__gte=2020-01-01+00:00:00%2B00:00", "Plan-1.png"),
    ):
        page = opened(admin_client, f"{UPLOADS}?{query}")
        assert found in page.content, query
        reads_no_more_than_a_page(page, LARGE, counted=COUNTED)
