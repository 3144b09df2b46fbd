"""The documents that describe the API to programs say what the code says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any, cast

import msgspec
import pytest
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.wire import ChatMessageType, ChatStreamMessage
from conversations.asyncapi import NOT_UTF8, SERVER_STOPS
from conversations.eventschemas import EVENTS
from tests.described import document, hold_event

KINDS = ("openapi", "asyncapi")
OURS = re.compile(r"api/|media/|healthz|metrics")


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_is_as_the_code_makes_it(kind: str) -> None:
    out = StringIO()
    call_command("describe_api", kind, stdout=out)
    made = json.loads(out.getvalue())
    assert document(kind) == made, f"run: python manage.py describe_api {kind} > docs/{kind}.json"


def test_it_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(cast(Any, document("openapi"))).iter_errors()) == []


def references_in(value: Any) -> Iterator[str]:
    """Every ``$ref`` in it."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from references_in(one)


def found(document: Any, reference: str) -> Any:
    """What the reference leads to."""
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_somewhere_and_every_schema_is_one(kind: str) -> None:
    read = document(kind)
    references = set(references_in(read))
    assert all(found(read, reference) for reference in references)
    # What AsyncAPI takes for a schema is one of both, and OpenAPI's is one of the newer.
    judges = [Draft202012Validator] + [Draft7Validator] * (kind == "asyncapi")
    for name, schema in read["components"]["schemas"].items():
        for judge in judges:
            judge.check_schema(schema)
        assert f"#/components/schemas/{name}" in references


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the site with its view."""
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, route)
        else:
            yield route, one.callback


def path_of(route: str) -> str:
    """The route as OpenAPI writes it."""
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}")
    return re.sub(r"_(\w)", lambda one: one[1].upper(), path)


def test_every_route_is_described_with_every_method_that_it_takes() -> None:
    described = {
        (path, method)
        for path, operations in document("openapi")["paths"].items()
        for method in operations
    }
    taken = set()
    for route, view in routes(get_resolver().url_patterns):
        if not OURS.match(route):
            continue
        arguments = dict.fromkeys(re.findall(r":(\w+)>", route), 1)
        allowed = view(RequestFactory().options("/"), **arguments).headers["Allow"]
        taken |= {(path_of(route), method.lower()) for method in allowed.split(", ")}
    # A HEAD is a GET.
    assert {(path, method) for path, method in taken if method != "head"} == described


def test_every_event_frame_field_and_code_is_described() -> None:
    read = document("asyncapi")
    schemas = read["components"]["schemas"]
    assert set(EVENTS) == set(ChatMessageType)
    fields = {name for kind in EVENTS for name in schemas[kind]["properties"]}
    envelope = {field.encode_name for field in msgspec.structs.fields(ChatStreamMessage)}
    # These two come from clients, or are for what others make of the envelope.
    assert envelope - fields == {"isIdle", "deviceInfo"}
    assert set(read["x-error-codes"]) == {str(code) for code in ErrorCode}
    described = {one["code"] for one in read["channels"]["stream"]["x-close-codes"]}
    assert described == {*CloseCode, NOT_UTF8, SERVER_STOPS}


def test_an_event_that_is_not_as_described_is_noticed() -> None:
    event = {"type": "typing", "conversationId": 1, "senderId": 1, "senderName": "Alice"}
    hold_event({**event, "isTyping": True})
    with pytest.raises(ValidationError, match="isTyping"):
        hold_event(event)
    with pytest.raises(ValidationError, match="'1'"):
        hold_event({**event, "isTyping": True, "senderId": "1"})
    with pytest.raises(AssertionError, match="wpm"):
        hold_event({**event, "isTyping": True, "wpm": 90})
