from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.hooks.reading import Settings, read_settings_async
from airflow_provider_dli.triggers import clients
from airflow_provider_dli.triggers.clients import client, give_back, lease
from tests.airflow_engine import connect

HOOK = "airflow_provider_dli.hooks.flink.FlinkHook"
READ = "airflow_provider_dli.triggers.clients.read_settings_async"


@pytest.fixture(autouse=True)
def _connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect(monkeypatch, "http://jobs:8081")
    connect(monkeypatch, "http://other:8081", "other")
    yield
    assert not clients._clients


class Reads:
    """Counts how often a connection is read, and lets the reader wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.go_on = asyncio.Event()
        monkeypatch.setattr(READ, self)

    async def __call__(self, hook: Any, conn_id: str) -> Settings:
        self.count += 1
        await self.go_on.wait()
        return await read_settings_async(hook, conn_id)


def test_all_users_of_a_connection_share_a_client() -> None:
    async def scene() -> None:
        one, two, other = await asyncio.gather(
            lease(HOOK, "flink_default"), lease(HOOK, "flink_default"), lease(HOOK, "other")
        )
        assert one is two
        assert one is not other
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
            assert not one.sender._client.is_closed
        assert one.sender._client.is_closed
        async with client(HOOK, "flink_default") as another:
            assert another is not one

    asyncio.run(scene())


def test_whoever_is_done_first_does_not_close_it_for_those_who_still_wait() -> None:
    async def at_once() -> None:
        async with client(HOOK, "flink_default"):
            pass

    async def later() -> None:
        async with client(HOOK, "flink_default") as shared:
            await asyncio.sleep(0)
            assert not shared.sender._client.is_closed

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
        assert not clients._clients

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tokn": "t0ken"}, "Connection 'flink_default': its extra has no member tokn"),
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
            return shared

    assert asyncio.run(scene()) is not asyncio.run(scene())


def test_a_client_needs_nothing_of_common_compat_but_names_of_its_sdk() -> None:
    """Its own asynchronous functions for connections came late, and the versions with all of them need Python 3.11."""
    used = {
        match
        for path in Path(clients.__file__).parents[1].rglob("*.py")
        for match in re.findall(r"airflow\.providers\.common\.compat\.?([\w.]*) import", path.read_text())
    }
    assert used == {"sdk"}
