"""The rules by which the program's clients believe marks and people."""

from __future__ import annotations

from typing import Any

from tests.chaos.beliefs import Marks, People

ALICE, BOB = 7, 8


def mark(kind: str, sequence: int, sender: int = BOB) -> dict[str, Any]:
    return {"type": kind, "senderId": sender, "sequence": sequence}


def unread(sequence: int | None, second: int) -> dict[str, Any]:
    event = {"type": "unread", "senderId": ALICE, "timestamp": f"2026-03-01T12:00:0{second}.000Z"}
    return event if sequence is None else {**event, "sequence": sequence}


def marks_of(*events: dict[str, Any]) -> Marks:
    marks = Marks()
    for event in events:
        marks.hears(event, user_id=ALICE)
    return marks


def test_marks_only_rise_and_read_includes_delivered() -> None:
    marks = marks_of(mark("delivered", 5), mark("read", 3), mark("delivered", 4), mark("read", 2))
    assert marks.others == {BOB: {"read": 3, "delivered": 5}}
    assert marks_of(mark("read", 9)).others == {BOB: {"read": 9, "delivered": 9}}


def test_what_she_writes_reads_nothing_and_what_she_marks_is_unread_again() -> None:
    marks = marks_of(mark("read", 3, ALICE), mark("message", 6, ALICE), mark("message", 7))
    assert (marks.read, marks.read_until) == (3, 3)
    marks.hears(mark("read", 6, ALICE), user_id=ALICE)
    marks.hears(unread(4, second=2), user_id=ALICE)
    marks.hears(unread(2, second=1), user_id=ALICE)
    assert (marks.read, marks.read_until) == (6, 3)
    marks.hears(unread(None, second=3), user_id=ALICE)
    assert marks.read_until == 6


def test_a_mark_that_falls_is_noted() -> None:
    marks = marks_of(mark("read", 6, ALICE))
    marks.told({"readSequence": 6}, since=6)
    assert marks.falls == []
    marks.told({"readSequence": 5}, since=6)
    assert (marks.read, len(marks.falls)) == (6, 1)


def presence(status: str, sequence: int) -> dict[str, Any]:
    return {
        "type": "presence",
        "senderId": BOB,
        "presenceStatus": status,
        "sequence": sequence,
    }


def test_the_later_word_on_a_person_is_believed_until_all_is_told_anew() -> None:
    people = People()
    for event in (presence("online", 2), presence("offline", 1)):
        people.hears(event)
    assert people.status_of(BOB) == "online"
    people.begins({"type": "ready", "peopleVersion": 3})
    assert (people.status_of(BOB), people.version) == ("offline", 3)


def test_of_two_words_on_a_name_the_one_of_the_later_version_is_believed() -> None:
    people = People()
    assert people.name_of(BOB) is None
    person = {"type": "person", "senderId": BOB, "senderName": "Robert", "sequence": 5}
    people.hears(person)
    people.is_called(BOB, "Bob", version=4)
    assert people.name_of(BOB) == "Robert"


def test_who_is_no_longer_around_is_forgotten_and_asked_about_later() -> None:
    people = People()
    people.hears(presence("busy", 2))
    assert people.keeps({ALICE}) == [ALICE]
    assert people.keeps({ALICE, BOB}) == [ALICE, BOB]
    people.answered([{"senderId": BOB, "presenceStatus": "away"}])
    assert people.status_of(BOB) == "away"
    people.hears(presence("online", 1))
    people.answered([{"senderId": BOB, "presenceStatus": "away"}])
    assert people.status_of(BOB) == "online"
