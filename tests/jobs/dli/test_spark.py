"""Spark batches: started once, known by their marks."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.spark import SparkBackend, start_batch
from airflow_provider_dli.jobs.errors import (
    ConditionNotReachable,
    JobFailed,
    JobForgotten,
    JobRejected,
    SubmissionUnclear,
)
from airflow_provider_dli.jobs.model import JobState
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.request import Request
from tests.jobs.dli.script import BATCH, BATCH_LOG, BATCHES, CANCEL_BATCH, CREATE_BATCH, Script, refusal, tries
from tests.jobs.script import html

ID = "6e08a9b3-0b5a-4b5b-8a5f-000000000001"
MARKS = list(tries("spark").ids[:6])
MARK = MARKS[0]
NAME = f"pi-{MARK[:16]}"
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
]
NO_BATCH = refusal("DLI.0002", "The batch does not exist.")
ARGUMENTS = {"file": "obs://bucket/a.jar", "class_name": "org.example.Pi", "queue": "q"}


def batch(state: str, batch_id: str = ID, name: str = NAME, **members: Any) -> dict[str, Any]:
    return {"id": batch_id, "state": state, "name": name, "appId": "", "log": [], **members}


def page(*batches: dict[str, Any]) -> dict[str, Any]:
    return {"from": 0, "total": len(batches), "sessions": list(batches)}


def start(script: Script, name: str = "pi", attempt: Attempt | None = None, **changed: Any) -> str:
    attempt = attempt or tries("spark")
    return script.run(start_batch(script.spark, name=name, attempt=attempt, batch=ARGUMENTS | changed))


def script(*listed: dict[str, Any], created: Any = None) -> Script:
    """Nothing, or what is given, is there before; a creation is answered as given, or goes well."""
    return Script().on(BATCHES, page(*listed)).on(CREATE_BATCH, created or batch("starting"))


def test_it_is_started_under_a_name_with_a_mark() -> None:
    written = script()
    assert start(written) == ID
    assert written.body(CREATE_BATCH) == {
        "file": "obs://bucket/a.jar",
        "className": "org.example.Pi",
        "queue": "q",
        "name": NAME,
    }
    assert written.queries[0]["job_name"] == NAME
    assert written.changes == [CREATE_BATCH]


def test_a_long_name_keeps_its_mark() -> None:
    written = script()
    start(written, "p" * 200)
    name = written.body(CREATE_BATCH)["name"]
    assert (len(name), name[-17:]) == (128, f"-{MARK[:16]}")


@pytest.mark.parametrize("state", ["starting", "running", "recovering", "success", "Success", "dreaming"])
def test_what_an_earlier_try_started_is_found(state: str) -> None:
    written = script(batch("dead", "other", name="pi-x"), batch(state))
    assert start(written) == ID
    assert not written.changes


def test_what_is_dead_has_used_up_its_mark() -> None:
    written = script(batch("dead"))
    start(written)
    assert written.body(CREATE_BATCH)["name"] == f"pi-{MARKS[1][:16]}"
    assert written.told[0] == f"An earlier try's job '{NAME}' ({ID}) is dead; starting a new one."
    assert written.told[1].startswith("Submitted: job ")


def test_of_several_the_newest_counts() -> None:
    old, new = batch("dead", create_time=1000), batch("running", "new", create_time=2000)
    assert start(script(new, old)) == "new"


class TestLostAnswer:
    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_it_was_started(self, lost: Any) -> None:
        written = script(created=lost).on(BATCHES, page(), page(), page(batch("starting")))
        assert start(written) == ID
        assert written.changes == [CREATE_BATCH]

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_it_was_not(self, lost: Any) -> None:
        written = script(created=lost)
        with pytest.raises(SubmissionUnclear, match="nothing is there 18 s later"):
            start(written)
        assert written.changes == [CREATE_BATCH]

    def test_it_was_and_is_dead(self) -> None:
        """It is this try's: that it is dead is for the wait to tell."""
        written = script(created=errors.NoAnswer).on(BATCHES, page(), page(batch("dead")))
        assert start(written) == ID
        assert written.changes == [CREATE_BATCH]


def test_refused() -> None:
    written = script(created=refusal("DLI.0002", "No such queue."))
    with pytest.raises(JobRejected, match=r"No such queue \(.*\)\. Check the names of the queue") as caught:
        start(written)
    assert (written.changes, caught.value.hopeless) == ([CREATE_BATCH], True)


def test_a_setting_that_there_is_not() -> None:
    written = script()
    with pytest.raises(ValueError, match=r"settings has 'driver_memry', .*did you mean driver_memory"):
        start(written, driver_memry="1G")
    assert not written.sent


