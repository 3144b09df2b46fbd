"""Who is to blame for a wait, and who is not."""

from __future__ import annotations

from tests.chaos.availability import EVERYWHERE, Availability, Fault, Wait

HERE, THERE = frozenset({0}), frozenset({1})


def wait(seconds: float, servers: frozenset[int] = HERE) -> Wait:
    """From the hundredth second on."""
    return Wait("0a", 12, 100, 100 + seconds, servers)


def stopped(server: frozenset[int], began: float, ended: float) -> Fault:
    return Fault("server stopped", server, began, ended)


def test_a_long_wait_beside_a_fault_of_others_is_reported_with_its_figures() -> None:
    faults = [stopped(THERE, 101, 107), stopped(THERE, 90, 99)]
    found = Availability.of([wait(6), wait(1)], faults)
    assert (len(found.waits), found.beside, found.longest) == (2, 2, 6)
    [said] = found.faults(faults)
    assert said == (
        "0a: in conversation 12, at the servers [0], a message waited for 6.0 s, without a fault of"
        " its own; elsewhere: server stopped from +1.0 to +7.0 s"
    )


def test_a_long_wait_without_any_fault_is_reported() -> None:
    found = Availability.of([wait(6, EVERYWHERE)], [])
    assert found.beside == 0
    assert [said.rpartition("; ")[2] for said in found.faults([])] == ["elsewhere: none"]


def test_who_had_a_fault_of_their_own_is_not_judged() -> None:
    for fault in (stopped(HERE, 90, 100.5), stopped(EVERYWHERE, 105, 110), stopped(HERE, 101, 102)):
        found = Availability.of([wait(6)], [fault])
        assert (found.waits, found.longest) == ([], 0.0)
        assert list(found.faults([fault])) == []


def test_a_fault_that_goes_on_has_no_end() -> None:
    assert Fault("server stopped", HERE, 90).is_within(wait(1))
