"""The previous release goes on beside this one, on the database that this one has migrated."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.cast import Person
from tests.conftest import OpenTab
from tests.releases.__main__ import KEPT
from tests.releases.schema import Release, breaches, tables_of
from tests.sites import NO_TLS, PROJECT, Server, ServerSite

pytestmark = pytest.mark.parametrize("site", ["cluster"], indirect=True)

PREVIOUS = msgspec.json.decode(KEPT.read_bytes(), type=Release)


def test_all_that_the_previous_release_reads_and_writes_is_there(site: ServerSite) -> None:
    now = tables_of(site.servers[0].environment["DATABASE_URL"])
    assert PREVIOUS.tables["conversations_message"].columns.keys() >= {"content", "sequence"}
    assert list(breaches(PREVIOUS.tables, now)) == []


@pytest.fixture
def previous_code(tmp_path: Path) -> Path:
    """The code of the previous release, where this is a clone that has its history."""
    command = ["git", "archive", PREVIOUS.commit]
    packed = subprocess.run(command, cwd=PROJECT, capture_output=True)
    if packed.returncode != 0:
        pytest.skip(f"the history has no {PREVIOUS.commit}: the test above has its tables")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as files:
        files.extractall(tmp_path / "previous", filter="data")
    return tmp_path / "previous"


@pytest.fixture
def old(site: ServerSite, previous_code: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the previous release, beside those of this one."""
    environment = site.servers[0].environment
    server = Server("uvicorn", environment, tmp_path / "log", project=previous_code)
    server.start()
    yield server
    server.stop()


async def test_people_of_both_releases_hear_each_other(
    alice: Person, bob: Person, room: int, open_tab: OpenTab, old: Server
) -> None:
    hers, his = await open_tab(alice), await bob.opens_tab_at(old, is_described=False)
    await hers.writes(room, "from the new one")
    message = (await his.hears(type="message", content="from the new one"))["messageId"]
    await his.says(type="read", conversationId=room, messageId=message)
    await hers.hears(type="read", senderId=bob.user_id)
    await his.says(type="typing", conversationId=room, isTyping=True)
    await hers.hears(type="typing", isTyping=True)
    await his.writes(room, "from the old one")
    await hers.hears(type="message", content="from the old one")
    thumb = {"conversationId": room, "messageId": message, "content": "👍", "messageType": "add"}
    for one, another in ((hers, his), (his, hers)):
        await one.says(type="reaction", **thumb)
        await another.hears(type="reaction", content="👍")


async def test_who_signs_up_at_the_previous_release_is_somebody_to_this_one(
    site: ServerSite, people: list[Person], alice: Person, open_tab: OpenTab, old: Server
) -> None:
    client = httpx.AsyncClient(base_url=old.url, trust_env=False, verify=NO_TLS)
    bob = Person(site, f"{alice.name}-bob", client)
    people.append(bob)
    await bob.signs_up()
    room = await alice.starts_conversation(bob)
    his, hers = await bob.opens_tab_at(old, is_described=False), await open_tab(alice)
    await hers.writes(room, "welcome")
    await his.hears(type="message", content="welcome")
