from __future__ import annotations

import asyncio
import base64
import re
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.hooks.reading import Settings, read_settings
from airflow_provider_dli.rest.errors import NotAuthenticated
from airflow_provider_dli.triggers import clients
from airflow_provider_dli.triggers.clients import client, give_back, lease
from tests.airflow_engine import connect
from tests.rest.certificates import Authority
from tests.rest.clients import LOOK
from tests.rest.server import Handler, Reply, Server, answer

HOOK = "airflow_provider_dli.hooks.flink.FlinkHook"
READ = "airflow_provider_dli.hooks.reading.read_settings"


@pytest.fixture(autouse=True)
def _connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect(monkeypatch, "http://jobs:8081")
    connect(monkeypatch, "http://other:8081", "other")
    yield
    assert not clients._current
    assert not clients._readings


class Reads:
    """Counts how often a connection is read, and lets the reader wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.go_on = threading.Event()
        monkeypatch.setattr(READ, self)

    def __call__(self, hook: Any, conn_id: str) -> Settings:
        self.count += 1
        self.go_on.wait(10)
        return read_settings(hook, conn_id)


def test_all_users_of_a_connection_share_a_client() -> None:
    async def scene() -> None:
        one, two, other = await asyncio.gather(
            lease(HOOK, "flink_default"), lease(HOOK, "flink_default"), lease(HOOK, "other")
        )
        assert one.shared is two.shared
        assert one.shared is not other.shared
        assert one.backend.job_url("0").startswith("http://jobs:8081")
        assert other.backend.job_url("0").startswith("http://other:8081")
        for each in (one, two, other):
            await give_back(each)

    asyncio.run(scene())


def test_the_connection_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        reads = Reads(monkeypatch)
        waiting = [asyncio.create_task(lease(HOOK, "flink_default")) for _ in range(200)]
        await asyncio.sleep(0)
        reads.go_on.set()
        shared = await asyncio.gather(*waiting)
        assert reads.count == 1
        for each in shared:
            await give_back(each)

    asyncio.run(scene())


def test_the_last_user_closes_it() -> None:
    async def scene() -> None:
        async with client(HOOK, "flink_default") as one:
            async with client(HOOK, "flink_default"):
                pass
            assert not one.shared.sender._client.is_closed
        assert one.shared.sender._client.is_closed
        async with client(HOOK, "flink_default") as another:
            assert another.shared is not one.shared

    asyncio.run(scene())


def test_whoever_is_done_first_does_not_close_it_for_those_who_still_wait() -> None:
    async def at_once() -> None:
        async with client(HOOK, "flink_default"):
            pass

    async def later() -> None:
        async with client(HOOK, "flink_default") as shared:
            await asyncio.sleep(0)
            assert not shared.shared.sender._client.is_closed

    async def scene() -> None:
        await asyncio.gather(at_once(), later(), at_once(), later())

    asyncio.run(scene())


def test_a_user_that_is_cancelled_does_not_take_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        reads = Reads(monkeypatch)
        first, second = (asyncio.create_task(lease(HOOK, "flink_default")) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        reads.go_on.set()
        await give_back(await second)
        assert first.cancelled()

    asyncio.run(scene())


def test_a_client_that_nobody_waits_for_any_more_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        reads = Reads(monkeypatch)
        only = asyncio.create_task(lease(HOOK, "flink_default"))
        await asyncio.sleep(0)
        only.cancel()
        await asyncio.gather(only, return_exceptions=True)
        reads.go_on.set()
        assert len(asyncio.all_tasks()) <= 2
        assert not clients._current

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tokn": "t0ken"}, "Connection 'flink_default': its extra has no member 'tokn'"),
        ({"ca_certificate": "/nowhere/ca.pem"}, "Cannot use the certificates in /nowhere/ca.pem: No such file"),
    ],
)
def test_a_broken_connection_is_told_to_all_and_tried_anew(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], told: str
) -> None:
    async def scene() -> None:
        connect(monkeypatch, "http://jobs:8081", **given)
        errors = await asyncio.gather(*(lease(HOOK, "flink_default") for _ in range(3)), return_exceptions=True)
        assert [str(error).startswith(told) for error in errors] == [True] * 3
        connect(monkeypatch, "http://jobs:8081")
        await give_back(await lease(HOOK, "flink_default"))

    asyncio.run(scene())


def test_another_event_loop_has_a_client_of_its_own() -> None:
    async def scene() -> object:
        async with client(HOOK, "flink_default") as shared:
            return shared.shared

    assert asyncio.run(scene()) is not asyncio.run(scene())


def test_a_client_needs_nothing_of_common_compat_but_names_of_its_sdk() -> None:
    """Its own asynchronous functions for connections came late, and the versions with all of them need Python 3.11."""
    used = {
        match
        for path in Path(clients.__file__).parents[1].rglob("*.py")
        for match in re.findall(r"airflow\.providers\.common\.compat\.?([\w.]*) import", path.read_text())
    }
    assert used == {"sdk"}


async def given_back(*leased: clients.Client) -> None:
    for each in leased:
        await give_back(each)


@pytest.mark.parametrize(
    "change", [{"login": "me", "password": "new"}, {"token": "new"}, {"port": 8082}, {"read_timeout": 7}], ids=str
)
def test_a_new_wait_uses_the_connection_as_it_is_now(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
    """Also while an older wait holds a client."""

    async def scene() -> None:
        old = await lease(HOOK, "flink_default")
        connect(monkeypatch, "http://jobs", **change)
        new, newer = await lease(HOOK, "flink_default"), await lease(HOOK, "flink_default")
        assert new.shared is newer.shared
        assert new.shared is not old.shared
        await given_back(old)
        assert not new.shared.sender._client.is_closed
        await given_back(new, newer)

    asyncio.run(scene())


def test_a_certificate_that_is_written_anew_is_a_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its path in the connection stays."""
    path = Path(Authority(tmp_path).certificate)

    async def scene() -> None:
        connect(monkeypatch, "https://jobs:8081", ca_certificate=str(path))
        old = await lease(HOOK, "flink_default")
        same = await lease(HOOK, "flink_default")
        await asyncio.to_thread(lambda: path.write_bytes(path.read_bytes() + b"\n"))
        new = await lease(HOOK, "flink_default")
        assert same.shared is old.shared
        assert new.shared is not old.shared
        await given_back(old, same, new)

    asyncio.run(scene())


