"""Jobs by name, and why a job ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import JobFailed, JobForgotten, JobNotFound
from airflow_provider_dli.jobs.look import look, resolve, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    DETAIL,
    EXCEPTIONS,
    GONE,
    ID,
    NO_JOB,
    OVERVIEW,
    RESTARTS,
    SECOND_ID,
    Script,
    checkpoint,
    detail,
    exception,
    exceptions,
    history,
    row,
    savepoint,
)


def test_a_job_as_it_is_seen() -> None:
    """Moments are in seconds."""
    seen = row("FAILED", end=2_500, failed=1, canceled=1) | {"start-time": 1_500}
    script = Script().jobs(seen)
    tasks = {"total": 2, "failed": 1, "canceled": 1}
    assert script.run(look(script.backend, ID)) == Job(ID, "count", JobState.FAILED, "FAILED", tasks, 1.5, 2.5)


OLD, NEW = row("RUNNING") | {"start-time": 1000}, row("RUNNING", SECOND_ID) | {"start-time": 2000}


class TestByName:
    def find(self, jobs: Any) -> str:
        script = Script().jobs(jobs)
        return script.run(resolve(script.backend, job_id=None, job_name="count"))

    def test_an_id_needs_no_look(self) -> None:
        script = Script()
        assert script.run(resolve(script.backend, job_id=ID, job_name=None)) == ID
        assert not script.sent

    @pytest.mark.parametrize(
        ("jobs", "job_id"),
        [
            ([OLD], ID),
            ([OLD, NEW | {"name": "sum"}], ID),
            ([OLD, NEW | {"state": "FINISHED"}], ID),
            ([OLD | {"state": "FAILED"}, NEW | {"state": "FAILED"}], SECOND_ID),
            ([OLD | {"state": "SUSPENDED"}, NEW | {"state": "FAILED"}], ID),
        ],
        ids=["one", "one of this name", "one alive", "all ended: the newest", "suspended is alive"],
    )
    def test_found(self, jobs: Any, job_id: str) -> None:
        assert self.find(jobs) == job_id

    @pytest.mark.parametrize(
        ("jobs", "words"),
        [
            ([OLD, NEW], f"2 jobs are called 'count': {ID}, {SECOND_ID}. Give job_id."),
            ([row("RUNNING", name="Count")], rf"No job is called 'count'. Not ended are: 'Count' \({ID}\)"),
            (GONE, "No job is called 'count'. It has no job that has not ended"),
        ],
        ids=["several", "another spelling", "none"],
    )
    def test_not_found(self, jobs: Any, words: str) -> None:
        with pytest.raises(JobNotFound, match=words):
            self.find(jobs)


def failed() -> Script:
    script = Script().jobs(row("FAILED")).on(EXCEPTIONS, exceptions(exception(TRACE, TASK)))
    return script.on(RESTARTS, [{"id": "numRestarts", "value": "0"}])


def why(script: Script) -> str:
    job = script.run(look(script.backend, ID))
    error = script.run(why_it_ended(script.backend, job))
    assert isinstance(error, JobFailed)
    return str(error)


TASK = "Count (1/2) - execution #2"
TRACE = "org.apache.flink.SomeException: Outside\n\tat a\nCaused by: java.io.IOException: Disk full"
URL = f"http://flink:8081/#/job/running/{ID}/overview"


class TestWhy:
    def test_first_line(self) -> None:
        script = failed().on(EXCEPTIONS, exceptions(exception(TRACE, TASK, endpoint="host:1")))
        script.on(CHECKPOINTS, history(checkpoint(8, "FAILED"), checkpoint(7), savepoint(6)))
        assert why(script) == (
            f"Job 'count' FAILED: IOException: Disk full (in {TASK} on host:1; restarts: 2; "
            f"the last good one is checkpoint 7 at file:/checkpoints/7; {URL})"
        )

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            (exceptions(), "FAILED: Flink gives no reason (restarts: 0; "),
            (exceptions(exception("java.io.IOException: Disk full")), "FAILED: IOException: Disk full (restarts: 0; "),
            (
                exceptions(
                    exception("Job failed", concurrentExceptions=[exception("java.io.IOException: Disk full", TASK)])
                ),
                f"FAILED: Job failed (in {TASK}; restarts: 2; ",
            ),
            ({"root-exception": "java.io.IOException: Disk full", "timestamp": 1}, "FAILED: IOException: Disk full ("),
        ],
        ids=["no reason", "the whole job", "the task stands beside", "before 1.13"],
    )
    def test_exceptions(self, told: Any, words: str) -> None:
        assert words in why(failed().on(EXCEPTIONS, told))

    @pytest.mark.parametrize(
        ("value", "words"),
        [("0", "restarts: 2"), ("7", "restarts: 7"), ("NaN", "restarts: 2"), (None, "restarts: 2")],
        ids=["the metric lags", "the metric", "no number", "no metric"],
    )
    def test_restarts(self, value: str | None, words: str) -> None:
        script = failed().on(RESTARTS, [{"id": "numRestarts", "value": value}] if value else [])
        assert f"{words}; " in why(script)

    def test_a_batch_job_has_no_checkpoints(self) -> None:
        script = failed().on(CHECKPOINTS, recorded("2.3.0", "unknown-job-checkpoints").answer)
        assert "IOException: Disk full" in why(script)
        assert "there is no checkpoint" in why(script)

    def test_what_the_cluster_has_cached_is_too_old(self) -> None:
        script = failed().on(DETAIL, detail("RUNNING"), detail("RUNNING"), detail("FAILED"))
        assert "IOException: Disk full" in why(script)
        assert script.pauses == [1, 1]
        assert script.sent.index(f"GET /jobs/{ID}/exceptions") > script.sent.index(f"GET /jobs/{ID}") + 2

    def test_a_cache_that_never_changes_is_not_waited_for_for_ever(self) -> None:
        assert "IOException: Disk full" in why(failed().on(DETAIL, detail("RUNNING")))

    @pytest.mark.parametrize(
        ("reply", "look_again", "words"),
        [
            (errors.NoAnswer, row("FAILED"), "Something broke"),
            (NO_JOB, GONE, f"The cluster no longer knows job {ID}"),
        ],
    )
    def test_a_reason_that_cannot_be_had(self, reply: Any, look_again: Any, words: str) -> None:
        script = failed().jobs(row("FAILED"), row("FAILED"), look_again).on(EXCEPTIONS, reply)
        assert why(script).startswith(f"Job 'count' FAILED; its reason could not be had: {words}")

    def test_what_was_seen_before_the_end_is_no_news_any_more(self) -> None:
        script = Script().jobs(row("RUNNING"), row("FAILED")).on(EXCEPTIONS, errors.NoAnswer)
        flow = wait_for_job(script.backend, job_id=ID, until="finished", poll_interval=10)
        with pytest.raises(JobFailed, match="its reason could not be had: Something broke") as caught:
            script.run(patiently(flow, Patience(grace=0), script.clock))
        assert "Last seen" not in str(caught.value)

    def test_cancelled(self) -> None:
        assert why(Script().jobs(row("CANCELED"))) == f"Job 'count' was cancelled, and not by this task ({URL})."


def scripted(*looks: Any) -> tuple[Callable[[], Flow[Any]], list[Any]]:
    """A probe that sees these things in turn, and what it has not seen yet."""
    left = list(looks)

    def probe() -> Flow[Any]:
        yield from ()
        return left.pop(0)

    return probe, left


class TestSought:
    @pytest.mark.parametrize(
        ("looks", "pauses"), [(["it"], []), ([None, "it"], [1]), ([None, None, "it"], [1, 5]), ([0, "", None], [1, 5])]
    )
    def test_it_is_looked_for_until_it_is_there(self, looks: list[Any], pauses: list[float]) -> None:
        """The last look comes after the last pause: what it sees counts, whatever that is."""
        script, (probe, left) = Script(), scripted(*looks)
        assert script.run(sought(probe, (1, 5), "looking for it")) == looks[-1]
        assert (script.pauses, left) == (pauses, [])

    def test_one_look_where_there_is_no_pause(self) -> None:
        script, (probe, left) = Script(), scripted(None, "it")
        assert script.run(sought(probe, (), "looking for it")) is None
        assert (script.pauses, left) == ([], ["it"])

    def test_what_is_found_may_be_nothing(self) -> None:
        probe, left = scripted(None, False, True)
        assert Script().run(sought(probe, (1, 1), "looking", found=lambda seen: seen is not None)) is False
        assert left == [True]

    def test_it_says_what_a_look_has_seen(self) -> None:
        script, (probe, _) = Script(), scripted(0, 7, 8)
        script.run(sought(probe, (1, 1), lambda seen: f"seen {seen}; looking", found=lambda seen: seen == 8))
        assert script.told == ["seen 0; looking", "seen 7; looking"]

    def test_an_error_of_a_look_is_no_answer(self) -> None:
        script = Script().on(OVERVIEW, errors.NoAnswer)
        with pytest.raises(errors.NoAnswer):
            script.run(sought(lambda: script.backend.find(ID), (1, 1), "looking"))
        assert not script.pauses


class TestWaitWhile:
    def wait(self, script: Script) -> JobState:
        def flow() -> Flow[Job]:
            job = yield from look(script.backend, ID)
            return (yield from wait_while(script.backend, job, {JobState.ENDING}, 3, "waiting for its end"))

        return script.run(flow()).state

    def test_it_does_not_stand_there(self) -> None:
        script = Script().jobs(row("RUNNING"), row("CANCELLING"))
        assert self.wait(script) is JobState.RUNNING
        assert not script.pauses

    def test_it_does(self) -> None:
        script = Script().jobs(row("CANCELLING"), row("CANCELLING"), row("CANCELED"))
        assert self.wait(script) is JobState.CANCELED
        assert script.pauses == [3, 3]
        assert script.told == [f"job 'count' ({ID}) is CANCELLING; waiting for its end"]

    def test_it_is_gone_meanwhile(self) -> None:
        script = Script().jobs(row("CANCELLING"), GONE)
        with pytest.raises(JobForgotten, match=r"Last seen: job 'count' .* is CANCELLING\."):
            self.wait(script)
