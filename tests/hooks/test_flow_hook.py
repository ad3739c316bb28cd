"""Connections that change while a task runs, and connections that cannot be read at once, on a worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.flink.endpoints import jobs
from airflow_provider_dli.flink.sql.endpoints import gateway
from airflow_provider_dli.hooks import reading
from airflow_provider_dli.hooks.dli import DliHook
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.hooks.reading import read_settings
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest.errors import NotAuthenticated
from airflow_provider_dli.rest.flow import Flow, ask, pause
from airflow_provider_dli.rest.request import Request
from tests.airflow_engine import connect
from tests.rest.server import Handler, Reply, Server, answer, serving

PAGE = b"<html>401 Authorization Required</html>"
NOT_LET_IN: dict[str, Reply] = {
    "401": answer(401, PAGE, "text/html"),
    "403": answer(403, b""),
    "a log-in": answer(302, b"", Location="https://login.example.com/authorize?client_id=x&state=y"),
}
NOT_SIGNED_WELL = answer(401, b'{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"}')
JOB = answer(body=b'{"is_success": true, "job_detail": {"job_id": 7, "status": "job_running"}}')
# The end of a Basic authentication with me:new.
NEW = "bWU6bmV3"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def guarded(server: Server, otherwise: Reply, well: Reply, is_new: Callable[[str], bool]) -> None:
    """Let the old credentials through once, and then only the new ones."""

    def reply(handler: Handler) -> None:
        is_let_in = is_new(handler.headers["Authorization"]) or len(server.received) == 1
        (well if is_let_in else otherwise)(handler)

    server.says(reply)


def twice(request: Request[Any], between: Callable[[], None]) -> Flow[Any]:
    """Send a request, let something happen, and send it again."""
    yield from ask(request)
    between()
    yield from pause(0.01, "job 'orders' is RUNNING")
    return (yield from ask(request))


class Pauses:
    """The pauses that a hook has made; they take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[float] = []
        monkeypatch.setattr(reading.time, "sleep", self.made.append)


@pytest.mark.parametrize("refusal", NOT_LET_IN)
def test_a_wait_goes_on_with_a_rotated_password(server: Server, monkeypatch: pytest.MonkeyPatch, refusal: str) -> None:
    guarded(server, NOT_LET_IN[refusal], answer(), lambda shown: shown.endswith(NEW))
    connect(monkeypatch, server.address, login="me", password="old")
    rotate = lambda: connect(monkeypatch, server.address, login="me", password="new")  # noqa: E731
    hook = FlinkHook(grace_period=0)
    assert hook.run(twice(jobs.overview(), rotate)).jobs == ()
    assert len(server.received) == 3
    # What comes later uses the new password at once, a kill as well.
    hook.send(jobs.overview())
    hook.run_apart(ask(jobs.overview()), 5, 0)
    assert len(server.received) == 5


def test_a_wait_goes_on_with_rotated_keys_of_dli(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded(server, NOT_SIGNED_WELL, JOB, lambda shown: "Access=new-key" in shown)
    given = {"project_id": "p", "region": "cn-north-4"}
    connect(monkeypatch, server.address, "dli_default", login="old-key", password="old", **given)

    def rotate() -> None:
        connect(monkeypatch, server.address, "dli_default", login="new-key", password="new", **given)

    hook = DliHook(grace_period=0)
    looking = hook.run(_for_project(hook))
    assert hook.run(twice(looking, rotate)).job_detail.status == "job_running"
    assert len(server.received) == 3


def _for_project(hook: DliHook) -> Flow[Request[Any]]:
    """Return the request for a job, with the project in its path."""
    project = yield from hook.backend.gate.project()
    made = flink_jobs.detail("7")
    return replace(made, path=made.path.replace("{project_id}", project))


def test_statements_go_on_with_a_rotated_password(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"productName": "Apache Flink", "version": "2.3.0"}).encode()
    guarded(server, NOT_LET_IN["401"], answer(body=body), lambda shown: shown.endswith(NEW))
    with serving() as cluster:
        given = {"login": "me", "sql_gateway": server.address}
        connect(monkeypatch, cluster.address, password="old", **given)
        rotate = lambda: connect(monkeypatch, cluster.address, password="new", **given)  # noqa: E731
        hook = FlinkHook(grace_period=0)
        request = gateway.info()
        assert hook.run_on_sql_gateway(twice(request, rotate)).product_name == "Apache Flink"
        assert len(server.received) == 3
        hook.send(jobs.overview())
        assert cluster.received[0].headers["authorization"].endswith(NEW)


def test_where_the_connection_has_not_changed_nothing_is_sent_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, server.address, login="me", password="wrong")
    server.says(answer(), NOT_LET_IN["401"])
    with pytest.raises(NotAuthenticated):
        FlinkHook(grace_period=0).run(twice(jobs.overview(), lambda: None))
    assert len(server.received) == 2


