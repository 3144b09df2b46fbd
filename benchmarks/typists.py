"""What one person's typing costs a process, whatever number of others type there at the time."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable

from conversations.typing import TypingIndicatorService

TIMEOUT = 5.0
FRAME_EVERY = 3.0
FRAMES = 3
"""How often each says that they type, before they go silent or close the tab."""


class Clock:
    """Time that is made to pass, and the timers that hang on it."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        """Call the function once so much time has passed."""
        timer = Timer(function)
        heapq.heappush(self._timers, (self.now + delay, next(self._numbers), timer))
        return timer

    def passes_to(self, end: float) -> None:
        """Let time pass, and run each timer at its moment."""
        while self._timers and self._timers[0][0] <= end:
            self.now, _, timer = heapq.heappop(self._timers)
            if timer.function is not None:
                timer.function()
        self.now = end


class Timer:
    """A timer of ``Clock``."""

    def __init__(self, function: Callable[[], None]) -> None:
        self.function: Callable[[], None] | None = function

    def cancel(self) -> None:
        """Do not call."""
        self.function = None


def cost_of_typist(people: int) -> float:
    """Microseconds of the processor for each of so many who type at once, each in a conversation of
    their own, spread evenly over time: they begin, go on, and fall silent or close the tab."""
    clock = Clock()
    changes: list[bool] = []
    service = TypingIndicatorService(
        on_typing_changed=lambda _conversation, _user, is_typing: changes.append(is_typing),
        timeout=TIMEOUT,
        clock=clock,
        call_later=clock.call_later,
    )
    began = time.process_time()
    for turn in range(FRAMES):
        for person in range(people):
            clock.passes_to((turn + person / people) * FRAME_EVERY)
            service.user_typing(person, person, "tab")
    for person in range(0, people, 2):
        service.user_disconnected(person, "tab")
    clock.passes_to(clock.now + 2 * TIMEOUT)
    seconds = time.process_time() - began
    assert changes.count(False) == people, "everybody was seen to stop"
    return seconds / people * 1e6
