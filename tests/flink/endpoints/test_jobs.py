from __future__ import annotations

import pytest

from airflow_provider_dli.flink.jobs import JobException, cancel, exceptions, jobs
from airflow_provider_dli.flink.throwable import deepest
from airflow_provider_dli.rest.errors import Conflict, NotFound
from airflow_provider_dli.rest.request import Answer
from tests.flink.recordings import recorded, versions_with


@pytest.mark.parametrize("version", versions_with("jobs-overview"))
def test_the_overview_has_every_job_by_id(version: str) -> None:
    recording = recorded(version, "jobs-overview")
    summaries = recording.read()
    assert list(summaries) == [row["jid"] for row in recording.json["jobs"]]
    assert {one.id for one in summaries.values()} == set(summaries)
    running = next(one for one in summaries.values() if one.state == "RUNNING")
    assert (running.name, running.end_time, running.tasks["running"], running.tasks["total"]) == ("probe", -1, 2, 2)
    ended = [one for one in summaries.values() if one.state in {"FINISHED", "CANCELED"}]
    assert all(one.start_time < one.end_time for one in ended)


def test_the_overview_is_one_request_for_every_job() -> None:
    assert jobs() == jobs()
    assert jobs().safe


@pytest.mark.parametrize("version", versions_with("job-running"))
def test_a_job_has_vertices(version: str) -> None:
    recording = recorded(version, "job-running")
    job = recording.read()
    assert (job.id, job.name, job.state) == (recording.json["jid"], "probe", "RUNNING")
    assert [(vertex.parallelism, vertex.status) for vertex in job.vertices] == [(1, "RUNNING")] * 2
    assert job.vertices[0].name.endswith("-> Work")
    assert job.vertices[0].id == recording.json["vertices"][0]["id"]


@pytest.mark.parametrize("version", versions_with("job-unknown"))
def test_an_unknown_job_is_not_found(version: str) -> None:
    with pytest.raises(NotFound, match="00000000000000000000000000000001"):
        recorded(version, "job-unknown").read()


class TestExceptions:
    @pytest.mark.parametrize("version", versions_with("exceptions"))
    def test_name_the_cause_and_the_task(self, version: str) -> None:
        history = recorded(version, "exceptions").read()
        assert {str(deepest(one.stack_trace)) for one in history} == {"RuntimeException: probe failure at record 20"}
        assert [one.endpoint for one in history if one.task][:1] == ["localhost:18111"]
        assert all(one.timestamp > 1_700_000_000_000 for one in history)

    def test_come_newest_first_each_followed_by_those_that_came_with_it(self) -> None:
        assert [one.task for one in recorded("2.3.0", "exceptions").read()] == [
            "",
            "Source: Sequence Source -> Work (1/1) - execution #1",
            "Source: Sequence Source -> Work (1/1) - execution #0",
        ]

    def test_of_an_old_flink_are_the_root_exception(self) -> None:
        (only,) = recorded("1.9.3", "exceptions").read()
        assert only.task == "Source: Custom Source -> Work (1/1)"

    @pytest.mark.parametrize("version", versions_with("exceptions-none"))
    def test_of_a_job_without_any_are_none(self, version: str) -> None:
        assert recorded(version, "exceptions-none").read() == ()

    @pytest.mark.parametrize(
        "told",
        [
            b'{"root-exception": null, "all-exceptions": []}',
            b'{"exceptionHistory": null}',
            b'{"exceptionHistory": {"entries": []}}',
            b"{}",
        ],
    )
    def test_may_be_missing_in_many_ways(self, told: bytes) -> None:
        assert exceptions("1").decode(Answer(200, {}, told)) == ()

    def test_are_read_where_members_are_null(self) -> None:
        told = b"""{"exceptionHistory": {"entries": [
            {"stacktrace": "x", "timestamp": 5, "taskName": null, "endpoint": null, "concurrentExceptions": null}
        ]}}"""
        assert exceptions("1").decode(Answer(200, {}, told)) == (JobException("x", 5, "", ""),)


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
