"""What Redis refuses is named, by a log and by an error that hold no secret; with real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from chatsite.realtime.layers.redis.causes import NotHeard, Problem, cause_of
from chatsite.realtime.layers.redis.hosts import host_from
from chatsite.realtime.layers.redis.layer import RedisLayer
from chatsite.realtime.layers.redis.server import RedisDown
from tests.certificates import certificate_in, served_with
from tests.proxy import Proxy
from tests.services import free_port, redis_sentinel, redis_server, socket_of
from tests.tlsdoor import TLSDoor

SECRET = "p%40ss-nobody-reads-this"
"""As it stands in a URL."""

EVENT = {"type": "stream.events", "events": []}

LayerAt = Callable[[str], RedisLayer]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a Redis listens whose default user needs a password, and that knows others."""
    port = free_port()
    with redis_server(port, "--requirepass", "admin"):
        yield port


@pytest.fixture
async def layer_at() -> AsyncIterator[LayerAt]:
    layers: list[RedisLayer] = []

    def layer_at(url: str) -> RedisLayer:
        layers.append(RedisLayer(hosts=[host_from(url)]))
        return layers[-1]

    yield layer_at
    for layer in layers:
        await layer.flush()


def _set_user(port: int, *rules: str) -> None:
    """The user ``chat`` is let in with the secret, and may do this."""
    with redis.Redis(port=port, password="admin") as client:
        client.execute_command(
            "ACL", "SETUSER", "chat", "reset", "on", f">{SECRET.replace('%40', '@')}", *rules
        )


def _url(port: int) -> str:
    return f"redis://chat:{SECRET}@127.0.0.1:{port}"


NEEDED = ("resetchannels", "&asgi*", "-@all", "+ping", "+publish")
SUBSCRIBING = ("+subscribe", "+unsubscribe")


async def _fails(work: Any, problem: Problem) -> str:
    with pytest.raises(RedisDown) as failed:
        await asyncio.wait_for(work, 5)
    assert failed.value.cause.problem is problem, failed.value
    return str(failed.value)


def _holds_no_secret(text: str) -> None:
    assert text, "something is said"
    for secret in (SECRET, SECRET.replace("%40", "@"), "chat:"):
        assert secret not in text


async def test_a_wrong_password_is_named(
    port: int, layer_at: LayerAt, caplog: pytest.LogCaptureFixture
) -> None:
    layer = layer_at(_url(port).replace("chat:", "stranger:"))
    said = await _fails(layer.group_send("g", EVENT), Problem.WRONG_PASSWORD)
    assert said.startswith(
        f"Redis at redis://127.0.0.1:{port}: it refuses the user or the password"
    )
    _holds_no_secret(said + caplog.text)


async def test_a_missing_password_is_named(port: int, layer_at: LayerAt) -> None:
    layer = layer_at(f"redis://127.0.0.1:{port}")
    await _fails(layer.group_send("g", EVENT), Problem.WRONG_PASSWORD)


async def test_the_command_that_is_not_permitted_is_named(port: int, layer_at: LayerAt) -> None:
    _set_user(port, "resetchannels", "&asgi*", "-@all", "+ping")
    said = await _fails(layer_at(_url(port)).group_send("g", EVENT), Problem.NO_PERMISSION)
    assert "the user needs +publish" in said


async def test_a_subscription_that_is_not_permitted_is_named(port: int, layer_at: LayerAt) -> None:
    _set_user(port, *NEEDED)
    said = await _fails(layer_at(_url(port)).new_channel(), Problem.NO_PERMISSION)
    assert "the user needs +subscribe" in said
    _set_user(port, *NEEDED, *SUBSCRIBING, "resetchannels", "&other*")
    said = await _fails(layer_at(_url(port)).new_channel(), Problem.NO_PERMISSION)
    assert "the user needs &asgi*" in said


async def test_with_the_documented_rules_and_no_more_it_works(
    port: int, layer_at: LayerAt, caplog: pytest.LogCaptureFixture
) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    await _all_of_it_works(layer_at(_url(port)))
    assert str(port) not in caplog.text


async def test_another_database_needs_one_right_more(port: int, layer_at: LayerAt) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    url = f"{_url(port)}/3"
    said = await _fails(layer_at(url).group_send("g", EVENT), Problem.NO_PERMISSION)
    assert "'select'" in said
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval", "+select")
    await _all_of_it_works(layer_at(url))


async def test_without_permission_for_eval_it_works_and_that_is_said(
    port: int, layer_at: LayerAt, caplog: pytest.LogCaptureFixture
) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING)
    await _all_of_it_works(layer_at(_url(port)))
    assert "does not let this site use EVAL" in caplog.text
    _holds_no_secret(caplog.text)


async def test_by_a_unix_socket_it_works(port: int, layer_at: LayerAt) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    await _all_of_it_works(layer_at(f"unix://chat:{SECRET}@{socket_of(port)}?db=0"))


