"""Requests whose responses are useful and not needed, on clusters whose gateways keep them from users.

Another response than Flink's is no reason to wait or to fail. An outage is waited for as with any other request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from airflow_provider_dli.flink.endpoints import jobmanager
from airflow_provider_dli.flink.endpoints.checkpoints import Statistics
from airflow_provider_dli.jobs.backend import Incarnation
from airflow_provider_dli.jobs.flink import answers, mains, swallowed
from airflow_provider_dli.jobs.flink.cluster_settings import ClusterSettings
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.errors import NotReachable, RestError
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import Answer
from tests.jobs.script import (
    APPLICATIONS,
    CHECKPOINTS,
    CLUSTER_SETTINGS,
    DETAIL,
    EXCEPTIONS,
    ID,
    RESTARTS,
    SLOTS,
    THREADS,
    Script,
    answer,
    checkpoint,
    detail,
    exception,
    exceptions,
    history,
    html,
    listed,
    refusal,
    row,
)
from tests.jobs.script import (
    jobmanager as settings,
)

LOGS, LOG = "GET /jobmanager/logs", "GET /jobmanager/log"
WAITING = Job(ID, "count", JobState.RUNNING, "RUNNING", {"total": 2, "scheduled": 2})
TEXT = Answer(200, {"content-type": "text/plain"}, f"Job {ID} was recovered successfully".encode())
LEADER_ELECTION = refusal(503, "Service temporarily unavailable due to an ongoing leader election. Please refresh.")


GOOD = str(answers.checkpoints(Statistics.read(answer(history(checkpoint(4))))).history[0])


class Probe(NamedTuple):
    """An optional request.

    :param operation: the request.
    :param good: Flink's response.
    :param flow: the flow that sends it.
    :param known: the result with that response.
    :param unknown: the result without it.
    :param version: the version of Flink.
    """

    operation: str
    good: Any
    flow: Callable[[Script], Flow[Any]]
    known: Any
    unknown: Any
    version: str = "1.20.5"


def failure_of(script: Script) -> Flow[Any]:
    return script.backend.failure(ID)


PROBES = {
    "the process of the JobManager": Probe(
        CLUSTER_SETTINGS,
        settings("7", **{"high-availability.type": "zookeeper"}),
        lambda script: script.backend.incarnation(),
        Incarnation("/tmp/flink-web-7", keeps_jobs=True),
        Incarnation(None, keeps_jobs=False),
    ),
    "the directory for savepoints": Probe(
        CLUSTER_SETTINGS,
        [{"key": "state.savepoints.dir", "value": "s3://savepoints"}],
        lambda script: script.backend.savepoint_directory(),
        "s3://savepoints",
        None,
    ),
    "the age of lists of checkpoints": Probe(
        CLUSTER_SETTINGS,
        [{"key": "web.refresh-interval", "value": "500"}],
        lambda script: script.backend.checkpoints_lag(),
        pytest.approx(0.6),
        ClusterSettings().checkpoints_lag,
    ),
    "the programs at work": Probe(
        THREADS, {"threadInfos": []}, lambda script: mains.at_work(script.backend.gate), False, True
    ),
    "the list of logs": Probe(
        LOGS,
        {"logs": [{"name": "flink.log", "size": 1, "mtime": 1}]},
        lambda script: swallowed.can_be_known(script.backend.gate),
        True,
        False,
    ),
    "the log": Probe(LOG, TEXT, lambda script: script.backend.is_incomplete(ID), True, False),
    "the free slots": Probe(
        SLOTS,
        {"taskmanagers": 1, "slots-total": 4, "slots-available": 1, "flink-version": "1.20.5"},
        lambda script: script.backend.hint(WAITING),
        "tasks without a slot: 2, free slots: 1 of 4",
        "tasks without a slot: 2",
    ),
    "the restarts": Probe(RESTARTS, [{"id": "numRestarts", "value": "3"}], failure_of, 3, None),
    "the last checkpoint": Probe(CHECKPOINTS, history(checkpoint(4)), failure_of, GOOD, None),
    "the end in the cache": Probe(
        DETAIL, detail("FAILED"), failure_of, "IOException: Disk full", "IOException: Disk full"
    ),
    "the list of applications": Probe(
        APPLICATIONS, listed("FAILED"), lambda script: script.backend.why_program_failed(ID), None, None, "2.3.0"
    ),
    "the exceptions of an application": Probe(
        "GET /applications/:id/exceptions",
        {"exceptionHistory": {"entries": []}},
        lambda script: script.backend.why_program_failed(ID),
        None,
        None,
        "2.3.0",
    ),
}
FOREIGN = {
    "other JSON": answer({"status": "ok"}),
    "other JSON in a list": answer(["ok"]),
    "a page": html(200),
    "no JSON": Answer(200, {"content-type": "application/json"}, b"OK"),
    "403 of a gateway": html(403),
    "404 of a gateway": html(404),
    "405 of a gateway": html(405),
    "501 of a gateway": html(501),
    "404 of Flink": refusal(404, "This file does not exist in JobManager log dir."),
}
OUTAGES = {
    "leader election": LEADER_ELECTION,
    "502": html(502),
    "429": html(429),
    "408": html(408),
    "no connection": NotReachable,
}
# Flink itself responds so about a job that makes no checkpoints, or that has none of these.
NONE_OF_THESE = {(CHECKPOINTS, "404 of Flink"): ""}
each_probe = pytest.mark.parametrize("name", PROBES)


def cluster(probe: Probe, *replies: Any) -> Script:
    script = Script(probe.version).jobs(row("FAILED")).on(APPLICATIONS, listed("FAILED"))
    script.on(EXCEPTIONS, exceptions(exception("java.io.IOException: Disk full")))
    for one in PROBES.values():
        if one.operation in {LOGS, LOG, "GET /applications/:id/exceptions"}:
            script.on(one.operation, one.good)
    return script.on(probe.operation, *(replies or (probe.good,)))


def result(probe: Probe, script: Script) -> Any:
    found = script.run(patiently(probe.flow(script), Patience(60.0), script.clock))
    pick = {RESTARTS: "restarts", CHECKPOINTS: "checkpoint", DETAIL: "cause"}.get(probe.operation)
    return getattr(found, pick) if pick else found


@each_probe
def test_the_response_of_flink_counts(name: str) -> None:
    probe = PROBES[name]
    assert result(probe, cluster(probe)) == probe.known


@each_probe
@pytest.mark.parametrize("response", FOREIGN)
def test_another_response_is_not_waited_out(name: str, response: str) -> None:
    probe = PROBES[name]
    script = cluster(probe, FOREIGN[response])
    assert result(probe, script) == NONE_OF_THESE.get((probe.operation, response), probe.unknown)
    assert (script.count(probe.operation), script.pauses) == (1, [])


@each_probe
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_waited_for(name: str, outage: str) -> None:
    probe = PROBES[name]
    script = cluster(probe, OUTAGES[outage], OUTAGES[outage], probe.good)
    result(probe, script)
    assert script.count(probe.operation) == 3
    assert len(script.pauses) == 2


@each_probe
def test_an_outage_that_lasts_does_not_fail_the_task(name: str) -> None:
    probe = PROBES[name]
    assert result(probe, cluster(probe, LEADER_ELECTION)) == probe.unknown


def test_the_log_names_it_once() -> None:
    script = Script().on(THREADS, html(403))
    script.run(mains.wait_until_none(script.backend.gate, 60.0, "waiting for main()"))
    assert script.count(THREADS) > 5
    [line] = [told for told in script.told if "403" in told]
    assert line.startswith("The JobManager's threads cannot be read. A main() counts as at work in it: ")


def test_json_is_no_log() -> None:
    """A stand-in may answer each path with JSON: that no job was lost is not what it shows."""
    script = cluster(PROBES["the log"], answer({}))
    assert script.run(script.backend.is_incomplete(ID)) is False
    assert any("was not checked in the JobManager's log" in told for told in script.told)


def test_a_request_that_is_needed_is_repeated_after_a_page() -> None:
    script = Script().on(CLUSTER_SETTINGS, html(200), settings())
    script.run(patiently(script.backend.gate.ask(jobmanager.configuration()), Patience(60.0), script.clock))
    assert script.count(CLUSTER_SETTINGS) == 2


def test_expired_credentials_are_no_other_response() -> None:
    """They may be renewed: a hook reads its connection again after this."""
    script = Script().on(CLUSTER_SETTINGS, html(401), settings())
    request = replace(jobmanager.configuration(), optional=True)
    script.run(patiently(script.backend.gate.ask(request), Patience(60.0), script.clock))
    assert script.count(CLUSTER_SETTINGS) == 2


def test_a_page_is_an_error_of_an_optional_request_as_of_any_other() -> None:
    script = Script().on(CLUSTER_SETTINGS, html(200))
    request = replace(jobmanager.configuration(), optional=True)
    with pytest.raises(RestError, match="an HTML page"):
        script.run(patiently(script.backend.gate.ask(request), Patience(60.0), script.clock))
    assert script.count(CLUSTER_SETTINGS) == 1
