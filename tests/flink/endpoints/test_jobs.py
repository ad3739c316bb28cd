from __future__ import annotations

import json

import pytest

from airflow_provider_dli.flink.endpoints.jobs import cancel, cancel_by_get, detail, overview, status, stop_by_patch
from airflow_provider_dli.rest.errors import Conflict, NotFound, ServerError
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", versions_with("jobs-overview"))
def test_the_overview_has_every_job_by_id(version: str) -> None:
    recording = recorded(version, "jobs-overview")
    summaries = recording.read().by_id
    assert list(summaries) == [row["jid"] for row in recording.json["jobs"]]
    assert {one.jid for one in summaries.values()} == set(summaries)
    running = next(one for one in summaries.values() if one.state == "RUNNING")
    assert (running.name, running.end_time, running.tasks["running"], running.tasks["total"]) == ("probe", -1, 2, 2)
    ended = [one for one in summaries.values() if one.state in {"FINISHED", "CANCELED"}]
    assert all(one.start_time < one.end_time for one in ended)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["RUNNING", "SUSPENDED"], "RUNNING"),
        (["SUSPENDED", "RUNNING"], "RUNNING"),
        (["FINISHED", "SUSPENDED"], "FINISHED"),
        (["RESTARTING", "FAILED"], "RESTARTING"),
        (["FAILED", "FINISHED"], "FINISHED"),
    ],
)
def test_of_a_job_that_is_listed_twice_the_row_in_progress_counts(states: list[str], state: str) -> None:
    """Flink before 1.13.6 and 1.14.3 lists one so, while another JobManager takes it over."""
    times = {"start-time": 1, "end-time": -1}
    rows = [{"jid": "a", "name": "a", "state": one, "tasks": {}, **times} for one in states]
    answer = Answer(200, {"content-type": "application/json"}, json.dumps({"jobs": rows}).encode())
    assert overview().decode(answer).by_id["a"].state == state


def test_the_overview_is_one_request_for_every_job() -> None:
    assert overview() == overview()
    assert overview().safe


@pytest.mark.parametrize("version", versions_with("job-running"))
def test_a_job_has_vertices(version: str) -> None:
    recording = recorded(version, "job-running")
    job = recording.read()
    assert (job.jid, job.name, job.state) == (recording.json["jid"], "probe", "RUNNING")
    assert [(vertex.parallelism, vertex.status) for vertex in job.vertices] == [(1, "RUNNING")] * 2
    assert job.vertices[0].name.endswith("-> Work")
    assert job.vertices[0].id == recording.json["vertices"][0]["id"]


@pytest.mark.parametrize("version", versions_with("job-unknown"))
def test_an_unknown_job_is_not_found(version: str) -> None:
    with pytest.raises(NotFound, match="00000000000000000000000000000001"):
        recorded(version, "job-unknown").read()


class TestCancel:
    def test_may_be_repeated(self) -> None:
        request = cancel("abc")
        assert (request.method, request.path, request.query) == ("PATCH", "/jobs/abc", (("mode", "cancel"),))
        assert request.repeatable

    def test_is_accepted(self) -> None:
        assert recorded("1.9.3", "cancel").read() is None

    @pytest.mark.parametrize("version", ["1.15.4", "2.3.0"])
    def test_of_a_finished_job_is_a_conflict(self, version: str) -> None:
        with pytest.raises(Conflict, match=r"another terminal state \(FINISHED\)"):
            recorded(version, "cancel-finished-job").read()

    def test_works_by_get_as_well_and_is_not_taken_for_a_look(self) -> None:
        request = cancel_by_get("abc")
        assert (request.method, request.path, request.repeatable) == ("GET", "/jobs/abc/yarn-cancel", True)
        assert not request.safe


def test_a_stop_without_a_savepoint_is_of_old() -> None:
    request = stop_by_patch("abc")
    assert request.query == (("mode", "stop"),)
    assert request.availability is not None
    assert (request.availability.until, request.availability.instead) == (
        "1.8",
        "Use savepoints.stop (POST /jobs/:jobid/stop).",
    )


@pytest.mark.parametrize("version", versions_with("job-status-running"))
def test_the_state_alone(version: str) -> None:
    recording = recorded(version, "job-status-running")
    if recording.status == 200:
        assert recording.read() == "RUNNING"
    assert status("1").availability.since == "1.16"  # type: ignore[union-attr]


def test_an_unknown_job_s_state_is_an_error_of_the_server() -> None:
    with pytest.raises(ServerError, match="Could not find Flink job"):
        recorded("2.3.0", "unknown-job-status").read()


def test_a_plan_of_a_hundred_megabytes_is_read() -> None:
    node = b'{"id": "a", "parallelism": 1, "description": "%s"}' % (b"x" * 1000)
    nodes = 100_000
    told = b'{"jid": "1", "name": "n", "state": "RUNNING", "vertices": [], "plan": {"jid": "1", "name": "n", "nodes": ['
    body = told + b", ".join([node] * nodes) + b"]}}"
    assert len(body) > 100_000_000
    plan = detail("1").decode(Answer(200, {}, body)).plan
    assert plan
    assert len(plan.nodes) == nodes