class Guarded:
    """A gateway that lets one password through, and counts who shows which."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.shown: Counter[str] = Counter()

    def __call__(self, handler: Handler) -> None:
        _, _, pair = handler.headers["Authorization"].partition(" ")
        given = base64.b64decode(pair).decode().partition(":")[2]
        self.shown[given] += 1
        (RUNS if given == self.password else NOT_LET_IN)(handler)


NOT_LET_IN = answer(401, b"<html>401 Authorization Required</html>", "text/html")
RUNS = answer(body=b'{"jobs":[]}')


def pair_of(monkeypatch: pytest.MonkeyPatch, server: Server, password: str) -> None:
    connect(monkeypatch, server.address, login="me", password=password)


@pytest.mark.parametrize("reply", [NOT_LET_IN, answer(403, b""), answer(302, b"", Location="/login?rd=x")])
def test_fifty_waits_go_on_with_a_rotated_password(
    monkeypatch: pytest.MonkeyPatch, server: Server, reply: Reply
) -> None:
    gateway = Guarded("old")
    monkeypatch.setattr("tests.triggers.test_clients.NOT_LET_IN", reply)
    server.says(gateway)
    pair_of(monkeypatch, server, "old")

    async def scene() -> None:
        waits = [await lease(HOOK, "flink_default") for _ in range(50)]
        for each in waits:
            each.shared.sender.SHARED_FOR = 0.0
        assert await asyncio.gather(*(each.send(LOOK) for each in waits)) == [[]] * 50
        gateway.password = "new"
        pair_of(monkeypatch, server, "new")
        joining = await lease(HOOK, "flink_default")
        assert await joining.send(LOOK) == []
        # The new wait shows the new password although the old ones go on.
        assert gateway.shown["old"] == 1
        reads = Reads(monkeypatch)
        reads.go_on.set()
        assert await asyncio.gather(*(each.send(LOOK) for each in waits)) == [[]] * 50
        assert {each.shared for each in waits} == {joining.shared}
        # Some other wait has read the connection already.
        assert reads.count == 0
        assert gateway.shown["old"] == 2
        await given_back(*waits, joining)

    asyncio.run(scene())


def test_fifty_waits_read_a_rotated_password_once(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    gateway = Guarded("old")
    server.says(gateway)
    pair_of(monkeypatch, server, "old")

    async def scene() -> None:
        waits = [await lease(HOOK, "flink_default") for _ in range(50)]
        await waits[0].send(LOOK)
        waits[0].shared.sender._shared.clear()
        gateway.password = "new"
        pair_of(monkeypatch, server, "new")
        reads = Reads(monkeypatch)
        reads.go_on.set()
        assert await asyncio.gather(*(each.send(LOOK) for each in waits)) == [[]] * 50
        assert reads.count == 1
        assert gateway.shown == {"old": 2, "new": 1}
        await given_back(*waits)

    asyncio.run(scene())


def test_where_the_connection_has_not_changed_the_refusal_stays(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    server.says(NOT_LET_IN)
    pair_of(monkeypatch, server, "wrong")

    async def scene() -> None:
        async with client(HOOK, "flink_default") as one:
            with pytest.raises(NotAuthenticated):
                await one.send(LOOK)
        assert len(server.received) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("trouble", [RuntimeError("Vault is sealed"), ValueError("its verify is broken")], ids=repr)
def test_where_it_cannot_be_read_again_the_refusal_stays(
    monkeypatch: pytest.MonkeyPatch, server: Server, trouble: Exception
) -> None:
    server.says(NOT_LET_IN)
    pair_of(monkeypatch, server, "wrong")

    async def scene() -> None:
        async with client(HOOK, "flink_default") as one:
            monkeypatch.setattr(READ, Sealed(1_000_000, trouble))
            with pytest.raises(NotAuthenticated):
                await one.send(LOOK)

    asyncio.run(scene())


class Sealed:
    """Fails so often before a connection can be read."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self.left = times
        self.reads = 0
        self._error = error or RuntimeError("Vault is sealed")

    def __call__(self, hook: Any, conn_id: str) -> Settings:
        self.reads += 1
        if self.left:
            self.left -= 1
            raise self._error
        return read_settings(hook, conn_id)


