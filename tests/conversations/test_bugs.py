"""What a bug in a view looks like from outside."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings


@pytest.fixture
def client(admin_client: Client) -> Client:
    """Somebody who is answered as by a server, which goes on."""
    admin_client.raise_request_exception = False
    return admin_client


def test_the_api_says_it_in_json(client: Client, settings: Settings) -> None:
    settings.MEDIA_MAX_BYTES = "many"
    answer = client.post("/api/media/", {"file": SimpleUploadedFile("it", b"it")})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["content"]


def test_a_page_says_it_as_a_page(client: Client, settings: Settings) -> None:
    settings.AUTHENTICATION_BACKENDS = ["there.is.no.such.Backend"]
    answer = client.post("/accounts/login/", {"username": "admin", "password": "password"})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
