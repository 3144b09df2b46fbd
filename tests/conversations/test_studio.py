"""Pictures are drawn in processes of their own, which may be stopped, killed and filled up."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from chatsite.realtime.errors import ErrorCode, Refused
from chatsite.realtime.reasons import Reason
from conversations.pictures import Picture
from conversations.studio import Lane, Studio
from tests.pictures import drawn
from tests.services import PATIENCE

ALICE, BOB = 1, 2
LARGE = drawn("JPEG", size=(2400, 2400))
SMALL = drawn("PNG", size=(8, 8))


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    yield studio
    studio.close()


def draw(studio: Studio, content: bytes, *, person: int = ALICE) -> Picture:
    return studio.draw(io.BytesIO(content), person=person, max_pixels=50_000_000)


def children_of(pid: int) -> set[int]:
    """The processes to draw in that this one started, in whatever thread. One that has not begun
    with the program yet is none: whoever starts it waits until it has."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = {int(word) for one in lists for word in one.read_text().split()}
    return {child for child in children if _draws(child)}


def _draws(pid: int) -> bool:
    try:
        return b"\0conversations.drawing\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def one_of(pid: int, *, but: Collection[int] = ()) -> int:
    """The process that it has started, or starts."""
    deadline = time.monotonic() + PATIENCE
    while not (found := children_of(pid) - {*but}):
        assert time.monotonic() < deadline, "no process to draw in came up"
    return found.pop()


class Stopped:
    """A large picture of Alice's whose process stands still in the middle."""

    def __init__(self, studio: Studio, pool: ThreadPoolExecutor) -> None:
        before = children_of(os.getpid())
        self.result: Future[Picture] = pool.submit(draw, studio, LARGE)
        self.pid = one_of(os.getpid(), but=before)
        os.kill(self.pid, signal.SIGSTOP)


def test_a_small_picture_does_not_wait_for_a_large_one_nor_one_person_for_another(
    studio: Studio,
) -> None:
    with ThreadPoolExecutor() as pool:
        stopped = Stopped(studio, pool)
        assert draw(studio, SMALL, person=BOB).width == 8
        assert draw(studio, LARGE, person=BOB).width == 2400
        assert not stopped.result.done()
        os.kill(stopped.pid, signal.SIGCONT)
        assert stopped.result.result().width == 2400


def test_a_process_that_dies_takes_one_picture_with_it(studio: Studio) -> None:
    with ThreadPoolExecutor() as pool:
        stopped = Stopped(studio, pool)
        os.kill(stopped.pid, signal.SIGKILL)
        with pytest.raises(Refused) as refused:
            stopped.result.result()
    assert refused.value.code is ErrorCode.INVALID_MEDIA
    assert draw(studio, LARGE).width == 2400


def test_one_that_died_while_it_had_nothing_to_do_takes_none(studio: Studio) -> None:
    before = children_of(os.getpid())
    draw(studio, SMALL)
    os.kill(one_of(os.getpid(), but=before), signal.SIGKILL)
    assert draw(studio, SMALL).width == 8


@override_settings(MEDIA_TIME_LIMIT=0.5)
def test_what_takes_too_long_is_refused_and_its_process_ended(studio: Studio) -> None:
    before = children_of(os.getpid())
    with ThreadPoolExecutor() as pool:
        stopped = Stopped(studio, pool)
        with pytest.raises(Refused, match=ErrorCode.INVALID_MEDIA) as refused:
            stopped.result.result()
    assert refused.value.reason is Reason.IMAGE_TOO_COSTLY
    assert stopped.pid not in children_of(os.getpid()) - before


@override_settings(MEDIA_WORKER_MEMORY=150)
def test_what_takes_too_much_memory_is_refused(studio: Studio) -> None:
    with pytest.raises(Refused) as refused:
        draw(studio, drawn("PNG", size=(7000, 7000)))
    assert refused.value.reason is Reason.IMAGE_TOO_COSTLY
    assert draw(studio, SMALL).width == 8


def test_who_had_much_drawn_waits() -> None:
    with override_settings(MEDIA_HOURLY_PIXELS=2 * 2400 * 2400):
        studio = Studio()
    try:
        draw(studio, LARGE)
        draw(studio, LARGE)
        with pytest.raises(Refused, match=ErrorCode.RATE_LIMITED) as refused:
            draw(studio, LARGE)
        assert refused.value.reason is Reason.HOURLY_PIXELS
        assert 1740 < (refused.value.retry_after or 0) <= 1800, (
            "half of it comes back in half an hour"
        )
        assert draw(studio, LARGE, person=BOB).width == 2400
    finally:
        studio.close()


def test_who_decodes_what_strangers_made_knows_no_secret(studio: Studio) -> None:
    before = children_of(os.getpid())
    draw(studio, SMALL)
    painter = one_of(os.getpid(), but=before)
    told = Path(f"/proc/{painter}/environ").read_bytes()
    assert b"PYTHONPATH" in told
    assert settings.SECRET_KEY.encode() not in told


def test_no_process_outlives_a_server_that_is_killed() -> None:
    script = (
        "import django, io, sys; django.setup()\n"
        "from conversations.studio import get_studio\n"
        "while True: get_studio().draw(io.BytesIO(bytes.fromhex(sys.argv[1])),"
        " person=1, max_pixels=100)"
    )
    command = [sys.executable, "-c", script, SMALL.hex()]
    server = subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ})
    try:
        painter = one_of(server.pid)
    finally:
        server.kill()
        server.wait()
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{painter}/exe").exists():
        assert time.monotonic() < deadline, "the process that draws goes on"


def test_turns_go_to_the_smallest_but_one_at_a_time_to_each_person() -> None:
    lane = Lane(1)
    order: list[str] = []

    def take(name: str, person: int, size: int) -> None:
        with lane.turn(person=person, size=size):
            order.append(name)

    wanted = [("large", ALICE, 9), ("small", ALICE, 1), ("middle", BOB, 5)]
    with lane.turn(person=3, size=1):
        threads = [threading.Thread(target=take, args=one) for one in wanted]
        for thread in threads:
            thread.start()
        while lane.waiting < len(wanted):
            time.sleep(0)
    for thread in threads:
        thread.join()
    assert order == ["small", "middle", "large"]


def test_who_waits_in_vain_is_told_that_too_many_do_and_keeps_nobody_from_the_next_turn() -> None:
    lane = Lane(1, patience=0)
    with lane.turn(person=ALICE, size=1):
        with (
            pytest.raises(Refused, match=ErrorCode.UNAVAILABLE) as refused,
            lane.turn(person=BOB, size=1),
        ):
            pytest.fail("there is only one place")
        assert refused.value.reason is Reason.IMAGES_BUSY
        assert lane.waiting == 0
    with lane.turn(person=BOB, size=1):
        assert lane.waiting == 0


def test_a_person_who_has_a_turn_lets_others_pass() -> None:
    lane = Lane(2)
    order: list[int] = []
    with lane.turn(person=ALICE, size=1):
        second = threading.Thread(target=_noted, args=(lane, ALICE, order))
        second.start()
        while not lane.waiting:
            time.sleep(0)
        _noted(lane, BOB, order)
        assert order == [BOB]
    second.join()
    assert order == [BOB, ALICE]


def _noted(lane: Lane, person: int, order: list[int]) -> None:
    with lane.turn(person=person, size=1):
        order.append(person)
