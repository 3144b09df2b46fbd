"""Who is typing, with the clock in the test's hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from chatsite.realtime.wire import Activity
from conversations.typing import FORGET, REPEAT, TypingIndicatorService

ROOM, ALICE, BOB = 12, 1, 2
TIMEOUT = 5.0


class Clock:
    """Time that passes only when told to, and the timers that hang on it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def __call__(self) -> float:
        return self.now

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        entry = (self.now + delay, function)
        self.timers.append(entry)
        return Timer(self, entry)

    def passes(self, seconds: float) -> None:
        """Let time pass, running each timer at its moment."""
        end = self.now + seconds
        while due := sorted(t for t in self.timers if t[0] <= end):
            self.timers.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        self.now = end


class Timer:
    """A timer of ``Clock``."""

    def __init__(self, clock: Clock, entry: tuple[float, Callable[[], None]]) -> None:
        self.clock = clock
        self.entry = entry

    def cancel(self) -> None:
        if self.entry in self.clock.timers:
            self.clock.timers.remove(self.entry)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[tuple[int, int, bool]]:
    return []


@pytest.fixture
def service(clock: Clock, said: list[tuple[int, int, bool]]) -> TypingIndicatorService:
    return TypingIndicatorService(
        on_typing_changed=lambda *change: said.append(change),
        timeout=TIMEOUT,
        clock=clock,
        call_later=clock.call_later,
    )


def test_only_the_transitions_are_announced(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    service.user_typing(ROOM, ALICE)
    clock.passes(1)
    service.user_typing(ROOM, ALICE)
    service.user_stopped_typing(ROOM, ALICE)
    service.user_stopped_typing(ROOM, ALICE)
    assert said == [(ROOM, ALICE, True), (ROOM, ALICE, False)]


def test_silence_ends_it(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    service.user_typing(ROOM, ALICE)
    clock.passes(TIMEOUT - 0.1)
    assert service.is_user_typing(ROOM, ALICE)
    clock.passes(0.2)
    assert not service.is_user_typing(ROOM, ALICE)
    assert said[-1] == (ROOM, ALICE, False)
    assert not clock.timers, "nobody types, so nothing needs a timer"


def test_a_repeat_puts_the_end_off(service: TypingIndicatorService, clock: Clock) -> None:
    service.user_typing(ROOM, ALICE)
    clock.passes(3)
    service.user_typing(ROOM, ALICE)
    clock.passes(3)
    assert service.get_typing_users(ROOM) == [ALICE]


def test_while_it_lasts_it_is_announced_again_within_ten_seconds(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    for _ in range(10):
        service.user_typing(ROOM, ALICE)
        clock.passes(3)
    assert said.count((ROOM, ALICE, True)) == 5
    assert REPEAT + 3 < 10


def test_one_tab_stops_and_she_types_on_in_the_other(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]]
) -> None:
    service.user_typing(ROOM, ALICE, "tab 1")
    service.user_typing(ROOM, ALICE, "tab 2")
    service.user_stopped_typing(ROOM, ALICE, "tab 1")
    assert service.is_user_typing(ROOM, ALICE)
    service.user_disconnected(ALICE, "tab 2")
    assert said == [(ROOM, ALICE, True), (ROOM, ALICE, False)]


def test_a_disconnect_ends_it_in_every_conversation(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]]
) -> None:
    service.user_typing(ROOM, ALICE)
    service.user_typing(ROOM + 1, ALICE)
    service.user_typing(ROOM, BOB)
    service.user_disconnected(ALICE)
    assert service.get_typing_users(ROOM) == [BOB]
    assert {(ROOM, ALICE, False), (ROOM + 1, ALICE, False)} < set(said)


def test_a_message_takes_it_unannounced(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]]
) -> None:
    service.user_typing(ROOM, ALICE)
    assert service.take(ROOM, ALICE)
    assert not service.take(ROOM, ALICE)
    assert said == [(ROOM, ALICE, True)]


def test_typing_in_another_process_is_known_until_it_is_forgotten(
    service: TypingIndicatorService, clock: Clock
) -> None:
    service.observed(ROOM, BOB, Activity.TEXT)
    assert service.get_typing_users(ROOM) == [BOB]
    clock.passes(FORGET + 0.1)
    assert service.get_typing_users(ROOM) == []
    assert not clock.timers


