"""What is said on the stream and over HTTP, held against the documents that describe it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker

DOCS = settings.BASE_DIR / "docs"


@cache
def document(name: str) -> dict[str, Any]:
    """The document as it is in docs/."""
    read: dict[str, Any] = json.loads((DOCS / f"{name}.json").read_text())
    return read


@cache
def _judge(name: str, schema: str) -> Draft202012Validator:
    """Who knows whether something is as this component of the document says."""
    components = document(name)["components"]
    rule = {"$ref": f"#/components/schemas/{schema}", "components": components}
    return Draft202012Validator(rule, format_checker=FormatChecker())


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Each path of the API as a pattern, with what can be asked there."""
    paths = document("openapi")["paths"].items()
    # A longer number is no id.
    argument = r"(?:\d{1,18}|[0-9a-f-]{36})"
    return [
        (re.compile(re.sub(r"\{\w+\}", lambda _: argument, path)), asked) for path, asked in paths
    ]


def _unknown(event: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    return set(event) - set(schema["properties"])


def hold_event(event: dict[str, Any]) -> None:
    """Fail unless the event is one that docs/asyncapi.json has, with keys that it has."""
    kind = event["type"]
    _judge("asyncapi", kind).validate(event)
    unknown = _unknown(event, document("asyncapi")["components"]["schemas"][kind])
    assert not unknown, f"{kind} has keys that are not described: {unknown}"


async def hold_answer(answer: httpx.Response) -> None:
    """Fail unless an answer of the API is one that docs/openapi.json has."""
    request = answer.request
    for path, asked in _paths():
        operation = asked.get(request.method.lower())
        if operation and path.fullmatch(request.url.path):
            await answer.aread()
            _hold(answer, operation)


def _hold(answer: httpx.Response, operation: dict[str, Any]) -> None:
    name, status = operation["operationId"], str(answer.status_code)
    responses = operation["responses"]
    assert status in responses, f"{name} answered {status}: {answer.text}"
    for header in responses[status].get("headers", {}):
        assert int(answer.headers.get(header, 0)) > 0, f"{name} answered {status} without {header}"
    content = responses[status].get("content", {})
    if "application/json" in content:
        schema = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        body = answer.json()
        _judge("openapi", schema).validate(body)
        unknown = _unknown(body, document("openapi")["components"]["schemas"][schema])
        assert not unknown, f"{name} answered with keys that are not described: {unknown}"
