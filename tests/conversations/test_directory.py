"""Finding people by name, and what keeps it true: also on PostgreSQL, see test_postgres.py."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from chatsite.realtime.groups import conversation_group, user_group
from conversations import services
from conversations.directory import ids_found, people_version, rarest_first, search_people
from conversations.models import KnownPerson, NameWord
from conversations.namewords import asked_words
from tests.ears import Ear
from tests.together import together

VIEWER = 0
"""Nobody, who looks."""


def person(username: str, name: str = "", **more: object) -> User:
    """An account of this name, saved as Django saves it."""
    first, _, last = name.partition(" ")
    return User.objects.create(username=username, first_name=first, last_name=last, **more)


def found(text: str, *, viewer_id: int = VIEWER) -> list[str]:
    """The user names of those who are found."""
    return [one.username for one in search_people(viewer_id=viewer_id, text=text)]


@pytest.mark.parametrize("text", ["Bob Okafor", "bob o", "okafor", "o b", "BOB42", "b"])
def test_somebody_is_found_by_words_of_their_names_in_any_order(
    transactional_db: None, text: str
) -> None:
    person("bob42", "Bob Okafor")
    person("carol", "Carol Olsen")
    assert "bob42" in found(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Иван Петров", "иван"),
        ("Émile Zola", "émile"),
        ("Chloé M", "CHLOE"),
        ("O\u2019Neil X", "O'Neil"),
    ],
)
def test_neither_case_nor_accents_nor_apostrophes_matter_in_any_script(
    transactional_db: None, name: str, text: str
) -> None:
    person("somebody", name)
    assert found(text) == ["somebody"]


@pytest.mark.parametrize("text", ["山田太郎", "太郎山田", "山田太", "太郎", "山田 太郎"])
@pytest.mark.parametrize("first_and_last", ["太郎 山田", "山田 太郎"])
def test_a_full_name_without_a_space_is_found_whichever_part_is_the_first(
    transactional_db: None, first_and_last: str, text: str
) -> None:
    person("taro", first_and_last)
    assert found(text) == ["taro"]


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("민수", "김", "김민수"),
        ("小龙", "李", "李小龙"),
        ("さくら", "佐々木", "佐々木さくら"),
        ("ポール", "ジャン", "ジャンポール"),
        ("김 민수", "", "김민수"),
    ],
)
def test_so_it_is_in_each_script_that_writes_names_so(
    transactional_db: None, first: str, last: str, text: str
) -> None:
    User.objects.create(username="somebody", first_name=first, last_name=last)
    assert found(text) == ["somebody"]


def test_parts_that_are_written_apart_are_no_word_together(transactional_db: None) -> None:
    person("bob", "Bob Okafor")
    person("taro", "Taro 山田")
    assert found("bobokafor") == found("taro山田") == []


def test_two_people_of_one_name_are_told_apart(transactional_db: None) -> None:
    one, other = person("bob", "Bob Okafor"), person("bobby", "Bob Okafor")
    people = search_people(viewer_id=VIEWER, text="okafor")
    assert [(row.user_id, row.name, row.username) for row in people] == [
        (one.pk, "Bob Okafor", "bob"),
        (other.pk, "Bob Okafor", "bobby"),
    ]


def test_who_looks_and_who_is_deactivated_is_not_found(transactional_db: None) -> None:
    alice, bob = person("ann-alice"), person("ann-bob")
    person("ann-carol", is_active=False)
    assert found("ann", viewer_id=alice.pk) == ["ann-bob"]
    bob.is_active = False
    bob.save()
    assert found("ann", viewer_id=alice.pk) == []
    bob.is_active = True
    bob.save()
    assert found("ann", viewer_id=alice.pk) == ["ann-bob"]


def test_an_update_that_tells_nobody_deactivates_at_once(transactional_db: None) -> None:
    person("bob")
    User.objects.filter(username="bob").update(is_active=False)
    assert found("bob") == []


def test_a_person_is_found_once_and_a_short_word_before_a_long_one(transactional_db: None) -> None:
    person("annabel")
    person("anna", "Anna Annasdottir")
    assert found("an") == ["anna", "annabel"]
    assert found("") == found("'") == []


def test_a_new_name_replaces_the_old_one(transactional_db: None) -> None:
    bob = person("bob", "Bob Okafor")
    bob.last_name = "Moreau"
    bob.save()
    assert found("okafor") == []
    assert found("moreau bob") == ["bob"]
    bob.delete()
    assert found("moreau") == []
    assert not NameWord.objects.exists()


def test_at_most_twenty_are_found_however_many_there_are(transactional_db: None) -> None:
    User.objects.bulk_create(User(username=f"b{number:03}", last_name="A") for number in range(100))
    services.look_at_people(connected=[], after=0)
    assert found("b") == [f"b{number:03}" for number in range(20)]
    assert found("a b") == [f"b{number:03}" for number in range(20)]
    assert found("b09") == [f"b09{number}" for number in range(10)]


CHANGES: dict[str, Callable[[], object]] = {
    "QuerySet.update()": lambda: User.objects.update(first_name="Robert"),
    "SQL": lambda: connection.cursor().execute("UPDATE auth_user SET first_name = 'Robert'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_told_nobody_is_noticed_by_the_look(transactional_db: None, change: str) -> None:
    person("bob", "Bob")
    CHANGES[change]()
    assert found("robert") == []
    assert services.look_at_people(connected=[], after=0) == services.Looked(1, 0)
    assert found("robert") == ["bob"]
    assert services.look_at_people(connected=[], after=0) == services.Looked(0, 0)


def test_a_look_at_who_is_connected_reaches_them_wherever_it_stands(transactional_db: None) -> None:
    bob = person("bob")
    User.objects.update(first_name="Robert")
    assert services.look_at_people(connected=[bob.pk], after=bob.pk).settled == 1
    assert found("robert") == ["bob"]


def test_turn_by_turn_all_accounts_are_looked_at(transactional_db: None) -> None:
    User.objects.bulk_create(User(username=f"u{number}") for number in range(7))
    settled, after, turns = 0, 0, 0
    while turns == 0 or after != 0:
        looked = services.look_at_people(connected=[], after=after, limit=3)
        settled, after, turns = settled + looked.settled, looked.after, turns + 1
    assert (settled, turns) == (7, 3)
    assert len(found("u")) == 7


def test_the_command_looks_at_all_or_only_says_what_it_would_do(transactional_db: None) -> None:
    User.objects.bulk_create([User(username="bob"), User(username="carol")])

    def says(*arguments: str) -> str:
        call_command("index_people", *arguments, stdout=(told := StringIO()))
        return told.getvalue().strip()

    assert says("--dry-run") == "Accounts that would be settled: 2."
    assert found("bob") == []
    assert says() == "Accounts that were settled: 2."
    assert found("bob") == ["bob"]
    assert says() == "Accounts that were settled: 0."


def test_the_command_indexes_anew_whom_other_rules_indexed(transactional_db: None) -> None:
    person("taro", "太郎 山田")
    person("gone", "太郎 山田", is_active=False)
    person("bob")
    known = list(KnownPerson.objects.order_by("pk").values_list())
    NameWord.objects.exclude(word__in=[b"taro", b"bob"]).delete()
    assert found("山田太郎") == []
    call_command("index_people", "--dry-run", stdout=(told := StringIO()))
    assert told.getvalue().strip() == "Accounts that would be settled: 1."
    assert found("山田太郎") == []
    call_command("index_people", stdout=(told := StringIO()))
    assert told.getvalue().strip() == "Accounts that were settled: 1."
    assert found("山田太郎") == ["taro"]
    assert list(KnownPerson.objects.order_by("pk").values_list()) == known


def test_the_migration_makes_the_accounts_findable_that_there_are(transactional_db: None) -> None:
    person("bob", "Bob O\u2019Kafor")
    person("gone", "Bob Gone", is_active=False)
    person("taro", "太郎 山田")
    # What the names look like is asked by a later release, whose servers fill it in.
    KnownPerson.objects.update(skeleton="")
    before = (
        sorted(KnownPerson.objects.values_list()),
        sorted(NameWord.objects.values_list("user_id", "word", "letters")),
    )
    KnownPerson.objects.all().delete()
    NameWord.objects.all().delete()
    migration = import_module("conversations.migrations.0007_people")
    migration.make_findable(apps, SimpleNamespace(connection=connection))
    assert before == (
        sorted(KnownPerson.objects.values_list()),
        sorted(NameWord.objects.values_list("user_id", "word", "letters")),
    )
    assert found("bob okafor") == ["bob"]
    assert services.look_at_people(connected=[], after=0).settled == 3
    assert services.look_at_people(connected=[], after=0).settled == 0


def test_a_change_is_told_once_to_each_conversation_and_to_themselves(
    alice: User, bob: User, group: int
) -> None:
    ears = [Ear(conversation_group(group)), Ear(user_group(bob.pk))]
    bob.first_name = "Robert"
    bob.save()
    version = people_version()
    told = {"type": "person", "senderId": bob.pk, "senderName": "Robert", "isActive": True}
    for ear in ears:
        people = [event for event in ear.events() if event["type"] == "person"]
        assert people == [{**told, "sequence": version}]
    bob.email = "bob@example.com"
    bob.save()
    bob.username = "robert"
    bob.save()
    assert [event for event in ears[0].events() if event["type"] == "person"] == []
    assert people_version() == version
    assert found("robert", viewer_id=alice.pk) == ["robert"]


def test_ten_changes_at_once_are_told_in_the_order_of_their_versions(
    alice: User, bob: User, group: int
) -> None:
    def renames(number: int) -> Callable[[], object]:
        def step() -> None:
            user = User.objects.get(pk=(alice, bob)[number % 2].pk)
            user.first_name = f"Name {number}"
            user.save()

        return step

    together(*map(renames, range(10)))
    services.look_at_people(connected=[], after=0)
    known = {row.user_id: row for row in KnownPerson.objects.filter(version__gt=0)}
    assert {pk: row.name for pk, row in known.items()} == {
        user.pk: User.objects.get(pk=user.pk).first_name for user in (alice, bob)
    }
    assert len({row.version for row in known.values()}) == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="it is PostgreSQL's plan")
@pytest.mark.parametrize("text", ["a", "a b", "anna b", "person-77", "bob okafor"])
def test_postgresql_finds_people_in_the_order_of_the_index(
    transactional_db: None, text: str
) -> None:
    firsts, lasts = ("Anna", "Bob", "Chloé", "Иван"), ("Adams", "Baker", "Okafor", "Zola")
    User.objects.bulk_create(
        User(username=f"person-{n}", first_name=firsts[n % 4], last_name=lasts[n // 4 % 4])
        for n in range(10_000)
    )
    call_command("index_people", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE conversations_nameword")
    words = rarest_first(asked_words(text))
    plan = ids_found(words, viewer_id=VIEWER, limit=20).explain()
    assert "Index Only Scan using person_by_word on conversations_nameword" in plan
    assert "Seq Scan" not in plan
    assert found(text) != []
