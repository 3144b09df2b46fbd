"""The HTTP API as an OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings

from chatsite.realtime.errors import ErrorCode
from conversations.api import EXPECTED_USER, STATUS_OF
from conversations.eventschemas import REFERENCE, Schema, event_schemas, schemas_of
from conversations.operations import BYTES, MESSAGE, OPERATIONS, PAGE, TEXT, Operation
from conversations.shapes import Refusal
from conversations.urls import urlpatterns

CONVERTERS: dict[str, Schema] = {
    "id": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
    "uuid": {"type": "string", "format": "uuid"},
}

CSRF = {
    "name": "X-CSRFToken",
    "in": "header",
    "required": True,
    "description": "The value of the cookie csrftoken.",
    "schema": {"type": "string"},
}

EXPECTED = {
    "name": EXPECTED_USER,
    "in": "header",
    "description": "The user whose session the client believes to use. If it is another's,"
    " the request is refused.",
    "schema": {"type": "integer"},
}

TELL_WHEN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Statuses of refusals that say when the same request may be granted."""

RETRY_AFTER = {
    "required": True,
    "description": "In how many seconds the same request may be granted.",
    "schema": {"type": "integer", "minimum": 1},
}

_argument = re.compile(r"<(\w+):(\w+)>")


def describe_http() -> dict[str, Any]:
    """The document."""
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for operation in OPERATIONS:
        route = _route_of(operation)
        paths[_argument.sub(_in_braces, f"/{route}")][operation.method] = _described(
            operation, route
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chatsite: the HTTP API",
            "version": "1",
            "description": "Beside the stream, with the session cookie of a signed-in user. A key"
            " without a value is absent. Ignore keys that you do not know. See protocol.md.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": settings.SESSION_COOKIE_NAME,
                }
            },
        },
    }


def _route_of(operation: Operation) -> str:
    return next(
        str(one.pattern) for one in urlpatterns if getattr(one, "callback", 0) is operation.view
    )


def _in_braces(argument: re.Match[str]) -> str:
    return f"{{{_camel(argument[2])}}}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _schemas() -> dict[str, Schema]:
    types = {Refusal, *(one.asks for one in OPERATIONS if one.asks)}
    for operation in OPERATIONS:
        types |= {body for body in operation.answers.values() if isinstance(body, type)}
    ours = schemas_of(sorted(types, key=lambda one: one.__name__))
    # Of the stream's events those that answers have in them, and what those name.
    events = event_schemas()
    return {**{name: events[name] for name in ("message", "reaction")}, **ours}


def _described(operation: Operation, route: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation, route)),
        "responses": {
            str(status): response for status, response in sorted(_responses(operation).items())
        },
    }
    body = _request_body(operation)
    if body:
        described["requestBody"] = {"required": True, "content": body}
    if operation.is_public:
        described["security"] = [{}]
    return described


def _parameters(operation: Operation, route: str) -> Iterator[dict[str, Any]]:
    for converter, name in _argument.findall(route):
        schema = CONVERTERS[converter]
        yield {"name": _camel(name), "in": "path", "required": True, "schema": schema}
    for name, kind in operation.query.items():
        yield {"name": name, "in": "query", "schema": msgspec.json.schema(kind)}
    if not operation.is_public:
        yield EXPECTED
    if operation.method != "get":
        yield CSRF


def _request_body(operation: Operation) -> dict[str, Any]:
    if operation.uploads:
        file = {"type": "string", "contentMediaType": BYTES}
        form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
        return {"multipart/form-data": {"schema": form}}
    return _json(operation.asks.__name__) if operation.asks else {}


def _responses(operation: Operation) -> dict[int, dict[str, Any]]:
    responses: dict[int, dict[str, Any]] = {}
    for status, codes in _refusals(operation).items():
        named = ", ".join(sorted(codes))
        responses[status] = {"description": f"Refused: {named}.", "content": _json("Refusal")}
        if status in TELL_WHEN:
            responses[status]["headers"] = {"Retry-After": RETRY_AFTER}
    for status, body in operation.answers.items():
        responses[status] = {"description": HTTPStatus(status).phrase}
        if status in TELL_WHEN:
            responses[status]["headers"] = {"Retry-After": RETRY_AFTER}
        if body is not None:
            responses[status]["content"] = _content(body)
    return responses


def _refusals(operation: Operation) -> dict[int, set[str]]:
    """Status to the codes that come with it."""
    codes = set(operation.refuses)
    if not operation.is_public:
        codes |= {
            ErrorCode.SIGNED_OUT,
            ErrorCode.WRONG_ACCOUNT,
            ErrorCode.UNAVAILABLE,
            ErrorCode.INTERNAL_ERROR,
        }
    if operation.method != "get":
        # Without the CSRF token.
        codes.add(ErrorCode.NOT_ALLOWED)
    if operation.asks:
        codes |= {ErrorCode.INVALID_JSON, ErrorCode.INVALID_FRAME}
    refusals: defaultdict[int, set[str]] = defaultdict(set)
    for code in codes:
        refusals[STATUS_OF.get(code, HTTPStatus.BAD_REQUEST)].add(str(code))
    if operation.asks:
        # A body that is too large.
        refusals[HTTPStatus.REQUEST_ENTITY_TOO_LARGE].add(str(ErrorCode.INVALID_FRAME))
    return refusals


def _content(body: Any) -> dict[str, Any]:
    if body == MESSAGE:
        return _json(MESSAGE)
    if body in (BYTES, PAGE, TEXT):
        return {"*/*" if body == BYTES else body: {}}
    return _json(body.__name__)


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCE.format(name=name)}}}
