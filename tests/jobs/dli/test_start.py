"""One task instance, one run."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.start import outlast_kill, run_or_attach
from airflow_provider_dli.jobs.dli.states import flink_state
from airflow_provider_dli.jobs.errors import (
    BackendTrouble,
    JobFailed,
    JobForgotten,
    JobNotFound,
    JobRejected,
    SubmissionUnclear,
)
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest import errors
from tests.jobs.dli.script import (
    DETAIL,
    IMPORT,
    JOB,
    LIST,
    NO_JOB,
    NO_QUEUE,
    OTHER,
    PROJECT,
    RUN,
    Notes,
    Script,
    detail,
    listed,
    refusal,
    seen,
    tries,
)
from tests.jobs.script import html

DRAFT, SUBMITTING, RUNNING = map(seen, ("job_init", "job_submitting", "job_running"))
RESTARTING = seen("job_running_exception", job_config={"restart_when_exception": True})
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
    refusal("DLI.10001"),
]


def start(script: Script, attempt: Attempt | None = None, **choices: Any) -> Job:
    return script.run(run_or_attach(script.backend, job_id=JOB, attempt=attempt or tries("run"), **choices))


def outlast(script: Script, old: str = "job_running") -> None:
    script.run(outlast_kill(script.backend, Job(JOB, "count", flink_state(old), old)))


def run(old: str, started: int | None = None, **members: Any) -> dict[str, Any]:
    return seen(old, start_time=started, **members)


def test_it_runs() -> None:
    script = Script().jobs(DRAFT, SUBMITTING)
    assert start(script).status == "job_submitting"
    assert script.body(RUN) == {"job_ids": [int(JOB)], "resume_savepoint": False}
    assert script.sent == [
        f"GET /v1.0/{PROJECT}/streaming/jobs/{JOB}",
        f"POST /v1.0/{PROJECT}/streaming/jobs/run",
        f"GET /v1.0/{PROJECT}/streaming/jobs/{JOB}",
    ]
    assert not script.pauses


def test_what_dli_tells_late_is_waited_for() -> None:
    script = Script().jobs(DRAFT, DRAFT, DRAFT, RUNNING)
    assert start(script).status == "job_running"
    assert script.count(RUN) == 1
    assert script.pauses


@pytest.mark.parametrize("old", ["job_finish", "job_cancel_success", "job_running_exception", "job_submit_fail"])
def test_an_old_end_is_not_taken_for_the_new_one(old: str) -> None:
    script = Script().jobs(run(old, 1000), run(old, 1000), run(old, 1000), run("job_submitting", 1000))
    assert start(script).status == "job_submitting"
    assert script.count(RUN) == 1


def test_a_quick_end_is_known_by_its_start() -> None:
    script = Script().jobs(run("job_finish", 1000), run("job_finish", 1000), run("job_finish", 2000))
    job = start(script)
    assert (job.status, job.started) == ("job_finish", 2)


def test_what_failed_may_fail_in_the_same_way_again() -> None:
    script = Script().jobs(run("job_submit_fail", status_desc="No room"))
    with pytest.raises(JobFailed, match="Job 'count' job_submit_fail: No room"):
        start(script)
    assert script.count(RUN) == 1


@pytest.mark.parametrize("old", ["job_init", "job_cancel_success", "job_finish"])
def test_an_accepted_run_that_does_nothing(old: str) -> None:
    """That it was stopped before says nothing about this run."""
    script = Script().jobs(run(old, 1000))
    with pytest.raises(SubmissionUnclear, match=f"'count' .* is {old}, and still is, .* DLI had accepted that") as told:
        start(script)
    assert (script.count(RUN), told.value.hopeless, told.value.job_id) == (1, False, JOB)


class TestLostAnswer:
    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_it_was_run(self, lost: Any) -> None:
        script = Script().jobs(DRAFT, DRAFT, SUBMITTING).on(RUN, lost)
        assert start(script).status == "job_submitting"
        assert script.count(RUN) == 1

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_it_was_not(self, lost: Any) -> None:
        script = Script().jobs(DRAFT).on(RUN, lost)
        with pytest.raises(SubmissionUnclear, match="The next try looks at it before it runs it again"):
            start(script)
        assert script.count(RUN) == 1

    def test_a_job_that_failed_before_has_not_failed_by_it(self) -> None:
        script = Script().jobs(run("job_submit_fail", status_desc="No room")).on(RUN, errors.NoAnswer)
        with pytest.raises(SubmissionUnclear):
            start(script)

    def test_it_is_gone_meanwhile(self) -> None:
        script = Script().jobs(DRAFT, NO_JOB).on(RUN, errors.NoAnswer)
        with pytest.raises(JobForgotten, match=r"Last seen: job 'count' .* is job_init\. It was deleted"):
            start(script)


class TestRefused:
    def test_the_sentence(self) -> None:
        script = Script().jobs(DRAFT).on(RUN, NO_QUEUE)
        with pytest.raises(JobRejected) as caught:
            start(script)
        assert str(caught.value) == (
            "The server answered 400: DLI.13024: No job-running queue selected "
            f"(POST http://flink:8081/v1.0/{PROJECT}/streaming/jobs/run, request id r-1). "
            "Give the job a queue: queue_name."
        )
        assert (caught.value.hopeless, caught.value.job_id) == (True, JOB)
        assert (script.count(RUN), script.pauses) == (1, [])

    def test_a_success_that_denies_itself(self) -> None:
        script = Script().jobs(DRAFT).on(RUN, [{"is_success": "false", "message": "No."}])
        with pytest.raises(BackendTrouble, match="The server answered 200: No"):
            start(script)

    def test_by_what_is_not_dli(self) -> None:
        script = Script().jobs(DRAFT).on(RUN, refusal("APIGW.0301", "Wrong signature", 401))
        with pytest.raises(BackendTrouble, match="Wrong signature") as caught:
            start(script)
        assert not caught.value.hopeless

    def test_what_may_pass_is_not_hopeless(self) -> None:
        script = Script().jobs(DRAFT).on(RUN, refusal("DLI.0009"))
        with pytest.raises(JobRejected) as caught:
            start(script)
        assert not caught.value.hopeless

    @pytest.mark.parametrize("late", [0, 1, 4])
    def test_another_has_run_it_meanwhile(self, late: int) -> None:
        looks = [DRAFT] * (late + 1)
        script = Script().jobs(*looks, SUBMITTING).on(RUN, refusal("DLI.0007", "It runs.", several=True))
        assert start(script).status == "job_submitting"
        assert script.count(RUN) == 1

    def test_another_has_run_it_meanwhile_and_restores_nothing(self) -> None:
        script = Script().jobs(DRAFT, SUBMITTING).on(RUN, refusal("DLI.0007", "It runs.", several=True))
        with pytest.raises(JobRejected, match="is job_submitting: nothing was restored"):
            start(script, resume_savepoint=True)
        assert script.count(RUN) == 1


class TestAttach:
    @pytest.mark.parametrize("status", ["job_submitting", "job_running", "job_savepointing", "job_downloading", "new"])
    @pytest.mark.parametrize("is_retry", [True, False])
    def test_it_runs_already(self, status: str, is_retry: bool) -> None:
        script = Script().jobs(seen(status))
        assert start(script, tries("run", is_retry=is_retry)).status == status
        assert not script.changes
        unknown = ", a status that this version of the provider does not know" if status == "new" else ""
        assert script.told == [f"Attached: job 'count' ({JOB}) is {status}{unknown}; it was started before."]

    def test_a_retry_tries_again_what_ended_badly(self) -> None:
        script = Script().jobs(run("job_running_exception", 2000), RUNNING)
        start(script, tries("run", is_retry=True), run_age=1e9)
        assert script.count(RUN) == 1

    def test_a_job_whose_stop_has_failed_is_left_alone(self) -> None:
        """It may run, whatever its status says."""
        script = Script().jobs(seen("job_cancel_fail"))
        with pytest.raises(JobRejected, match=r"its stop has failed and it may still run\. Stop it again") as caught:
            start(script)
        assert (script.changes, caught.value.hopeless) == ([], True)

    def test_a_job_that_dli_restarts_is_attached_to(self) -> None:
        script = Script().jobs(RESTARTING, RESTARTING, RUNNING)
        assert start(script, recovery=60).status == "job_running"
        assert not script.changes

    def test_a_job_that_dli_does_not_restart_is_run_again(self) -> None:
        script = Script().jobs(*[RESTARTING] * 31, RUNNING)
        assert start(script, recovery=60).status == "job_running"
        assert (script.changes, sum(script.pauses)) == ([RUN], 60)

    def test_a_job_that_is_just_ending(self) -> None:
        script = Script().jobs(seen("job_canceling"), seen("job_canceling"), seen("job_cancel_success"), RUNNING)
        assert start(script).status == "job_running"
        assert script.asked == [DETAIL] * 3 + [RUN, DETAIL]


def age(seconds: float) -> Script:
    """A job that has finished, and was started so many seconds ago, by DLI's own clock."""
    script = Script()
    script.ahead = 0.0
    return script.jobs(run("job_finish", int((script.now - seconds) * 1000)), RUNNING)