def test_fifty_waits_survive_a_secrets_backend_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        sealed = Sealed(2)
        monkeypatch.setattr(READ, sealed)
        waits = await asyncio.gather(*(lease(HOOK, "flink_default") for _ in range(50)))
        assert sealed.reads == 3
        await given_back(*waits)

    asyncio.run(scene())


def test_after_the_grace_period_the_cause_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        sealed = Sealed(1_000_000)
        monkeypatch.setattr(READ, sealed)
        with pytest.raises(RuntimeError, match="Vault is sealed"):
            await lease(HOOK, "flink_default", 0.2)
        assert sealed.reads == 2

    asyncio.run(scene())


def test_what_the_connection_says_wrong_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        sealed = Sealed(1_000_000, ValueError("its extra must be a JSON object"))
        monkeypatch.setattr(READ, sealed)
        with pytest.raises(ValueError, match="its extra must be"):
            await lease(HOOK, "flink_default")
        assert sealed.reads == 1

    asyncio.run(scene())


def test_a_kill_reads_nothing_where_waits_have_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        wait = await lease(HOOK, "flink_default")
        sealed = Sealed(1_000_000)
        monkeypatch.setattr(READ, sealed)
        async with client(HOOK, "flink_default") as killing:
            assert killing.shared is wait.shared
        assert sealed.reads == 0
        await given_back(wait)

    asyncio.run(scene())
