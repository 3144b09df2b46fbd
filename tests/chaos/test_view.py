"""The rules by which the program's clients believe: those of docs/protocol.md."""

from __future__ import annotations

from typing import Any

from tests.chaos.view import View

EVENT = {"conversationId": 12, "messageId": 1, "senderId": 7, "content": "hi", "sequence": 1}


def message(**fields: Any) -> dict[str, Any]:
    return {"type": "message", **EVENT, **fields}


def reaction(revision: int, action: str = "add", **fields: Any) -> dict[str, Any]:
    emoji = {"content": "👍", "messageType": action, "revision": revision}
    return {"type": "reaction", **EVENT, **emoji, **fields}


def view_of(*events: dict[str, Any]) -> View:
    view = View()
    view.knows(12, 0, 0)
    for event in events:
        view.hears(event)
    return view


END = {"type": "conversation", "conversationId": 12, "isCatchup": True}


def test_what_comes_in_order_is_held() -> None:
    view = view_of(message(), reaction(1), message(sequence=2, messageId=2))
    assert view.resume() == "12:2:1"
    assert view.rooms[12].standing() == {(1, 7, "👍")}
    assert list(view.to_ask()) == []


def test_after_a_jump_it_asks_from_where_it_holds_everything() -> None:
    view = view_of(message(), message(sequence=3, messageId=3))
    [(_, room)] = view.to_ask()
    assert view.resume() == "12:1:0"
    view.hears(message(sequence=2, messageId=2, isCatchup=True))
    view.hears({**END, "sequence": 2, "revision": 0})
    assert (room.sequence, room.is_behind) == (3, False)


def test_of_two_changes_the_later_stands_whichever_comes_first() -> None:
    early, late = message(content="one", revision=1), message(content="two", revision=2)
    for events in ((early, late), (late, early)):
        room = view_of(message(), *events).rooms[12]
        assert (room.messages[1].content, room.revision) == ("two", 2)
    for events in ((reaction(1), reaction(2, "remove")), (reaction(2, "remove"), reaction(1))):
        assert view_of(message(), *events).rooms[12].standing() == set()


def test_a_reaction_that_is_overtaken_by_the_deletion_does_not_stand() -> None:
    view = view_of(message(), message(content="", isDeleted=True, revision=2), reaction(1))
    assert view.rooms[12].standing() == set()


def test_a_caught_up_message_is_the_whole_truth_up_to_its_revision() -> None:
    view = view_of(message(), reaction(1), reaction(9, senderId=8))
    view.hears(message(revision=4, isCatchup=True))
    view.hears({**END, "sequence": 1, "revision": 4})
    assert view.rooms[12].standing() == {(1, 8, "👍")}
    view.hears(reaction(3))
    assert view.rooms[12].standing() == {(1, 8, "👍")}


def test_what_was_caught_up_before_a_deletion_and_comes_after_it_says_nothing() -> None:
    view = view_of(message(), reaction(1))
    view.hears(message(content="", isDeleted=True, revision=2))
    view.hears(message(revision=1, isCatchup=True))
    view.hears(reaction(1, isCatchup=True))
    assert view.rooms[12].messages[1].is_deleted
    assert view.rooms[12].standing() == set()


def test_until_an_answer_is_all_there_is_what_came_live_beyond_it_does_not_count() -> None:
    """Message 1 was reacted to by revision 1, which was missed, and is not among what comes."""
    view = view_of(message(), message(sequence=2, messageId=2), reaction(3, content="🎉"))
    view.hears(message(sequence=2, messageId=2, revision=2, isCatchup=True))
    view.hears({**END, "sequence": 2, "revision": 2, "hasMore": True})
    assert [pk for pk, _ in view.to_ask()] == [12]
    assert view.resume() == "12:2:2"
    view.hears(message(revision=3, isCatchup=True))
    view.hears(reaction(1, isCatchup=True))
    view.hears(reaction(3, content="🎉", isCatchup=True))
    view.hears({**END, "sequence": 2, "revision": 3})
    assert view.rooms[12].standing() == {(1, 7, "👍"), (1, 7, "🎉")}
    assert view.resume() == "12:2:3"


def test_what_is_no_longer_its_own_is_forgotten() -> None:
    view = view_of(message())
    view.hears({"type": "ready", "peopleVersion": 0, "conversations": []})
    assert view.rooms == {}