class TestAge:
    """Without a ledger, a retry takes a run as its own that is younger than the DAG run, each by its own clock."""

    def retry(self, script: Script, **choices: Any) -> str:
        return start(script, tries("run", is_retry=True), **choices).status

    @pytest.mark.parametrize("ahead", [-600, -60, -10, 0, 10, 60, 600], ids="DLI is {} s ahead".format)
    @pytest.mark.parametrize("is_own", [True, False])
    def test_clocks_may_differ(self, ahead: float, is_own: bool) -> None:
        script = Script()
        script.ahead = ahead
        started = script.now + ahead - (50 if is_own else 70)
        script.jobs(run("job_finish", int(started * 1000)), RUNNING)
        assert self.retry(script, run_age=60.0) == ("job_finish" if is_own else "job_running")
        assert script.count(RUN) == (0 if is_own else 1)

    def test_the_clock_of_dli_has_whole_seconds(self) -> None:
        assert self.retry(age(60.9), run_age=60.0) == "job_finish"

    def test_where_no_age_is_known_it_is_not_run_twice(self) -> None:
        assert self.retry(Script().jobs(run("job_finish", 2000)), run_age=60.0) == "job_finish"
        assert self.retry(age(1e6), run_age=None) == "job_finish"

    def test_a_run_that_has_no_start_is_no_run_of_this_task(self) -> None:
        assert self.retry(Script().jobs(run("job_finish"), RUNNING), run_age=60.0) == "job_running"

    def test_a_first_try_runs_it_again(self) -> None:
        assert start(age(1), run_age=60.0).status == "job_running"


