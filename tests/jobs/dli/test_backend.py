"""DLI's Flink jobs in the words of all back ends: deleting, metrics, names, pages."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.dli.delete import delete_job
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobForgotten, JobNotFound, JobRejected
from airflow_provider_dli.jobs.look import look, resolve
from airflow_provider_dli.jobs.model import Reading
from airflow_provider_dli.jobs.watch_metric import wait_for_metric
from airflow_provider_dli.rest import errors
from tests.jobs.dli.script import (
    DELETE,
    DETAIL,
    JOB,
    LIST,
    METRICS,
    NO_JOB,
    OLD_METRICS,
    OTHER,
    URL,
    Script,
    listed,
    refusal,
    seen,
)
from tests.jobs.script import answer, html


def test_it_is_a_backend_for_flink_jobs() -> None:
    backend: FlinkJobs = Script().backend
    assert backend.job_url(JOB) == URL


class TestAge:
    """Both times are by DLI's clock: of the start, and of the response."""

    @pytest.mark.parametrize("ahead", [-600, 0, 600])
    def test_in_detail_and_in_the_list(self, ahead: float) -> None:
        script = Script()
        script.ahead = ahead
        running = seen("job_running", start_time=int((script.now + ahead - 90) * 1000))
        script.jobs(running).on(LIST, listed(running))
        assert script.run(script.backend.find(JOB)).age == 90
        assert script.run(script.backend.named("count")).age == 90
        assert script.run(script.backend.all_jobs())[JOB].age == 90

    def test_unknown(self) -> None:
        script = Script().jobs(seen("job_running", start_time=1000), seen("job_init"), seen("job_init", start_time=0))
        assert script.run(script.backend.find(JOB)).age is None
        script.ahead = 0.0
        assert [script.run(script.backend.find(JOB)).age for _ in range(2)] == [None, None]

    def test_no_age_is_below_zero(self) -> None:
        script = Script()
        script.ahead = 0.0
        script.jobs(seen("job_running", start_time=int((script.now + 0.9) * 1000)))
        assert script.run(script.backend.find(JOB)).age == 0


class TestDelete:
    def delete(self, script: Script) -> bool:
        return script.run(delete_job(script.backend, job_id=JOB))

    @pytest.mark.parametrize("status", ["job_init", "job_finish", "job_cancel_success", "job_submit_fail"])
    def test_what_does_not_run(self, status: str) -> None:
        script = Script().jobs(seen(status))
        assert self.delete(script) is True
        assert script.count(DELETE) == 1

    @pytest.mark.parametrize(
        "status",
        ["job_running", "job_submitting", "job_canceling", "job_savepointing", "job_cancel_fail", "new"],
    )
    def test_what_runs_or_may_run(self, status: str) -> None:
        script = Script().jobs(seen(status))
        with pytest.raises(JobRejected, match=rf"is {status}(, .*)?: stop it before it is deleted") as caught:
            self.delete(script)
        assert caught.value.hopeless
        assert not script.changes

    def test_a_job_that_dli_restarts_is_not_deleted(self) -> None:
        failed = seen("job_running_exception", job_config={"restart_when_exception": True})
        script = Script().jobs(failed, failed, seen("job_running"))
        with pytest.raises(JobRejected, match="is job_running: stop it before it is deleted"):
            script.run(delete_job(script.backend, job_id=JOB, recovery=60))
        script = Script().jobs(failed)
        assert script.run(delete_job(script.backend, job_id=JOB, recovery=60)) is True
        assert sum(script.pauses) == 60

    def test_nothing_is_there(self) -> None:
        script = Script().jobs(NO_JOB)
        assert self.delete(script) is False
        assert not script.changes

    def test_it_goes_meanwhile(self) -> None:
        assert self.delete(Script().jobs(seen("job_init")).on(DELETE, NO_JOB)) is True

    def test_refused(self) -> None:
        script = Script().jobs(seen("job_init")).on(DELETE, refusal("DLI.0007", "Locked."))
        with pytest.raises(JobRejected, match=r"DLI\.0007: Locked"):
            self.delete(script)

    def test_the_answer_is_lost_and_it_is_gone(self) -> None:
        assert self.delete(Script().jobs(seen("job_init"), NO_JOB).on(DELETE, html(502))) is True

    def test_the_answer_is_lost_and_it_is_still_there(self) -> None:
        script = Script().jobs(seen("job_init")).on(DELETE, errors.NoAnswer)
        with pytest.raises(errors.NoAnswer):
            self.delete(script)
        assert script.count(DELETE) == 1


