from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_dli.flink.endpoints import cluster as endpoints
from airflow_provider_dli.flink.endpoints import jars, jobs
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.rest.errors import NotReachable, ServerError
from airflow_provider_dli.rest.flow import ask, pause
from airflow_provider_dli.rest.patience import WaitTimedOut
from tests.airflow_engine import connect
from tests.cluster import Cluster
from tests.local.waiting import wait_until
from tests.rest.server import Server, answer, hang, serving

JOB = "d63d21a66af14d4ca0fd3d05cdcff844"
OVERVIEW = b'{"flink-version": "2.3.0", "taskmanagers": 2, "slots-total": 8, "slots-available": 5}'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that answers like a Flink, at the other end of ``flink_default``."""
    with serving() as server:
        connect(monkeypatch, server.address)
        server.says(answer(body=OVERVIEW))
        yield server


def test_the_connection_test_says_which_flink_answers(server: Server) -> None:
    assert FlinkHook().test_connection() == (True, "Flink 2.3.0: 5 of 8 slots are free on 2 TaskManagers.")


@pytest.mark.live
def test_the_connection_test_against_a_real_flink(cluster: Cluster) -> None:
    good, told = FlinkHook().test_connection()
    assert good
    assert told == f"Flink {cluster.flink.version}: 4 of 4 slots are free on 1 TaskManagers."


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answer(401, b""), "The server answered 401: no further word"),
        (answer(503, b'{"errors": ["leader election"]}'), "The server answered 503: leader election"),
        (answer(200, b"<html>", "text/html"), "Is this the API's own address, and not that of a proxy"),
    ],
)
def test_the_connection_test_says_what_is_wrong_at_once(server: Server, reply: object, told: str) -> None:
    server.says(reply)
    good, sentence = FlinkHook().test_connection()
    assert not good
    assert told in sentence
    assert len(server.received) == 1


def test_the_connection_test_of_a_connection_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "jobs", tokn="t0ken")
    good, told = FlinkHook().test_connection()
    assert not good
    assert told.startswith("Its extra has no member 'tokn'")


def test_the_connection_test_of_no_connection() -> None:
    good, told = FlinkHook("nowhere").test_connection()
    assert not good
    assert "nowhere" in told


def test_a_hook_sends_one_request(server: Server) -> None:
    assert FlinkHook().send(endpoints.overview()).slots_available == 5


def test_a_hook_rides_out_hiccups_for_its_grace_period(server: Server) -> None:
    server.says(answer(503), answer(502), answer(body=OVERVIEW))
    assert FlinkHook(grace_period=30).send(endpoints.overview()).taskmanagers == 2
    server.says(answer(503))
    with pytest.raises(ServerError):
        FlinkHook(grace_period=0).send(endpoints.overview())


def test_a_hook_ends_a_wait_at_its_deadline(server: Server) -> None:
    with pytest.raises(WaitTimedOut, match="Last seen: nothing"):
        FlinkHook().run(pause(60, "nothing"), deadline=0)


def test_the_connection_is_read_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = FlinkHook()
    hook.send(endpoints.overview())
    monkeypatch.delenv("AIRFLOW_CONN_FLINK_DEFAULT")
    hook.send(endpoints.overview())
    assert hook.backend.job_url("0" * 32).startswith(server.address)
    assert hook.run_apart(ask(endpoints.overview()), 5, 0).taskmanagers == 2


def test_a_flow_runs_beside_a_request_that_hangs(server: Server) -> None:
    hook = FlinkHook()
    server.says(hang, answer(body=OVERVIEW))
    with ThreadPoolExecutor(1) as worker:
        stuck = worker.submit(hook.send, endpoints.overview())
        wait_until(lambda: server.received)
        assert hook.run_apart(ask(endpoints.overview()), 5, 0).taskmanagers == 2
        assert not stuck.done()
        server.ending.set()


def test_a_hook_that_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        address = server.address
    connect(monkeypatch, address)
    with pytest.raises(NotReachable, match="Check the connection's address and port"):
        FlinkHook(grace_period=0).send(endpoints.overview())


def test_airflow_makes_the_hook_of_a_connection(server: Server) -> None:
    hook = FlinkHook.get_connection("flink_default").get_hook()
    assert isinstance(hook, FlinkHook)
    assert hook.flink_conn_id == "flink_default"


def test_a_killed_task_begins_nothing_more_and_may_look_and_clean_up(server: Server) -> None:
    """Airflow gives it some seconds in which it goes on where it was: it must not submit what nobody waits for."""
    hook = FlinkHook(grace_period=0)
    hook.begin_nothing_more()
    assert hook.send(endpoints.overview()).taskmanagers == 2
    seen = len(server.received)
    with pytest.raises(JobError, match=f"The task was killed before it could send PATCH /jobs/{JOB}: nothing was"):
        hook.run(ask(jobs.cancel(JOB)))
    assert len(server.received) == seen
    hook.run(ask(jars.delete("a.jar")))
    server.says(answer(202, b"{}"))
    hook.run_apart(ask(jobs.cancel(JOB)), seconds=5, grace_period=0)
    assert len(server.received) == seen + 2
