"""The documents and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from django.conf import settings

from chatsite.realtime.closecodes import CloseCode
from chatsite.realtime.errors import SENTENCES, ErrorCode
from chatsite.realtime.reasons import MEANINGS, Reason
from chatsite.realtime.wire import (
    ChatMessageType,
    ChatStreamMessage,
    ConversationState,
    StreamLimits,
)
from conversations.asyncapi import NOT_UTF8, SERVER_STOPS

ROOT = Path(settings.BASE_DIR)
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def names_in(text: str) -> set[str]:
    """All words in code spans."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}


@pytest.mark.parametrize("struct", [ChatStreamMessage, ConversationState, StreamLimits])
def test_every_field_is_documented(struct: type[msgspec.Struct]) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert fields <= names_in(PROTOCOL)


def test_every_type_and_error_code_is_documented() -> None:
    assert {str(kind) for kind in ChatMessageType} <= names_in(PROTOCOL)
    assert {str(code) for code in ErrorCode} <= names_in(PROTOCOL)


def test_every_error_code_has_a_sentence_and_every_reason_a_meaning() -> None:
    assert set(SENTENCES) == set(ErrorCode)
    assert set(MEANINGS) == set(Reason)
    assert set(map(str, Reason)) <= names_in(PROTOCOL)


def test_every_close_code_is_documented() -> None:
    documented = set(map(int, re.findall(r"^\| (\d{4}) ", PROTOCOL, re.MULTILINE)))
    assert {*CloseCode, NOT_UTF8, SERVER_STOPS} <= documented


def test_every_setting_of_ours_is_documented() -> None:
    ours = re.compile(
        r"^(PRESENCE|TYPING|MAX_|STREAM|HEARTBEAT|CATCHUP|MEDIA_(?!URL)|DATABASE_(?!ROUTERS)|"
        r"PASSWORD_[WT])"
    )
    names = {name for name in dir(settings) if ours.match(name)}
    assert names <= names_in(OPERATING)


def test_every_system_check_is_documented() -> None:
    source = "".join(path.read_text() for path in (ROOT / "chatsite").glob("*.py"))
    ids = re.findall(r'id="(chatsite\.[EW]\d+)"', source)
    documented = re.findall(r"^\| `(chatsite\.[EW]\d+)` \|", OPERATING, re.MULTILINE)
    assert sorted(ids) == sorted(documented)


def test_every_path_named_in_the_readme_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    paths = re.findall(r"\]\(([^):#]+)\)", readme) + re.findall(r"`([\w/]+\.(?:py|js))`", readme)
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


def test_every_link_within_the_documents_leads_somewhere() -> None:
    documents = {path.name: path for path in (ROOT / "docs").glob("*.md")}
    anchors = {name: anchors_of(path.read_text()) for name, path in documents.items()}
    links = [
        (name, target or name, anchor)
        for name, path in documents.items()
        for target, anchor in re.findall(r"\]\(([\w-]+\.md)?#([^)]+)\)", path.read_text())
    ]
    assert links
    assert [link for link in links if link[2] not in anchors[link[1]]] == []


def anchors_of(text: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
