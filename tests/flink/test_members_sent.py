"""Flink ignores what it does not know, without a word: so what is sent is held to what each version knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import product
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints import (
    accumulators,
    checkpoints,
    coordinators,
    exceptions,
    jars,
    job_graph,
    job_signals,
    jobs,
    metrics,
    profiler,
    rescaling,
    savepoints,
    vertices,
)
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.request import FilePart, Request
from tests.flink.operations import OPERATIONS, Operation

VERSIONS = [*(Version(1, minor) for minor in (7, *range(9, 21))), *(Version(2, minor) for minor in range(4))]
FILE = FilePart("graph", "graph", 0, BytesIO)
PLAIN = Program(entry_class="demo.Count", arguments=["a"], parallelism=2)
RESTORED = Program(arguments=["a"], savepoint_path="s3://a", allow_non_restored_state=True)
CLAIMED = Program(savepoint_path="s3://a", claim_mode="CLAIM")
CONFIGURED = Program(configuration={"a": "b"})
DRAINED: dict[str, Any] = {"directory": "s3://a", "trigger_id": "1"}

Asking = Callable[[Dialect], Request[Any]]
# Each way to send something: with all that an operation takes, once for each version that a part of it is newer in.
ASKING: Mapping[str, Asking] = {
    "run": lambda dialect: jars.run(dialect, "x", PLAIN),
    "run restored": lambda dialect: jars.run(dialect, "x", RESTORED, job_id="1"),
    "run claimed": lambda dialect: jars.run(dialect, "x", CLAIMED),
    "run configured": lambda dialect: jars.run(dialect, "x", CONFIGURED),
    "run application plain": lambda dialect: jars.run_application(dialect, "x", PLAIN),
    "run application": lambda dialect: jars.run_application(dialect, "x", CLAIMED, application_id="1", job_id="1"),
    "run application configured": lambda dialect: jars.run_application(dialect, "x", CONFIGURED),
    "run application restored": lambda dialect: jars.run_application(dialect, "x", RESTORED),
    "plan": lambda dialect: jars.plan(dialect, "x", PLAIN, job_id="1"),
    "plan configured": lambda dialect: jars.plan(dialect, "x", CONFIGURED),
    "plan by get": lambda _: jars.plan_by_get("x", entry_class="a", parallelism=1),
    "savepoint": lambda dialect: savepoints.trigger(dialect, "1", cancel_job=True, **DRAINED),
    "savepoint native": lambda dialect: savepoints.trigger(dialect, "1", savepoint_format="NATIVE", **DRAINED),
    "stop": lambda dialect: savepoints.stop(dialect, "1", drain=True, **DRAINED),
    "stop native": lambda dialect: savepoints.stop(dialect, "1", savepoint_format="NATIVE", **DRAINED),
    "disposal": lambda _: savepoints.dispose("s3://a"),
    "checkpoint": lambda _: checkpoints.trigger("1", checkpoint_type="FULL", trigger_id="1"),
    "cancel": lambda _: jobs.cancel("1"),
    "stop by patch": lambda _: jobs.stop_by_patch("1"),
    "heartbeat": lambda _: job_signals.heartbeat("1", 1),
    "graph": lambda dialect: job_graph.submit(dialect, FILE, jars=[FILE], artifacts={"a": FILE}),
    "exceptions": lambda dialect: exceptions.exceptions(dialect, "1", max_exceptions=1),
    "labelled exceptions": lambda dialect: exceptions.exceptions(dialect, "1", failure_label="a:b"),
    "accumulators": lambda _: accumulators.accumulators("1", include_serialized=True),
    "flame graph": lambda dialect: vertices.flame_graph(dialect, "1", "2", kind="FULL"),
    "flame graph of one": lambda dialect: vertices.flame_graph(dialect, "1", "2", subtask=0),
    "metrics of the JobManager": lambda _: metrics.of_jobmanager(["a"]),
    "metrics of a TaskManager": lambda _: metrics.of_taskmanager("1", ["a"]),
    "metrics of TaskManagers": lambda dialect: metrics.of_taskmanagers(
        dialect, ["a"], aggregations=["max"], taskmanager_ids=["1"]
    ),
    "metrics of jobs": lambda dialect: metrics.of_jobs(dialect, ["a"], aggregations=["max"], job_ids=["1"]),
    "metrics of a job": lambda _: metrics.of_job("1", ["a"]),
    "metrics of a vertex": lambda _: metrics.of_vertex("1", "2", ["a"]),
    "metrics of subtasks": lambda dialect: metrics.of_subtasks(
        dialect, "1", "2", ["a"], aggregations=["max"], subtasks="0"
    ),
    "metrics of a subtask": lambda _: metrics.of_subtask("1", "2", 0, ["a"]),
    "metrics of coordinators": lambda _: metrics.of_coordinators("1", "2", ["a"]),
    "rescaling of old": lambda _: rescaling.trigger("1", 2),
    "rescaling": lambda _: rescaling.set_requirements("1", {"2": (1, 2)}),
    "profiler": lambda _: profiler.start_on_jobmanager("CPU", 1),
    "profiler of a TaskManager": lambda _: profiler.start_on_taskmanager("1", "CPU", 1),
    "coordinator": lambda _: coordinators.send("1", "2", "a"),
    "coordinator of old": lambda _: coordinators.send_by_operator_id("1", "2", "a"),
}
BY_NAME: Mapping[str, Operation] = {str(one): one for one in reversed(OPERATIONS)}
# What Flink takes in the query and in the body is sent in the body; what is one text is sent as a list.
SENT_OTHERWISE = {
    "GET /jars/:jarid/plan": {
        "program-args", "programArg", "entryClass", "programArgs", "programArgsList",
        "jobId", "flinkConfiguration",
    },
    "POST /jars/:jarid/plan": {"program-args", "programArg", "entry-class", "programArgs"},
    "POST /jars/:jarid/run": {"program-args", "programArg", "entry-class"},
    "POST /jars/:jarid/run-application": {"programArg", "entry-class"},
    "POST /jars/upload": {"jarfile"},
}  # fmt: skip


def sent(request: Request[Any]) -> set[str]:
    """The names of all that a request sends, those in a form's first field included."""
    described = next((part for part in request.files if part.filename is None), None)
    body = request.json or (described.open().read() if described else b"{}")
    return {name for name, _ in request.query} | set(json.loads(body))