class TestLedger:
    """From Airflow 3.3 on a retry knows the run before its own: no clock is needed."""

    def retry(self, script: Script, before: dict[str, Any] | None, **choices: Any) -> Job:
        ledger = Notes()
        if before:
            ledger.record({"run.before": before})
        return start(script, tries("run", ledger, is_retry=True), run_age=1e9, **choices)

    def test_the_run_before_is_written_before_the_job_is_run(self) -> None:
        ledger = Notes()
        with pytest.raises(JobRejected):
            start(Script().jobs(run("job_finish", 1000)).on(RUN, NO_QUEUE), tries("run", ledger))
        assert ledger.get("run.before") == {"status": "job_finish", "started": 1.0}

    @pytest.mark.parametrize(
        "before",
        [
            {"status": "job_finish", "started": 1.0},
            {"status": "job_init", "started": None},
            {"status": "job_running_exception", "started": 2.0},
        ],
        ids=["another start", "never run before", "another status"],
    )
    def test_its_own_run(self, before: dict[str, Any]) -> None:
        script = Script().jobs(run("job_finish", 2000))
        assert self.retry(script, before).status == "job_finish"
        assert not script.changes

    @pytest.mark.parametrize("before", [None, {"status": "job_finish", "started": 2.0}], ids=["none", "the same"])
    def test_a_run_that_was_never_sent_or_never_began(self, before: dict[str, Any] | None) -> None:
        script = Script().jobs(run("job_finish", 2000), RUNNING)
        assert self.retry(script, before).status == "job_running"
        assert script.count(RUN) == 1

    @pytest.mark.parametrize("restoring", [{"restore_from": "bucket/s"}, {"resume_savepoint": True}], ids=str)
    def test_its_own_run_restores(self, restoring: dict[str, Any]) -> None:
        script = Script().jobs(run("job_submitting"))
        assert self.retry(script, {"status": "job_init", "started": None}, **restoring).status == "job_submitting"
        assert not script.changes
        with pytest.raises(JobRejected, match="nothing was restored"):
            self.retry(script, None, **restoring)