async def test_by_tls_it_works_with_a_certificate_that_is_trusted_and_no_other(
    port: int, layer_at: LayerAt, tmp_path: Path
) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    certificate = certificate_in(tmp_path)
    async with Proxy(port, tls=served_with(certificate)) as proxy:
        url = _url(proxy.port).replace("redis:", "rediss:")
        said = await _fails(layer_at(url).group_send("g", EVENT), Problem.TLS)
        assert "self-signed certificate" in said
        trusting = layer_at(f"{url}?ssl_ca_certs={certificate}")
        await _all_of_it_works(trusting)
        await trusting.flush()


async def test_one_that_nobody_may_subscribe_to_is_not_ready(port: int, layer_at: LayerAt) -> None:
    _set_user(port, *NEEDED)
    said = await _fails(layer_at(_url(port)).check(), Problem.NO_PERMISSION)
    assert "the user needs +subscribe" in said


async def test_one_that_speaks_tls_and_one_that_does_not_are_named(
    port: int, layer_at: LayerAt, tmp_path: Path
) -> None:
    certificate = certificate_in(tmp_path)
    async with Proxy(port, tls=served_with(certificate)) as proxy:
        said = await _is_found_to_be(layer_at(f"redis://127.0.0.1:{proxy.port}"), Problem.TLS)
        assert said.endswith(
            "it speaks TLS, so its address must begin with rediss instead of redis"
        )
    trusting = f"rediss://127.0.0.1:{port}?ssl_ca_certs={certificate}"
    said = await _is_found_to_be(layer_at(trusting), Problem.TLS)
    assert said.endswith("it does not speak TLS, so its address must begin with redis, not rediss")


async def _is_found_to_be(layer: RedisLayer, problem: Problem) -> str:
    """What is said once it is known why the layer does not do what it is asked."""
    async with asyncio.timeout(15):
        while True:
            try:
                await layer.check()
            except RedisDown as down:
                if down.cause.problem is problem:
                    return str(down)
            await asyncio.sleep(0.05)


async def test_sentinels_with_users_of_their_own_let_it_in(port: int, layer_at: LayerAt) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    lines = [
        "sentinel auth-pass mymaster admin",
        "user default off",
        "user watcher on >theirs -@all +sentinel|masters",
    ]
    with redis_sentinel(port, *lines) as sentinel:
        url = f"redis+sentinel://chat:{SECRET}@127.0.0.1:{sentinel}/mymaster"
        for login in ("", "?sentinel_username=watcher&sentinel_password=wrong"):
            sending = layer_at(f"{url}{login}").group_send("g", EVENT)
            _holds_no_secret(await _fails(sending, Problem.WRONG_PASSWORD))
        await _all_of_it_works(
            layer_at(f"{url}?sentinel_username=watcher&sentinel_password=theirs")
        )


async def test_by_tls_sentinels_and_the_master_they_name_are_reached(
    port: int, layer_at: LayerAt, tmp_path: Path
) -> None:
    _set_user(port, *NEEDED, *SUBSCRIBING, "+eval")
    certificate = certificate_in(tmp_path)
    tls = served_with(certificate)
    async with (
        Proxy(port, tls=tls) as encrypted,
        TLSDoor(plain=port, encrypted=encrypted.port) as master,
    ):
        with redis_sentinel(master.port, "sentinel auth-pass mymaster admin") as sentinel:
            async with Proxy(sentinel, tls=tls) as watching:
                url = f"sentinel://chat:{SECRET}@127.0.0.1:{watching.port}/mymaster"
                trusting = layer_at(f"rediss+{url}?ssl_ca_certs={certificate}")
                await _all_of_it_works(trusting)
                await trusting.flush()
                said = await _is_found_to_be(layer_at(f"rediss+{url}"), Problem.TLS)
                assert "self-signed certificate" in said
                said = await _is_found_to_be(layer_at(f"redis+{url}"), Problem.TLS)
                assert "it speaks TLS" in said


async def _all_of_it_works(layer: RedisLayer) -> None:
    """All that a process asks of a layer."""
    channel = await layer.new_channel()
    await layer.group_add_many(["one", "two"], channel)
    await layer.group_send_many([("one", {"n": 1}), ("two", {"n": 2}), ("one", {"n": 3})])
    heard = [(await layer.receive(channel))["n"] for _ in range(3)]
    assert heard == [1, 2, 3]
    await layer.check()
    await layer.group_discard_many(["one"], channel)


async def test_what_else_may_be_wrong_is_named(port: int, layer_at: LayerAt) -> None:
    cases = {
        f"redis://127.0.0.1:{free_port()}": Problem.REFUSED,
        "redis://no-such-host.invalid": Problem.UNKNOWN_HOST,
        "unix:///there/is/none.sock": Problem.REFUSED,
        f"redis+sentinel://127.0.0.1:{free_port()}/mymaster": Problem.NO_MASTER,
    }
    for url, problem in cases.items():
        _holds_no_secret(await _fails(layer_at(url).group_send("g", EVENT), problem))


def test_what_was_not_heard_is_not_taken_for_a_server_that_does_not_answer() -> None:
    error = NotHeard()
    error.__cause__ = TimeoutError()
    assert cause_of(error).sentence == "what is published there does not come by the subscription"


async def test_a_replica_is_named(layer_at: LayerAt, port: int) -> None:
    with redis_server(None, "--replicaof", "127.0.0.1", str(port)) as url:
        await _fails(layer_at(url).group_send("g", EVENT), Problem.NOT_MASTER)