def known(request: Request[Any], version: Version) -> set[str]:
    """The names of all that a version knows for this operation."""
    assert request.availability
    operation = BY_NAME[request.availability.operation]
    return {one.top for one in (*operation.query, *operation.body) if one.is_known_to(version)}


def asked() -> Iterator[tuple[Version, Request[Any]]]:
    """Yield each request that a version is asked."""
    for version, asking in product(VERSIONS, ASKING.values()):
        dialect = Dialect(version)
        try:
            request = asking(dialect)
            assert request.availability
            dialect.check(request.availability)
        except NotInThisVersion:
            continue
        yield version, request


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_nothing_is_sent_that_a_version_does_not_know(version: Version) -> None:
    for one, request in asked():
        # Its members are the ids of vertices.
        if one == version and request.path != "/jobs/1/resource-requirements":
            assert sent(request) <= known(request, version), f"{request} of {version}"


def test_all_that_flink_knows_can_be_sent() -> None:
    sendable: dict[str, set[str]] = {}
    for _, request in asked():
        assert request.availability
        sendable.setdefault(request.availability.operation, set()).update(sent(request))
    for operation in OPERATIONS:
        if operation.group == "jobmanager" and str(operation) != "PUT /jobs/:jobid/resource-requirements":
            wanted = {one.top for one in (*operation.query, *operation.body)}
            assert wanted - sendable.get(str(operation), set()) == SENT_OTHERWISE.get(str(operation), set())