class TestKillOfAnEarlierTry:
    """Airflow may tell a trigger to end the job when the next try looks at it already."""

    @pytest.mark.parametrize(
        "ending",
        [["job_canceling"], ["job_savepointing", "job_canceling"], ["job_savepointing", "job_savepointing"], []],
        ids=["it is cancelled", "it is stopped with a savepoint", "the savepoint takes long", "it ends at once"],
    )
    def test_it_shows_late(self, ending: list[str]) -> None:
        script = Script().jobs(RUNNING, RUNNING, *map(seen, ending), seen("job_cancel_success"))
        outlast(script)
        assert script.asked == [DETAIL] * (len(ending) + 3)
        assert not script.changes

    def test_there_is_none(self) -> None:
        script = Script().jobs(RUNNING)
        outlast(script)
        assert sum(script.pauses) == 10

    @pytest.mark.parametrize("old", ["job_init", "job_cancel_success", "job_finish", "job_running_exception"])
    def test_a_job_that_does_not_run_has_outlasted_it(self, old: str) -> None:
        script = Script()
        outlast(script, old)
        assert (script.asked, script.pauses) == ([], [])

    def test_what_is_waited_for_is_told(self) -> None:
        script = Script().jobs(RUNNING, seen("job_canceling"), seen("job_cancel_success"))
        outlast(script)
        assert script.told == [
            f"job 'count' ({JOB}) is job_running; an earlier try may have been killed, which would end it now",
            f"job 'count' ({JOB}) is job_canceling; waiting for its end before it is run again",
        ]


class TestRestore:
    def test_it_is_imported_before(self) -> None:
        script = Script().jobs(DRAFT, DRAFT, DRAFT, RUNNING)
        start(script, restore_from="obs://bucket/s/1")
        assert script.changes == [IMPORT, RUN]
        assert script.body(IMPORT) == {"job_id": int(JOB), "savepoint_path": "obs://bucket/s/1"}
        assert script.body(RUN)["resume_savepoint"] is True

    def test_what_cannot_be_imported_is_not_run(self) -> None:
        script = Script().jobs(DRAFT).on(IMPORT, refusal("DLI.0011", "No right to read it."))
        with pytest.raises(JobRejected, match=r"No right to read it \(.*\)\. Let DLI's agency"):
            start(script, restore_from="bucket/s")
        assert script.changes == [IMPORT]

    @pytest.mark.parametrize("status", ["job_running", "job_submitting", "job_savepointing", "job_cancel_fail"])
    @pytest.mark.parametrize("restoring", [{"restore_from": "bucket/s"}, {"resume_savepoint": True}], ids=str)
    def test_a_job_that_runs_restores_nothing(self, status: str, restoring: dict[str, Any]) -> None:
        script = Script().jobs(seen(status))
        told = r"nothing was restored, because it runs already\. Stop it first .* or leave out restore_from"
        with pytest.raises(JobRejected, match=told) as caught:
            start(script, **restoring)
        assert (script.changes, caught.value.hopeless) == ([], True)

    @pytest.mark.parametrize(("seconds", "is_own"), [(50, True), (70, False)])
    def test_a_retry_waits_for_the_start_that_shows_whose_run_it_is(self, seconds: float, is_own: bool) -> None:
        script = age(seconds)
        running = run("job_running", int((script.now - seconds) * 1000))
        script.jobs(run("job_submitting", 1000), run("job_submitting", 1000), running)
        retry = tries("run", is_retry=True)
        if is_own:
            assert start(script, retry, restore_from="bucket/s", run_age=60.0).status == "job_running"
        else:
            with pytest.raises(JobRejected, match="nothing was restored"):
                start(script, retry, restore_from="bucket/s", run_age=60.0)
        assert (script.changes, script.pauses) == ([], [1, 1])

    def test_the_newest_savepoint(self) -> None:
        script = Script().jobs(DRAFT, RUNNING)
        start(script, resume_savepoint=True)
        assert script.body(RUN)["resume_savepoint"] is True


def test_there_is_no_such_job() -> None:
    script = Script().jobs(NO_JOB).on(LIST, listed(seen("job_running", OTHER, name="sum")))
    with pytest.raises(JobNotFound, match=rf"There is no job {JOB} on DLI\. Not ended are: 'sum' \({OTHER}\)"):
        start(script)
    assert not script.changes


def test_a_hiccup_while_looking_is_no_verdict() -> None:
    script = Script().on(DETAIL, detail(DRAFT), errors.NoAnswer)
    with pytest.raises(errors.NoAnswer):
        start(script)
    assert script.count(RUN) == 1
