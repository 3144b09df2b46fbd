"""Keys that run out, in the order in which they were put in."""

from __future__ import annotations

from chatsite.realtime.deadlines import Deadlines

TIMEOUT = 5.0


def test_what_was_put_in_first_runs_out_first() -> None:
    deadlines: Deadlines[str] = Deadlines(TIMEOUT)
    deadlines.put("alice", now=0)
    deadlines.put("bob", now=1)
    assert deadlines.next_due == TIMEOUT
    assert list(deadlines.take_due(now=TIMEOUT)) == ["alice"]
    assert deadlines.next_due == TIMEOUT + 1
    assert list(deadlines.take_due(now=TIMEOUT + 1)) == ["bob"]
    assert deadlines.next_due is None


def test_putting_a_key_in_again_puts_it_off() -> None:
    deadlines: Deadlines[str] = Deadlines(TIMEOUT)
    deadlines.put("alice", now=0)
    deadlines.put("bob", now=1)
    deadlines.put("alice", now=2)
    assert list(deadlines.take_due(now=TIMEOUT + 1)) == ["bob"]
    assert deadlines.is_alive("alice", now=TIMEOUT + 1)
    assert not deadlines.is_alive("alice", now=TIMEOUT + 2), "due, though nobody took it yet"


def test_what_was_removed_does_not_run_out() -> None:
    deadlines: Deadlines[str] = Deadlines(TIMEOUT)
    deadlines.put("alice", now=0)
    assert deadlines.remove("alice")
    assert not deadlines.remove("alice")
    assert list(deadlines.take_due(now=2 * TIMEOUT)) == []


def test_while_the_due_are_taken_a_key_may_come_back() -> None:
    deadlines: Deadlines[str] = Deadlines(TIMEOUT)
    deadlines.put("alice", now=0)
    for key in deadlines.take_due(now=TIMEOUT):
        deadlines.put(key, now=TIMEOUT)
    assert deadlines.next_due == 2 * TIMEOUT
