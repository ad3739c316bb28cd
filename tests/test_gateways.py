"""One bad response in the middle of a wait, from something in front of the API: both back ends, both drivers."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_dli.hooks.dli import DliHook
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.jobs.errors import JobError
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.outcome import as_job_error, read
from airflow_provider_dli.jobs.wait import wait_for_end
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.patience import Patience
from airflow_provider_dli.sensors.dli import DliFlinkJobStatusSensor
from airflow_provider_dli.sensors.flink import FlinkJobStatusSensor
from airflow_provider_dli.triggers.flow import FlowTrigger
from tests.airflow_engine import connect, deferred_or_not, run_task
from tests.every_task import JOB
from tests.rest.server import Reply, Server, answer, close, reset, serving
from tests.triggers.flink_server import overview

SECRET = "s3cret-state"
PAGE = b"<html><h1>Gateway</h1></html>"
LOGIN = f"https://login.example.com/authorize?client_id=x&state={SECRET}"
STATUSES = [
    400,
    401,
    403,
    404,
    405,
    407,
    408,
    409,
    410,
    418,
    421,
    425,
    429,
    451,
    499,
    500,
    501,
    502,
    503,
    504,
    511,
    520,
]
BAD: dict[str, Reply] = {
    **{f"{status}, a page": answer(status, PAGE, "text/html") for status in STATUSES},
    **{f"{status}, nothing": answer(status, b"") for status in (401, 403, 404, 408, 503)},
    **{f"{status}, a text": answer(status, b"default backend - 404", "text/plain") for status in (403, 404)},
    **{f"{status}, other JSON": answer(status, b'{"message":"no Route matched"}') for status in (401, 404, 503)},
    **{f"{status} to a log-in": answer(status, PAGE, "text/html", Location=LOGIN) for status in (302, 303, 307)},
    **{f"{status} to elsewhere": answer(status, b"", Location="/elsewhere") for status in (301, 308)},
    "a log-in page with 200": answer(200, PAGE, "text/html"),
    "a closed connection": close,
    "a reset connection": reset,
}

LASTING = [
    "401, a page",
    "403, nothing",
    "404, a text",
    "405, a page",
    "408, nothing",
    "421, a page",
    "302 to a log-in",
]


class Side:
    """A back end, as far as these tests need it."""

    def __init__(self, hook: type[Any], job_id: str, look: Callable[[str], Reply], sensor: Any) -> None:
        self.hook, self.job_id, self.look, self.sensor = hook, job_id, look, sensor
        self.conn_id = f"{hook.conn_type}_default"

    @property
    def wait(self) -> Call:
        return call(wait_for_end, job_id=self.job_id, poll_interval=0.01)

    def on_a_worker(self, grace: float) -> Any:
        hook = self.hook(self.conn_id, grace_period=grace)
        return hook.run(self.wait.on(hook.backend))

    def in_the_triggerer(self, grace: float) -> Any:
        async def fire() -> Any:
            name = f"{self.hook.__module__}.{self.hook.__name__}"
            trigger = FlowTrigger(name, self.conn_id, self.wait.flow, dict(self.wait.arguments), grace)
            (event,) = [event async for event in trigger.run()]
            return read(event.payload)

        return asyncio.run(fire())


def detail(status: str) -> Reply:
    job = {"job_id": 1005, "name": "orders", "status": status, "job_type": "flink_jar_job"}
    return answer(body=json.dumps({"is_success": True, "job_detail": job}).encode())


SIDES = {
    "Flink": Side(FlinkHook, JOB, overview, FlinkJobStatusSensor),
    "DLI": Side(DliHook, "1005", detail, DliFlinkJobStatusSensor),
}
RUNS = {"Flink": "RUNNING", "DLI": "job_running"}
ENDED = {"Flink": "FINISHED", "DLI": "job_finish"}
sides = pytest.mark.parametrize("name", SIDES)
ways = pytest.mark.parametrize("way", ["on_a_worker", "in_the_triggerer"])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(Patience, "pauses", lambda self: itertools.repeat(0.01))
    monkeypatch.setattr("airflow_provider_dli.rest.asynchronous.AsyncSender.SHARED_FOR", 0.0)
    with serving() as server:
        connect(monkeypatch, server.address)
        keys = {"login": "AK", "password": "SK"}
        connect(monkeypatch, server.address, "dli_default", **keys, project_id="p", region="cn-north-4")
        yield server


@sides
@ways
def test_no_bad_response_ends_a_wait(server: Server, name: str, way: str) -> None:
    side = SIDES[name]
    runs = side.look(RUNS[name])
    server.says(runs, *[reply for bad in BAD.values() for reply in (bad, bad, runs)], side.look(ENDED[name]))
    assert getattr(side, way)(30.0).status == ENDED[name]
    assert len(server.received) >= 2 + 3 * len(BAD)


@sides
@ways
@pytest.mark.parametrize("bad", LASTING)
def test_bad_responses_for_longer_than_the_grace_period_are_worth_a_retry(
    server: Server, name: str, way: str, bad: str
) -> None:
    side = SIDES[name]
    server.says(side.look(RUNS[name]), BAD[bad])
    with pytest.raises((RestError, JobError)) as caught:
        getattr(side, way)(0.05)
    error = as_job_error(caught.value)
    assert not error.hopeless
    assert "Last seen: job 'orders'" in str(error)
    assert SECRET not in str(error)
    assert "\n" not in str(error)
    assert ("asks for a log-in" in str(error)) is ("to a log-in" in bad)


OWN: dict[str, dict[int, bytes]] = {
    "Flink": {404: b'{"errors":["Job not found."]}', 400: b'{"errors":["Bad."]}'},
    "DLI": {
        400: b'{"error_code":"DLI.0001","error_msg":"Bad."}',
        401: b'{"error_code":"APIGW.0301","error_msg":"No."}',
    },
}


@sides
@ways
def test_what_the_api_itself_refuses_is_not_repeated(server: Server, name: str, way: str) -> None:
    side = SIDES[name]
    for status, body in OWN[name].items():
        server.received.clear()
        server.says(side.look(RUNS[name]), answer(status, body))
        with pytest.raises((RestError, JobError)) as caught:
            getattr(side, way)(30.0)
        assert as_job_error(caught.value).hopeless is (status != 401)
        # Flink is asked in another way, once, where a job is not on its list.
        assert len(server.received) <= 3


@pytest.mark.usefixtures("airflow_db")
@sides
@deferred_or_not
def test_a_log_in_that_stays_fails_a_task_in_a_way_that_airflow_retries(
    server: Server, name: str, deferrable: bool
) -> None:
    side = SIDES[name]
    server.says(*[side.look(RUNS[name]), BAD["302 to a log-in"]] * 2)
    given = {"deferrable": deferrable, "poll_interval": 0.05, "grace_period": 0.05, "retries": 1}
    task, log = run_task(side.sensor, job_id=side.job_id, **given)
    assert (task.state, task.tries) == ("failed", 2)
    assert task.first_line.startswith("The server answered 302: https://login.example.com/authorize (GET http")
    assert "asks for a log-in: check the connection's token" in task.first_line
    assert SECRET not in log


class TestCredentialsThatWereNeverAccepted:
    """They are most likely wrong: a task fails at once, and Airflow's retries read the connection anew."""

    @pytest.mark.parametrize("bad", ["401, a page", "403, a page"])
    @sides
    def test_are_shown_once(self, server: Server, name: str, bad: str) -> None:
        server.says(BAD[bad])
        with pytest.raises((RestError, JobError), match=r"The server answered 40[13]") as caught:
            SIDES[name].on_a_worker(30.0)
        assert not as_job_error(caught.value).hopeless
        assert len(server.received) == 1

    @pytest.mark.usefixtures("airflow_db")
    def test_a_task_with_them_is_retried(self, server: Server) -> None:
        server.says(BAD["401, a page"], overview("FINISHED"))
        task, _ = run_task(FlinkJobStatusSensor, job_id=JOB, retries=1)
        assert (task.state, task.tries) == ("success", 2)