def test_somebody_elsewhere_does_not_put_off_the_end_of_who_types_here(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    service.observed(ROOM, BOB, Activity.TEXT)
    clock.passes(1)
    service.user_typing(ROOM, ALICE)
    clock.passes(TIMEOUT)
    assert said == [(ROOM, ALICE, True), (ROOM, ALICE, False)]


def test_a_message_sent_through_another_process_ends_it_here(
    service: TypingIndicatorService,
) -> None:
    service.user_typing(ROOM, ALICE)
    service.echoed(ROOM, ALICE)
    assert service.ended(ROOM, ALICE)
    assert not service.is_user_typing(ROOM, ALICE)


def test_the_late_word_of_an_older_message_does_not_end_what_began_after_it(
    service: TypingIndicatorService,
) -> None:
    service.user_typing(ROOM, ALICE)
    service.echoed(ROOM, ALICE)
    service.take(ROOM, ALICE)
    service.user_typing(ROOM, ALICE)
    assert not service.ended(ROOM, ALICE)
    assert service.is_user_typing(ROOM, ALICE)


def test_a_stop_in_another_process_is_none_of_who_types_here_and_that_is_said(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]]
) -> None:
    service.user_typing(ROOM, ALICE)
    service.echoed(ROOM, ALICE)
    service.observed(ROOM, ALICE, None)
    assert service.is_user_typing(ROOM, ALICE)
    assert said == [(ROOM, ALICE, True), (ROOM, ALICE, True)]


def test_our_own_word_that_comes_back_late_does_not_begin_it_again(
    service: TypingIndicatorService,
) -> None:
    service.user_typing(ROOM, ALICE)
    service.user_stopped_typing(ROOM, ALICE)
    service.echoed(ROOM, ALICE)
    assert not service.is_user_typing(ROOM, ALICE)


def test_who_stops_here_still_types_in_another_process(
    service: TypingIndicatorService,
) -> None:
    service.user_typing(ROOM, ALICE)
    service.echoed(ROOM, ALICE)
    service.observed(ROOM, ALICE, Activity.TEXT)
    service.user_stopped_typing(ROOM, ALICE)
    assert service.is_user_typing(ROOM, ALICE)
    service.observed(ROOM, ALICE, None)
    assert not service.is_user_typing(ROOM, ALICE)


def test_dispose_forgets_everybody(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    service.user_typing(ROOM, ALICE)
    service.observed(ROOM, BOB, Activity.TEXT)
    service.dispose()
    assert service.get_typing_users(ROOM) == []
    assert not clock.timers
    assert said == [(ROOM, ALICE, True)]


def test_another_activity_is_announced_at_once_and_the_last_one_heard_of_counts(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]]
) -> None:
    service.user_typing(ROOM, ALICE, "tab 1")
    service.user_typing(ROOM, ALICE, "tab 1", Activity.UPLOAD)
    assert service.activity_of(ROOM, ALICE) is Activity.UPLOAD
    service.user_typing(ROOM, ALICE, "tab 1", Activity.UPLOAD)
    service.user_typing(ROOM, ALICE, "tab 2")
    assert service.activity_of(ROOM, ALICE) is Activity.TEXT
    service.user_typing(ROOM, ALICE, "tab 2")
    assert said == [(ROOM, ALICE, True)] * 3


def test_when_one_activity_ends_the_other_is_announced(
    service: TypingIndicatorService, said: list[tuple[int, int, bool]], clock: Clock
) -> None:
    service.user_typing(ROOM, ALICE, "tab 1", Activity.AUDIO)
    clock.passes(1)
    service.user_typing(ROOM, ALICE, "tab 2")
    service.user_stopped_typing(ROOM, ALICE, "tab 2")
    assert service.activity_of(ROOM, ALICE) is Activity.AUDIO
    clock.passes(TIMEOUT)
    assert service.activity_of(ROOM, ALICE) is None
    assert said == [(ROOM, ALICE, True)] * 3 + [(ROOM, ALICE, False)]


def test_what_somebody_does_elsewhere_is_known_and_what_they_do_here_comes_first(
    service: TypingIndicatorService,
) -> None:
    service.observed(ROOM, ALICE, Activity.UPLOAD)
    assert service.activity_of(ROOM, ALICE) is Activity.UPLOAD
    service.user_typing(ROOM, ALICE)
    assert service.activity_of(ROOM, ALICE) is Activity.TEXT
    service.user_stopped_typing(ROOM, ALICE)
    assert service.activity_of(ROOM, ALICE) is Activity.UPLOAD


def lines_run(step: Callable[[], object]) -> int:
    """How many lines of Python the step runs: what it costs, on any machine."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    traced_before = sys.gettrace()
    sys.settrace(trace)
    try:
        step()
    finally:
        sys.settrace(traced_before)
    return count


@pytest.mark.parametrize("step", ["falls silent", "closes the tab", "looks where she types"])
def test_what_one_person_does_costs_the_same_however_many_others_type(
    service: TypingIndicatorService, clock: Clock, step: str
) -> None:
    def cost(*, others: int) -> int:
        service.user_typing(ROOM, ALICE, "tab")
        clock.passes(1)
        for other in range(others):
            service.user_typing(ROOM + 1 + other, BOB + other, "tab")
        match step:
            case "falls silent":
                clock.passes(TIMEOUT - 1.1)
                return lines_run(lambda: clock.passes(0.2))
            case "closes the tab":
                return lines_run(lambda: service.user_disconnected(ALICE, "tab"))
            case _:
                return lines_run(lambda: service.get_conversations(ALICE))

    few = cost(others=1)
    service.dispose()
    assert cost(others=1000) == few