@pytest.mark.parametrize("broken", [{"tokn": "x"}, {"ca_certificate": "/nowhere.pem"}], ids=str)
def test_a_new_connection_that_cannot_be_used_leaves_the_old_one(
    server: Server, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    connect(monkeypatch, server.address, login="me", password="old")
    server.says(answer(), NOT_LET_IN["401"], answer())
    hook = FlinkHook(grace_period=0)
    with pytest.raises(NotAuthenticated):
        hook.run(twice(jobs.overview(), lambda: connect(monkeypatch, server.address, **broken)))
    assert hook.send(jobs.overview()).jobs == ()


def test_a_password_that_arrives_within_the_grace_period(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway's comes first, and Airflow's some seconds later."""
    guarded(server, NOT_LET_IN["401"], answer(), lambda shown: shown.endswith(NEW))
    connect(monkeypatch, server.address, login="me", password="old")
    reads: list[str] = []

    def late(hook: type[BaseHook], conn_id: str) -> Any:
        reads.append(conn_id)
        if len(reads) == 4:
            connect(monkeypatch, server.address, login="me", password="new")
        return read_settings(hook, conn_id)

    monkeypatch.setattr(reading, "read_settings", late)
    monkeypatch.setattr("airflow_provider_dli.hooks.flow_hook.read_settings", late)
    monkeypatch.setattr("airflow_provider_dli.rest.patience.Patience.pauses", lambda self: iter([0.01] * 9))
    assert FlinkHook(grace_period=30).run(twice(jobs.overview(), lambda: None)).jobs == ()
    assert len(reads) == 4


class TestAKill:
    """It interrupts a task anywhere, in the same thread; whatever it asked Airflow for could wait for ever."""

    @pytest.fixture
    def hook(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> FlinkHook:
        connect(monkeypatch, server.address, login="me", password="old")
        return FlinkHook(grace_period=0)

    def test_in_the_middle_of_reading_the_connection_again_reads_nothing(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, hook: FlinkHook
    ) -> None:
        server.says(answer(), NOT_LET_IN["401"], answer())
        reads: list[str] = []

        def interrupted(kind: type[BaseHook], conn_id: str) -> Any:
            reads.append(conn_id)
            if len(reads) > 1:
                raise AssertionError("a kill has read the connection")
            hook.begin_nothing_more()
            assert hook.run_apart(ask(jobs.overview()), 5, 0).jobs == ()
            return read_settings(kind, conn_id)

        def break_in() -> None:
            monkeypatch.setattr("airflow_provider_dli.hooks.flow_hook.read_settings", interrupted)

        with pytest.raises(NotAuthenticated):
            hook.run(twice(jobs.overview(), break_in))
        assert reads == ["flink_default"]

    def test_after_one_the_connection_is_not_read_again(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, hook: FlinkHook
    ) -> None:
        server.says(answer(), NOT_LET_IN["401"])
        hook.send(jobs.overview())
        hook.begin_nothing_more()
        monkeypatch.setattr("airflow_provider_dli.hooks.flow_hook.read_settings", None)
        with pytest.raises(NotAuthenticated):
            hook.send(jobs.overview())

    def test_ends_the_attempts_to_read_it(self, monkeypatch: pytest.MonkeyPatch, hook: FlinkHook) -> None:
        def killed(kind: type[BaseHook], conn_id: str) -> Any:
            hook.begin_nothing_more()
            raise RuntimeError("Vault is sealed")

        monkeypatch.setattr(reading, "read_settings", killed)
        hook = FlinkHook(grace_period=60)
        with pytest.raises(JobError, match="The task was killed before the connection 'flink_default' could be read"):
            hook.send(jobs.overview())


class TestAConnectionThatCannotBeRead:
    def test_is_read_again_for_the_grace_period(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        connect(monkeypatch, server.address)
        pauses, left = Pauses(monkeypatch), [RuntimeError("Vault is sealed"), OSError("no route"), None]

        def sealed(kind: type[BaseHook], conn_id: str) -> Any:
            if error := left.pop(0):
                raise error
            return read_settings(kind, conn_id)

        monkeypatch.setattr(reading, "read_settings", sealed)
        assert FlinkHook().send(jobs.overview()).jobs == ()
        assert pauses.made == [0.5, 1.0]

    def test_by_a_backend_whose_failure_airflow_reports_as_no_such_connection(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(reading.time, "sleep", lambda seconds: connect(monkeypatch, server.address, "late"))
        assert FlinkHook("late").send(jobs.overview()).jobs == ()

    def test_fails_in_the_end_with_the_cause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def sealed(kind: type[BaseHook], conn_id: str) -> Any:
            raise RuntimeError("Vault is sealed")

        monkeypatch.setattr(reading, "read_settings", sealed)
        with pytest.raises(RuntimeError, match="Vault is sealed"):
            FlinkHook(grace_period=0.05).send(jobs.overview())

    @pytest.mark.parametrize("kind", [FlinkHook, DliHook])
    @pytest.mark.parametrize("extra", ["{not json s3cret", "[1, s3cret", "s3cret"])
    def test_an_extra_that_is_no_json_is_named(self, monkeypatch: pytest.MonkeyPatch, kind: Any, extra: str) -> None:
        """Airflow takes it for an empty one: what it says of TLS or a token would be left out."""
        fields = {"conn_type": "flink", "host": "jobs", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_BROKEN", json.dumps(fields))
        with pytest.raises(ValueError, match=r"^Connection 'broken': its extra is no JSON: ") as caught:
            kind("broken", grace_period=0).run(ask(jobs.overview()))
        assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize("extra", [[1], "text", 5])
    def test_an_extra_that_is_no_object_is_named(self, monkeypatch: pytest.MonkeyPatch, extra: Any) -> None:
        class Odd:
            conn_id, host, extra_dejson = "flink_default", "jobs", extra

        monkeypatch.setattr(FlinkHook, "get_connection", classmethod(lambda cls, conn_id: Odd()))
        with pytest.raises(ValueError, match="Connection 'flink_default': its extra must be a JSON object, and is a"):
            FlinkHook().send(jobs.overview())


class TestTheFormOfAirflow2:
    """It sends every member of the extra twice, the second time with a prefix."""

    @pytest.mark.parametrize("hook", [FlinkHook, DliHook])
    def test_a_member_with_the_prefix_is_the_member(self, monkeypatch: pytest.MonkeyPatch, hook: Any) -> None:
        twice = {"verify": False, f"extra__{hook.conn_type}__verify": True, f"extra__{hook.conn_type}__read_timeout": 7}
        fields = {"conn_type": hook.conn_type, "host": "jobs", "extra": twice}
        monkeypatch.setenv("AIRFLOW_CONN_FORM", json.dumps(fields))
        assert read_settings(hook, "form").extra == {"verify": False, "read_timeout": 7}

    def test_a_member_of_another_type_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect(monkeypatch, "jobs", extra__http__verify=True)
        good, told = FlinkHook().test_connection()
        assert not good
        assert told.startswith("Its extra has no member 'extra__http__verify'; there are")


def gateway_of_2_3(handler: Handler) -> None:
    """Respond like a SQL Gateway."""
    versions, info = {"versions": ["V1", "V2", "V3", "V4"]}, {"productName": "Apache Flink", "version": "2.3.0"}
    answer(body=json.dumps(versions if "api_version" in handler.path else info).encode())(handler)


class TestTheTestOfAConnection:
    """Airflow tests a connection under a random id, which nobody knows."""

    @pytest.mark.parametrize("kind", ["flink", "dli"])
    def test_names_no_id(self, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_ZCXB2BX9", json.dumps({"conn_type": kind, "extra": {"verify": "maybe"}}))
        hook = {"flink": FlinkHook, "dli": DliHook}[kind]("ZcxB2Bx9")
        good, told = hook.test_connection()
        assert not good
        assert told[0].isupper()
        assert "ZcxB2Bx9" not in told

    @pytest.mark.parametrize("dead", [False, True])
    def test_asks_the_sql_gateway_as_well(self, server: Server, monkeypatch: pytest.MonkeyPatch, dead: bool) -> None:
        body = b'{"flink-version": "2.3.0", "taskmanagers": 2, "slots-total": 8, "slots-available": 5}'
        server.says(answer(body=body))
        with serving() as sql:
            sql.says(gateway_of_2_3)
            connect(monkeypatch, server.address, sql_gateway="http://127.0.0.1:1" if dead else sql.address)
            good, told = FlinkHook().test_connection()
        first = "Flink 2.3.0: 5 of 8 slots are free on 2 TaskManagers. "
        assert told.startswith(first)
        if dead:
            assert not good
            assert told.removeprefix(first).startswith("Its SQL Gateway (sql_gateway) cannot be used: No connection: ")
        else:
            assert (good, told) == (True, first + "SQL Gateway: 2.3.0.")

    @pytest.mark.parametrize("hook", [FlinkHook, DliHook])
    def test_the_extra_is_not_hidden(self, hook: Any) -> None:
        """The script of Airflow 2.11's page fails without that field, and with it the test of every connection type."""
        assert "extra" not in hook.get_ui_field_behaviour()["hidden_fields"]


@pytest.mark.parametrize("hook", [FlinkHook, DliHook])
def test_get_conn_is_the_api(monkeypatch: pytest.MonkeyPatch, hook: Any) -> None:
    fields = {"conn_type": hook.conn_type, "host": "jobs", "login": "a", "password": "b", "extra": {}}
    if hook is DliHook:
        fields["extra"] = {"region": "cn-north-4", "project_id": "p"}
    monkeypatch.setenv("AIRFLOW_CONN_C", json.dumps(fields))
    made = hook("c")
    assert made.get_conn() is made.api
