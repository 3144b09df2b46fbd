"""The admin of presence: its pages open, its actions act, and nothing can be edited."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from chatsite.realtime.wire import PresenceStatus
from presence import selectors, services
from presence.models import UserPresence
from tests.presence.conftest import NOON, OpenTab, at
from tests.presence.test_devices import FIREFOX

PRESENCES = "/admin/presence/userpresence/"


def acts(client: Client, action: str, *people: User) -> str:
    """Choose an action for people; the page that follows."""
    form = {"action": action, "_selected_action": [person.pk for person in people]}
    return client.post(PRESENCES, form, follow=True).content.decode()


def test_the_list_says_what_comes_next_and_when_it_was(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    now = datetime.now(UTC)
    open_tab(alice, device=FIREFOX, process="web-1", now=now - timedelta(seconds=2))
    page = admin_client.get(PRESENCES).content.decode()
    assert f'<span title="{FIREFOX}">Firefox on Linux</span>' in page
    assert re.search(r"\d\d:\d\d:\d\d</span> <small>[2-9] s ago</small>", page)
    assert "Stays so while a device is connected and in use." in page
    assert "Show counts" not in page


def test_it_can_be_asked_whose_grace_runs_who_chose_what_and_who_is_held_where(
    admin_client: Client, alice: User, bob: User, open_tab: OpenTab
) -> None:
    now = datetime.now(UTC)
    tab = open_tab(alice, process="web-1", now=now)
    open_tab(bob, process="web-2", now=now)
    until = now + timedelta(hours=1)
    services.choose_status(user_id=bob.pk, status=PresenceStatus.BUSY, until=until, now=now)

    def found(query: str) -> list[str]:
        page = admin_client.get(f"{PRESENCES}?{query}").content.decode()
        return [name for name in ("alice", "bob") if f"{name}</a>" in page]

    assert found("process=web-1") == ["alice"]
    assert found("process=gone") == []
    assert found("chose=busy") == found("chose=ends") == ["bob"]
    assert found("chose=away") == []
    assert found("here=grace") == []
    services.close_connection(connection_id=tab, now=now)
    assert found("here=grace") == ["alice"]
    assert found("here=yes") == ["alice", "bob"]
    assert found("q=ALI") == ["alice"]
    assert found("q=lice") == []


def test_of_many_only_so_many_are_counted(
    admin_client: Client, alice: User, bob: User, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsite.adminlists.COUNTED", 1)
    open_tab(alice)
    assert "more than are counted" not in admin_client.get(PRESENCES).content.decode()
    open_tab(bob)
    assert "more than are counted" in admin_client.get(PRESENCES).content.decode()


def test_no_action_settles_more_than_it_can_at_once(
    admin_client: Client, alice: User, bob: User, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presence.admin.MOST_AT_ONCE", 1)
    open_tab(alice)
    open_tab(bob)
    assert "Nothing was done" in acts(admin_client, "force_offline", alice, bob)
    assert selectors.is_online(alice.pk)


def test_the_list_shows_filters_and_finds(
    admin_client: Client, alice: User, bob: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    services.user_offline(user_id=alice.pk, now=at(1))
    open_tab(bob)
    page = admin_client.get(PRESENCES).content.decode()
    assert "alice" in page
    assert "bob" in page
    assert "alice" not in admin_client.get(f"{PRESENCES}?status=online").content.decode()
    assert "alice" not in admin_client.get(f"{PRESENCES}?q=bob").content.decode()


def test_the_page_of_a_person_says_why_she_is_here(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice, device="Firefox on <Linux>", process="web:1", is_idle=True)
    open_tab(alice, device=FIREFOX, process="web:1")
    page = admin_client.get(f"{PRESENCES}{alice.pk}/change/").content.decode()
    assert "Firefox on &lt;Linux&gt;" in page
    assert f'Firefox on Linux <span class="raw">{FIREFOX}</span>' in page
    assert '<td><a href="/admin/presence/presencelease/web_3A1/change/">web:1</a></td>' in page
    assert page.count("<td>idle</td>") == page.count("<td>in use</td>") == 1
    assert (
        'title="2026-03-01 12:00:00 UTC"><span>2026-03-01</span> <span>12:00:00</span> <small>'
        in page
    )
    assert "the sweep settles this in at most 5 s." in page
    assert 'name="_save"' not in page
    assert "deletelink" not in page


def test_what_a_device_calls_itself_turns_nothing_around(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice, device="exe\u202egpj")
    for path in ("", f"{alice.pk}/change/"):
        page = admin_client.get(f"{PRESENCES}{path}").content.decode()
        assert "exegpj" in page
        assert "\u202e" not in page
    services.update_presence(
        user_id=alice.pk, status=PresenceStatus.AWAY, device_info="\u2067phone", now=NOON
    )
    assert UserPresence.objects.get(pk=alice.pk).device_info == "phone"


def test_the_page_of_somebody_without_connections_opens(admin_client: Client, alice: User) -> None:
    services.update_presence(user_id=alice.pk, status=PresenceStatus.AWAY, now=NOON)
    page = admin_client.get(f"{PRESENCES}{alice.pk}/change/").content.decode()
    assert "none" in page


def test_force_offline(admin_client: Client, alice: User, bob: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    open_tab(bob)
    assert "Shown as offline: 1." in acts(admin_client, "force_offline", alice)
    assert not selectors.is_online(alice.pk)
    assert selectors.is_online(bob.pk)


def test_the_stale_can_be_shown_alone(
    admin_client: Client, alice: User, bob: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    open_tab(bob, process="two", now=datetime.now(UTC))
    stale = admin_client.get(f"{PRESENCES}?here=stale").content.decode()
    assert ("alice</a>" in stale, "bob</a>" in stale) == (True, False)
    here = admin_client.get(f"{PRESENCES}?here=yes").content.decode()
    assert "alice</a>" in here
    assert "bob</a>" in here


def test_sweep_now(admin_client: Client, alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    page = acts(admin_client, "sweep_now", alice)
    assert "Stale connections: 1. Went offline: 1." in page
    assert not selectors.is_online(alice.pk)


def test_who_may_only_look_has_no_actions(alice: User, open_tab: OpenTab) -> None:
    open_tab(alice)
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_userpresence"))
    client = Client()
    client.force_login(clerk)
    assert "Force offline" not in client.get(PRESENCES).content.decode()
    acts(client, "force_offline", alice)
    assert selectors.is_online(alice.pk)


def test_nothing_can_be_added_edited_or_deleted(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    assert admin_client.get(f"{PRESENCES}add/").status_code == 403
    assert admin_client.post(f"{PRESENCES}{alice.pk}/change/", {}).status_code == 403
    assert admin_client.post(f"{PRESENCES}{alice.pk}/delete/", {}).status_code == 403


def test_a_person_can_be_deleted_with_their_presence(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice)
    admin_client.post(f"/admin/auth/user/{alice.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not UserPresence.objects.exists()


def test_the_processes_are_listed_with_their_connections(
    admin_client: Client, alice: User, open_tab: OpenTab
) -> None:
    open_tab(alice, process="web-1")
    page = admin_client.get("/admin/presence/presencelease/").content.decode()
    assert "web-1" in page
    assert '<a href="/admin/presence/userpresence/?process=web-1">1</a>' in page
    assert admin_client.get("/admin/presence/presencelease/add/").status_code == 403
    assert admin_client.get("/admin/presence/presencelease/web-1/change/").status_code == 200
    assert admin_client.get("/admin/presence/presencelease/web-1/delete/").status_code == 403
