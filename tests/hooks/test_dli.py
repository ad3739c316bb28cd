from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import queues
from airflow_provider_dli.hooks.dli import DliHook, DliSparkHook, DliSqlHook
from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.rest.errors import NotAuthenticated, NotFound, TooManyRequests
from tests.dli_project import connect


@pytest.fixture(scope="module")
def emulator() -> Iterator[LocalDli]:
    """The emulator alone: nothing here needs a Flink."""
    with LocalDli() as dli:
        yield dli


class Connection:
    """The connection ``dli_default``, which leads to the emulator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dli: LocalDli) -> None:
        self._monkeypatch = monkeypatch
        self.dli = dli
        self.says()

    def says(self, **members: Any) -> None:
        settings = self.dli.settings
        told = {"login": settings.access_key, "password": settings.secret_key, **members}
        connection = {"conn_type": "dli", "login": told.pop("login"), "password": told.pop("password")}
        extra = {"endpoint": self.dli.address, "region": settings.region, **told}
        connect(self._monkeypatch, {**connection, "extra": extra})


@pytest.fixture
def connection(emulator: LocalDli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    yield Connection(monkeypatch, emulator)
    emulator.administer("DELETE", "faults")
    emulator.shift_clock(0)


def refused(*told: str) -> None:
    """Make sure that the connection test fails, and says all of this in one sentence."""
    good, sentence = DliHook().test_connection()
    assert not good
    for words in told:
        assert words in sentence
    assert "\n" not in sentence


def test_the_connection_test_says_who_asks_where(connection: Connection) -> None:
    settings = connection.dli.settings
    found = len(DliHook().api.queues.overview(queue_type="all").queues or ())
    count = "1 queue" if found == 1 else f"{found} queues"
    told = f"DLI answers {settings.access_key} in project {settings.project_id}: {count}."
    for hook in (DliHook, DliSparkHook, DliSqlHook):
        assert hook().test_connection() == (True, told)


def test_a_token_in_place_of_a_key(connection: Connection) -> None:
    settings = connection.dli.settings
    told = {"login": settings.user, "password": settings.password, "domain": settings.domain}
    connection.says(authentication="password", **told)
    good, sentence = DliHook().test_connection()
    assert good, sentence
    assert sentence.startswith(f"DLI answers {settings.user} in project {settings.project_id}: ")


def test_a_wrong_key(connection: Connection) -> None:
    # A key of its own: too many wrong signatures lock it.
    connection.dli.administer("POST", "iam/keys", {"access": "ANOTHERKEY", "secret": "right"})
    connection.says(login="ANOTHERKEY", password="wr0ng-s3cret")
    refused("The server answered 401: APIGW.0301: Incorrect IAM authentication information: ", "request id ")
    connection.says(login="NOBODY")
    refused("The server answered 401: APIGW.0301: ", "request id ")


def test_a_wrong_region(connection: Connection) -> None:
    connection.says(region="cn-north-4", iam_endpoint=connection.dli.address)
    refused("no project of the name 'cn-north-4'", "Put the project's id into the connection, as project_id")


def test_a_wrong_project(connection: Connection) -> None:
    connection.says(project_id="0" * 32)
    refused("APIGW.", "request id ")


def test_a_clock_that_is_off_by_an_hour(connection: Connection) -> None:
    for seconds in (3600, -3600):
        connection.dli.shift_clock(seconds)
        refused("APIGW.0301: ", "This machine's clock is ", "set the clock", "request id ")


def test_an_expired_token_is_renewed(connection: Connection) -> None:
    settings = connection.dli.settings
    told = {"login": settings.user, "password": settings.password, "domain": settings.domain}
    connection.says(authentication="password", **told)
    hook = DliHook()
    hook.send(queues.overview())
    connection.dli.fault(path="/queues", expire_token=True)
    assert hook.send(queues.overview()).queues


def test_an_expired_token_that_nobody_can_renew(connection: Connection) -> None:
    connection.says(authentication="token", token="t0ken-s3cret", project_id=connection.dli.settings.project_id)
    refused("401", "APIGW.0301: ", "request id ")
    with pytest.raises(NotAuthenticated):
        DliHook().send(queues.overview())


def test_a_hook_has_every_operation_as_a_method(connection: Connection) -> None:
    api = DliHook().api
    assert {"sql"} <= {queue.queue_name for queue in api.queues.overview().queues or ()}
    with pytest.raises(NotFound, match=r"DLI\.16001"):
        api.flink_jobs.detail(2387)


def test_a_hook_rides_out_hiccups_for_its_grace_period(connection: Connection) -> None:
    connection.dli.fault(path="/queues", status=503, count=2)
    assert DliHook(grace_period=30).send(queues.overview()).queues
    connection.dli.fault(path="/queues", throttle=0)
    assert DliHook(grace_period=30).send(queues.overview()).queues
    connection.dli.fault(path="/queues", throttle=5)
    with pytest.raises(TooManyRequests, match=r"APIGW\.0308"):
        DliHook(grace_period=0).send(queues.overview())


def test_the_connection_is_read_once(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = DliHook()
    hook.send(queues.overview())
    monkeypatch.delenv("AIRFLOW_CONN_DLI_DEFAULT")
    assert hook.send(queues.overview()).queues
    assert hook.backend.job_url("2387") == connection.dli.address


def test_airflow_makes_the_hook_of_a_connection(connection: Connection) -> None:
    hook = DliHook.get_connection("dli_default").get_hook()
    assert isinstance(hook, DliHook)
    assert hook.dli_conn_id == "dli_default"


def test_a_connection_that_cannot_be_used(connection: Connection) -> None:
    connection.says(tokn="t0ken")
    refused("Its extra has no member 'tokn'")
    good, told = DliHook("nowhere").test_connection()
    assert (good, "nowhere" in told) == (False, True)


def test_the_connection_test_opens_the_object_store(connection: Connection, tmp_path: Path) -> None:
    connection.says(object_store=f"file://{tmp_path}")
    good, told = DliHook().test_connection()
    assert good
    assert told.endswith(f" The object store at file://{tmp_path} can be opened.")
    connection.says(object_store="file:///nowhere")
    good, told = DliHook().test_connection()
    assert not good
    assert told.startswith("DLI answers ")
    assert "The object store (object_store) at file:///nowhere cannot be opened: FileNotFoundError" in told