STREAMS = {
    "sources": [
        {"name": "kafka", "records": 10, "corrupted_records": 1},
        {"name": "obs", "records": 30, "corrupted_records": None},
    ],
    "sinks": [{"name": "out", "records": 5}],
    "total_read_rate": 1.5,
    "total_write_rate": 0,
}


def measured(metrics: Any, holder: str = "metrics", job_id: str = JOB) -> dict[str, Any]:
    return {"is_success": True, holder: {"jobs": [{"job_id": int(job_id), "metrics": metrics}]}}


class TestMetric:
    def read(self, told: Any, metric: str, **source: Any) -> float | None:
        script = Script().on(METRICS, told)
        return script.run(script.backend.metric(JOB, MetricSource(metric, **source)))

    @pytest.mark.parametrize("holder", ["metrics", "payload"])
    @pytest.mark.parametrize(
        ("metric", "source", "value"),
        [
            ("total_read_rate", {}, 1.5),
            ("total_write_rate", {}, 0),
            ("sources.records", {}, 30),
            ("sources.records", {"aggregation": "min"}, 10),
            ("sources.records", {"aggregation": "sum"}, 40),
            ("sources.records", {"aggregation": "avg"}, 20),
            ("sources.records", {"vertex": "kafka"}, 10),
            ("sources.corrupted_records", {}, 1),
            ("sinks.records", {}, 5),
            ("sinks.corrupted_records", {}, None),
            ("lag", {}, None),
        ],
        ids=str,
    )
    def test_a_value(self, metric: str, source: dict[str, Any], value: float | None, holder: str) -> None:
        assert self.read(measured(STREAMS, holder), metric, **source) == value

    @pytest.mark.parametrize(
        "told",
        [
            {"is_success": True},
            {"is_success": True, "metrics": None},
            {"is_success": True, "metrics": {"jobs": None}},
            {"is_success": True, "metrics": {"jobs": []}},
            measured(None),
            measured({}),
            measured({"sources": None, "sinks": []}),
            measured(STREAMS, job_id=OTHER),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("metric", ["total_read_rate", "sources.records"])
    def test_nothing_was_measured(self, told: Any, metric: str) -> None:
        assert self.read(told, metric) is None

    def wait(self, script: Script, metric: str) -> Reading:
        flow = wait_for_metric(
            script.backend, job_id=JOB, metric=metric, threshold=1, poll_interval=10, clock=script.clock
        )
        return script.run(flow)

    def test_it_is_waited_for(self) -> None:
        script = Script().jobs(seen("job_running"))
        script.on(METRICS, {"is_success": True}, measured({"total_read_rate": 0.5}), measured(STREAMS))
        assert self.wait(script, "total_read_rate").value == 1.5
        assert script.pauses == [10, 10]

    @pytest.mark.parametrize(
        ("metric", "words"),
        [
            ("sinks.corrupted_records", "sinks.corrupted_records has no value, and job 'count' .* is job_running"),
            ("total_rate", "There is no metric 'total_rate' of job 'count'. Names there are like: total_.*_rate, "),
        ],
    )
    def test_one_that_does_not_exist(self, metric: str, words: str) -> None:
        script = Script().jobs(seen("job_running")).on(METRICS, measured(STREAMS))
        with pytest.raises(ConditionNotReachable, match=words):
            self.wait(script, metric)

    def test_a_source_that_the_job_does_not_have(self) -> None:
        script = Script().jobs(seen("job_running")).on(METRICS, measured(STREAMS))
        flow = wait_for_metric(
            script.backend, job_id=JOB, metric="sources.records", vertex="nosuch", threshold=1, poll_interval=10
        )
        with pytest.raises(ConditionNotReachable, match=rf"Job {JOB} has no vertex 'nosuch'. It has: '\w+'"):
            script.run(flow)
        assert not script.pauses

    @pytest.mark.parametrize("code", ["APIGW.0101", "APIGW.0103"])
    def test_a_region_with_the_path_of_2020(self, code: str) -> None:
        script = Script().on(METRICS, refusal(code, "The API does not exist", 404)).on(OLD_METRICS, measured(STREAMS))
        assert script.run(script.backend.metric(JOB, MetricSource("sources.records"))) == 30

    def test_a_region_without_metrics(self) -> None:
        missing = refusal("APIGW.0101", "The API does not exist", 404)
        script = Script().on(METRICS, missing).on(OLD_METRICS, missing)
        with pytest.raises(errors.NotFound, match=r"streaming/jobs/metrics.*Check region and endpoint"):
            script.run(script.backend.metric(JOB, MetricSource("sources.records")))


class TestByName:
    def find(self, script: Script) -> str:
        return script.run(resolve(script.backend, job_id=None, job_name="count"))

    def test_the_exact_one(self) -> None:
        jobs = [seen("job_running", OTHER, name="count2"), seen("job_init", name="count")]
        assert self.find(Script().on(LIST, listed(*jobs))) == JOB

    def test_none(self) -> None:
        script = Script().on(LIST, listed(seen("job_running", OTHER, name="Count")))
        with pytest.raises(JobNotFound, match=rf"No job is called 'count'\. Not ended are: 'Count' \({OTHER}\)"):
            self.find(script)

    @pytest.mark.parametrize("size", [99, 100, 101, 200])
    def test_all_pages_are_read(self, size: int) -> None:
        jobs = [seen("job_init", str(number)) for number in range(1, size + 1)]
        script = Script()
        script.on(LIST, lambda request: listed(*jobs[int(dict(request.query)["offset"]) :][:100]))
        assert len(script.run(script.backend.all_jobs())) == size
        assert script.count(LIST) == size // 100 + 1

    def test_a_list_without_members(self) -> None:
        script = Script().on(LIST, {"is_success": "true", "job_list": {"total_count": 0, "jobs": None}})
        assert script.run(script.backend.all_jobs()) == {}


@pytest.mark.parametrize("code", ["DLI.16001", "DLI.12004", "DLI.0023"])
@pytest.mark.parametrize("status", [400, 404])
def test_a_job_that_there_is_not(code: str, status: int) -> None:
    script = Script().jobs(refusal(code, status=status))
    assert script.run(script.backend.find(JOB)) is None


def test_a_job_that_was_deleted() -> None:
    script = Script().jobs(NO_JOB)
    with pytest.raises(JobForgotten, match=f"DLI no longer knows job {JOB}. It was deleted"):
        script.run(script.backend.known(JOB))


@pytest.mark.parametrize("reply", [refusal("DLI.0003"), errors.NoAnswer, answer({}), html(503)], ids=str)
def test_a_look_that_fails_is_no_job_that_is_not_there(reply: Any) -> None:
    script = Script().on(DETAIL, reply)
    with pytest.raises(errors.RestError):
        script.run(look(script.backend, JOB))


def test_what_dli_does_not_tell() -> None:
    script = Script().jobs(seen("job_running"))
    assert script.run(script.backend.why_cancelled(JOB)) is None
    assert script.run(script.backend.give_up(JOB)) is False
    assert not script.sent