def test_all_pages_are_read() -> None:
    batches = [batch("success", str(number), name=f"{NAME}-{number}") for number in range(150)] + [batch("running")]

    def some(request: Request[Any]) -> Any:
        query = dict(request.query)
        return page(*batches[int(query["from"]) :][: int(query["size"])])

    written = Script().on(BATCHES, some)
    assert start(written) == ID
    # Once for each mark: there is none under the second one.
    assert [query["from"] for query in written.queries] == ["0", "100"] * 2
    assert len(written.run(written.spark.all_jobs())) == 151


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("starting", JobState.STARTING),
        ("running", JobState.RUNNING),
        ("recovering", JobState.RESTARTING),
        ("success", JobState.FINISHED),
        ("Success", JobState.FINISHED),
        ("dead", JobState.FAILED),
        ("dreaming", JobState.UNKNOWN),
        (None, JobState.UNKNOWN),
    ],
)
def test_states(told: str | None, state: JobState) -> None:
    written = Script().on(BATCH, batch(told, create_time=1500))  # type: ignore[arg-type]
    job = written.run(written.spark.find(ID))
    assert job
    assert (job.state, job.status, job.started) == (state, (told or "").lower(), 1.5)


def wait(written: Script, until: str = "finished") -> str:
    return written.run(wait_for_job(written.spark, job_id=ID, until=until, poll_interval=10, known=True)).status


def test_a_wait() -> None:
    states = map(batch, ("starting", "running", "recovering", "running", "Success"))
    written = Script().on(BATCH, *states)
    assert wait(written) == "success"
    assert written.pauses == [10] * 4


def test_a_wait_until_it_runs() -> None:
    written = Script().on(BATCH, batch("starting"), batch("running"))
    assert wait(written, "running") == "running"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ({"log": ["stdout:", "Exception: Out of disk \n", "", " "]}, "dead: Exception: Out of disk"),
        ({"log": []}, "dead: DLI has no log of it; it may have been cancelled"),
        ({"log": None}, "dead: DLI has no log of it; it may have been cancelled"),
        (refusal("APIGW.0101", "No such API", 404), "dead; its reason could not be had: .*No such API"),
    ],
    ids=str,
)
def test_why_it_failed(log: Any, words: str) -> None:
    with pytest.raises(JobFailed, match=words):
        wait(Script().on(BATCH, batch("dead")).on(BATCH_LOG, log))


def test_it_is_gone() -> None:
    with pytest.raises(JobForgotten, match=f"DLI no longer knows job {ID}.*for a limited time"):
        wait(Script().on(BATCH, NO_BATCH))


class TestCancel:
    def cancel(self, written: Script) -> None:
        written.run(written.spark.cancel(ID))
        assert written.count(CANCEL_BATCH) == 1

    def test_it_is_cancelled(self) -> None:
        self.cancel(Script().on(CANCEL_BATCH, {"msg": "deleted"}))

    @pytest.mark.parametrize("now", [batch("success"), batch("dead"), NO_BATCH])
    def test_what_has_ended_needs_none(self, now: Any) -> None:
        self.cancel(Script().on(CANCEL_BATCH, refusal("DLI.0007")).on(BATCH, now))

    def test_refused(self) -> None:
        with pytest.raises(errors.BadRequest):
            self.cancel(Script().on(CANCEL_BATCH, refusal("DLI.0007")).on(BATCH, batch("running")))


def refusals(backend: SparkBackend) -> list[Any]:
    return [
        backend.stop(ID, directory=None, operation_id="1"),
        backend.checkpoints(ID),
        backend.makes_checkpoints(ID),
        backend.metric(ID, None),  # type: ignore[arg-type]
        backend.metric_names(ID, None),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("number", range(5))
def test_what_a_batch_has_not(number: int) -> None:
    written = Script()
    with pytest.raises(ConditionNotReachable, match=r"DLI's Spark batches have no (savepoints|checkpoints|metrics)"):
        written.run(refusals(written.spark)[number])


def test_marks_are_used_in_their_order() -> None:
    """Three dead ones, and the fourth is started."""
    written = Script().on(CREATE_BATCH, batch("starting", "new"))
    dead = count()
    written.on(
        BATCHES,
        lambda request: page(batch("dead", name=dict(request.query)["job_name"])) if next(dead) < 3 else page(),
    )
    assert start(written) == "new"
    assert written.body(CREATE_BATCH)["name"] == f"pi-{MARKS[3][:16]}"
