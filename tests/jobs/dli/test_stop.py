"""A job is stopped once, and its savepoint is not lost."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.stop import begin_stop, follow_dli_stop
from airflow_provider_dli.jobs.end import end_job
from airflow_provider_dli.jobs.errors import BackendTrouble, JobEnded, JobForgotten, JobNotFound, StopFailed
from airflow_provider_dli.jobs.model import Stopped
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from tests.jobs.dli.script import DETAIL, JOB, LIST, NO_JOB, RUN, STOP, URL, Notes, Script, listed, refusal, seen, tries
from tests.jobs.script import html

RUNNING = seen("job_running")
#: Where DLI writes the savepoint of a stop.
OF_STOP = f"bucket/jobs/savepoint/{JOB}/2026-12-01_09-00-00"
BACKUP = "bucket/backup/f1/savepoint-1"
STARTED = 1_000_000
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
]


def stopping(
    script: Script, *, savepoint: bool = True, attempt: Attempt | None = None, recovery: float = 0.0
) -> Flow[Stopped]:
    choices: dict[str, Any] = {"job_id": JOB, "trigger_savepoint": savepoint, "poll_interval": 10}
    begun = yield from begin_stop(script.backend, attempt=attempt or tries("stop"), recovery=recovery, **choices)
    if isinstance(begun, Stopped):
        return begun
    return (yield from follow_dli_stop(script.backend, before=begun.before, attached=begun.attached, **choices))


def retry(ledger: Notes | None = None) -> Attempt:
    """A retry, with the ledger of the first try where Airflow has a store for it."""
    return tries("stop", ledger, is_retry=True)


def noted(before: str | None, started: int = STARTED) -> Notes:
    """The ledger of a first try that was about to stop a run."""
    ledger = Notes()
    ledger.record({"stop.requested": {"before": before, "started": started / 1000}})
    return ledger


def stop(script: Script, **choices: Any) -> Stopped:
    return script.run(stopping(script, **choices))


def with_path(path: str | None, status: str = "job_cancel_success", **members: Any) -> dict[str, Any]:
    return seen(status, savepoint_path=path, **members)


def test_plain() -> None:
    script = Script().jobs(RUNNING, RUNNING, seen("job_canceling"), seen("job_canceling"), seen("job_cancel_success"))
    assert stop(script, savepoint=False) == Stopped(JOB, "job_cancel_success", False, None)
    assert script.body(STOP) == {"job_ids": [int(JOB)], "trigger_savepoint": False}


def test_plain_with_a_savepoint_from_before() -> None:
    ended = with_path("bucket/old", has_savepoint=True)
    script = Script().jobs(with_path("bucket/old", "job_running"), with_path("bucket/old", "job_running"), ended)
    assert stop(script, savepoint=False) == Stopped(JOB, "job_cancel_success", False, None)


class TestWithSavepoint:
    def test_its_path_is_told(self) -> None:
        before, ended = with_path("bucket/old", "job_running"), with_path("bucket/new", has_savepoint=True)
        script = Script().jobs(before, before, seen("job_savepointing"), seen("job_canceling"), ended)
        assert stop(script) == Stopped(JOB, "job_cancel_success", True, "bucket/new")
        assert script.body(STOP) == {"job_ids": [int(JOB)], "trigger_savepoint": True}

    @pytest.mark.parametrize("old", [None, "bucket/old"])
    def test_only_that_there_is_one(self, old: str | None) -> None:
        """The path of an older savepoint is not passed off as that of this one."""
        before = with_path(old, "job_running")
        script = Script().jobs(before, before, with_path(old, has_savepoint=True))
        assert stop(script) == Stopped(JOB, "job_cancel_success", True, None)

    @pytest.mark.parametrize("has", [False, None])
    def test_there_is_none(self, has: bool | None) -> None:
        script = Script().jobs(RUNNING, RUNNING, seen("job_cancel_success", has_savepoint=has))
        with pytest.raises(StopFailed, match="is job_cancel_success, and DLI names no savepoint") as caught:
            stop(script)
        assert caught.value.hopeless

    def test_it_fails_meanwhile_and_the_path_is_kept(self) -> None:
        failed = with_path("bucket/new", "job_running_exception", status_desc="Out of disk")
        script = Script().jobs(RUNNING, RUNNING, seen("job_savepointing"), failed)
        with pytest.raises(StopFailed) as caught:
            stop(script)
        assert str(caught.value) == (
            "While it stopped: Job 'count' job_running_exception: Out of disk (the last good one is the savepoint at "
            f"bucket/new; {URL}) The savepoint bucket/new was made and is kept."
        )

    def test_an_old_path_is_not_kept_as_a_new_one(self) -> None:
        before = with_path("bucket/old", "job_running")
        script = Script().jobs(before, before, with_path("bucket/old", "job_cancel_fail"))
        with pytest.raises(StopFailed, match="job_cancel_fail") as caught:
            stop(script)
        assert caught.value.savepoint_path is None

    @pytest.mark.parametrize(("has", "path"), [(True, "bucket/new"), (False, "")])
    def test_an_empty_path_is_none(self, has: bool, path: str) -> None:
        before = with_path("", "job_running")
        script = Script().jobs(before, before, with_path(path, has_savepoint=has))
        if has:
            assert stop(script).savepoint_path == "bucket/new"
        else:
            assert stop(script, savepoint=False) == Stopped(JOB, "job_cancel_success", False, None)

    def test_a_job_that_finishes_first(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, seen("job_finish"))
        with pytest.raises(StopFailed, match="is job_finish, and DLI names no savepoint"):
            stop(script)


ENDED = ["job_init", "job_cancel_success", "job_finish", "job_running_exception"]


class TestNotRunning:
    @pytest.mark.parametrize("status", [*ENDED, "job_submit_fail", "job_arrearage_stopped"])
    def test_without_savepoint_there_is_nothing_to_do(self, status: str) -> None:
        script = Script().jobs(with_path("bucket/old", status, has_savepoint=True))
        assert stop(script, savepoint=False) == Stopped(JOB, status, False, None)
        assert not script.count(STOP)
        assert script.told == [f"Nothing to stop: job 'count' ({JOB}) is {status}."]

    @pytest.mark.parametrize("status", ENDED)
    def test_no_savepoint_can_be_made(self, status: str) -> None:
        script = Script().jobs(seen(status))
        with pytest.raises(JobEnded, match=f"is {status}: it does not run, so no savepoint can be made") as caught:
            stop(script)
        assert (script.count(STOP), caught.value.hopeless, caught.value.savepoint_path) == (0, True, None)

    def test_why_it_failed(self) -> None:
        script = Script().jobs(seen("job_running_exception", status_desc="Out of disk."))
        with pytest.raises(JobEnded, match=r"there is nothing to stop\. It failed: Out of disk\.$"):
            stop(script)

    def test_the_savepoint_of_an_earlier_stop_is_named(self) -> None:
        """As after a clear of the task that has stopped the job."""
        script = Script().jobs(with_path(OF_STOP, has_savepoint=True))
        with pytest.raises(JobEnded) as caught:
            stop(script)
        assert caught.value.savepoint_path == OF_STOP
        assert str(caught.value).endswith(
            f"An earlier stop has left a savepoint. The savepoint {OF_STOP} was made and is kept."
        )

    def test_a_backup_is_not_taken_for_the_savepoint_of_a_stop(self) -> None:
        script = Script().jobs(with_path(BACKUP, has_savepoint=True))
        with pytest.raises(JobEnded, match=f"Its newest savepoint is {BACKUP}, which is not of a stop") as caught:
            stop(script)
        assert caught.value.savepoint_path is None

    def test_no_such_job(self) -> None:
        with pytest.raises(JobNotFound, match=f"There is no job {JOB} on DLI"):
            stop(Script().jobs(NO_JOB).on(LIST, listed()))


class TestAttach:
    @pytest.mark.parametrize("is_retry", [True, False])
    def test_it_is_being_stopped(self, is_retry: bool) -> None:
        script = Script().jobs(seen("job_canceling"), seen("job_canceling"), with_path(OF_STOP))
        assert stop(script, attempt=tries("stop", is_retry=is_retry)).savepoint_path == OF_STOP
        assert not script.count(STOP)
        assert script.told[0] == f"Attached: job 'count' ({JOB}) is job_canceling; its stop was sent before."

    @pytest.mark.parametrize("is_retry", [True, False])
    def test_an_older_savepoint_is_not_that_of_a_stop_by_somebody_else(self, is_retry: bool) -> None:
        canceling, ended = with_path(BACKUP, "job_canceling"), with_path(BACKUP, has_savepoint=True)
        script = Script().jobs(canceling, canceling, ended)
        with pytest.raises(StopFailed, match=f"Its newest one is {BACKUP}, which may be older"):
            stop(script, attempt=tries("stop", is_retry=is_retry))
        script = Script().jobs(canceling, canceling, ended)
        assert stop(script, savepoint=False) == Stopped(JOB, "job_cancel_success", False, None)

    def test_an_earlier_try_has_stopped_it(self) -> None:
        script = Script().jobs(with_path(OF_STOP, has_savepoint=True))
        assert stop(script, attempt=retry()) == Stopped(JOB, "job_cancel_success", True, OF_STOP)
        assert not script.count(STOP)

    @pytest.mark.parametrize("status", ["job_canceling", "job_cancel_success"])
    def test_a_retry_without_a_savepoint_returns_no_path_of_another_stop(self, status: str) -> None:
        script = Script().jobs(with_path(OF_STOP, status), with_path(OF_STOP, has_savepoint=True))
        assert stop(script, savepoint=False, attempt=retry()) == Stopped(JOB, "job_cancel_success", False, None)

    def test_an_earlier_try_has_not_begun(self) -> None:
        # It is given some seconds to show, and is sent only then.
        script = Script().jobs(*[RUNNING] * 7, seen("job_canceling"), with_path("bucket/new"))
        assert stop(script, attempt=retry()).savepoint_path == "bucket/new"
        assert (script.count(STOP), script.pauses[:4]) == (1, [1, 2, 3, 5])

    def test_what_an_earlier_try_has_sent_shows_late(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, seen("job_savepointing"), seen("job_canceling"))
        script.jobs(RUNNING, RUNNING, seen("job_savepointing"), seen("job_canceling"), with_path(OF_STOP))
        assert stop(script, attempt=retry()).savepoint_path == OF_STOP
        assert not script.count(STOP)

    def test_a_savepoint_is_waited_for(self) -> None:
        """It may be that of an earlier stop, or somebody's backup."""
        script = Script().jobs(seen("job_savepointing"), RUNNING, RUNNING, with_path("bucket/new"))
        stop(script)
        assert script.asked[:4] == [DETAIL, DETAIL, DETAIL, STOP]
        script = Script().jobs(seen("job_savepointing"), seen("job_canceling"), with_path(OF_STOP))
        stop(script, attempt=retry())
        assert not script.count(STOP)


class TestLedger:
    """From Airflow 3.3 on a retry knows whether an earlier try was to stop the job, and in which run."""

    def test_the_intent_is_written_before_the_stop_is_sent(self) -> None:
        ledger = Notes()
        running = with_path("bucket/old", "job_running", start_time=STARTED)
        script = Script().jobs(running).on(STOP, refusal("DLI.0003"))
        with pytest.raises(StopFailed):
            stop(script, attempt=tries("stop", ledger))
        assert ledger.get("stop.requested") == {"before": "bucket/old", "started": STARTED / 1000}

    @pytest.mark.parametrize("status", ["job_canceling", "job_cancel_success"])
    def test_the_path_is_compared_with_the_one_before(self, status: str) -> None:
        script = Script().jobs(with_path("bucket/new", status), with_path("bucket/new"))
        assert stop(script, attempt=retry(noted("bucket/old"))).savepoint_path == "bucket/new"
        script = Script().jobs(with_path("bucket/old", status), with_path("bucket/old", has_savepoint=False))
        with pytest.raises(StopFailed, match="DLI names no savepoint that this stop has made"):
            stop(script, attempt=retry(noted("bucket/old")))

    def test_a_stop_that_was_never_sent_is_sent_at_once(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, seen("job_canceling"), with_path("bucket/new"))
        assert stop(script, attempt=retry(Notes())).savepoint_path == "bucket/new"
        assert (script.count(STOP), script.pauses) == (1, [])

    def test_a_job_that_somebody_else_has_stopped_is_not_its_own(self) -> None:
        script = Script().jobs(with_path(OF_STOP))
        with pytest.raises(JobEnded) as caught:
            stop(script, attempt=retry(Notes()))
        assert caught.value.savepoint_path == OF_STOP

    @pytest.mark.parametrize("status", ["job_running", "job_canceling", "job_finish"])
    def test_a_run_that_was_started_since_is_left_alone(self, status: str) -> None:
        script = Script().jobs(seen(status, start_time=STARTED + 1))
        with pytest.raises(StopFailed, match=r"was started again since .* The new run is left alone") as caught:
            stop(script, attempt=retry(noted(None)))
        assert (script.count(STOP), caught.value.hopeless) == (0, True)
        assert stop(script, savepoint=False, attempt=retry(noted(None))) == Stopped(JOB, status, False, None)
        assert script.count(STOP) == 0


RESTARTS = {"restart_when_exception": True}
RESTARTING = seen("job_running_exception", status_desc="Out of disk.", job_config=RESTARTS)


class TestRestartsByItself:
    """Of a job that DLI restarts, job_running_exception is no end."""

    def test_a_savepoint_waits_until_it_runs(self) -> None:
        script = Script().jobs(RESTARTING, RESTARTING, RUNNING, RUNNING, seen("job_canceling"), with_path("bucket/new"))
        assert stop(script, recovery=60).savepoint_path == "bucket/new"
        assert script.count(STOP) == 1

    def test_it_does_not_come_back(self) -> None:
        script = Script().jobs(RESTARTING)
        with pytest.raises(
            StopFailed, match=r"DLI has not restarted it within 60 s\. It failed: Out of disk"
        ) as caught:
            stop(script, recovery=60)
        assert (script.count(STOP), caught.value.hopeless, sum(script.pauses)) == (0, False, 60)

    def test_without_savepoint_it_is_stopped_at_once(self) -> None:
        script = Script().jobs(RESTARTING, RESTARTING, RUNNING, seen("job_canceling"), seen("job_cancel_success"))
        assert stop(script, savepoint=False, recovery=60).job_status == "job_cancel_success"
        assert script.asked[:3] == [DETAIL, DETAIL, STOP]

    def test_without_savepoint_and_it_has_failed_for_good(self) -> None:
        script = Script().jobs(RESTARTING).on(STOP, refusal("DLI.0007"))
        assert stop(script, savepoint=False) == Stopped(JOB, "job_running_exception", False, None)
        assert script.count(STOP) == 1


def test_a_stop_that_failed_is_tried_again() -> None:
    failed = seen("job_cancel_fail")
    script = Script().jobs(failed, failed, seen("job_canceling"), seen("job_cancel_success"))
    assert stop(script, savepoint=False).job_status == "job_cancel_success"
    assert script.count(STOP) == 1


def test_a_stop_that_fails() -> None:
    script = Script().jobs(RUNNING, RUNNING, seen("job_canceling"), seen("job_cancel_fail", status_desc="Stuck"))
    with pytest.raises(StopFailed, match="While it stopped: Job 'count' job_cancel_fail: Stuck"):
        stop(script, savepoint=False)


class TestTakenUp:
    def test_it_still_runs_for_a_while(self) -> None:
        script = Script().jobs(*[RUNNING] * 5, seen("job_canceling"), seen("job_cancel_success"))
        assert stop(script, savepoint=False).job_status == "job_cancel_success"
        assert script.count(STOP) == 1

    def test_it_goes_on_running(self) -> None:
        script = Script().jobs(RUNNING)
        with pytest.raises(StopFailed, match="is job_running: 60 s after the request, DLI has not begun") as caught:
            stop(script)
        assert (script.count(STOP), caught.value.hopeless) == (1, False)

    def test_that_it_has_come_to_run_is_no_stop(self) -> None:
        starting = seen("job_submitting")
        script = Script().jobs(starting, starting, RUNNING, RUNNING, seen("job_canceling"), seen("job_cancel_success"))
        assert stop(script, savepoint=False).job_status == "job_cancel_success"
        script = Script().jobs(starting, starting, RUNNING).on(STOP, refusal("DLI.0007"))
        with pytest.raises(StopFailed, match="Not so"):
            stop(script, savepoint=False)

    def test_it_is_gone(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, NO_JOB)
        with pytest.raises(JobForgotten, match=f"DLI no longer knows job {JOB}"):
            stop(script)

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_a_lost_answer_to_a_stop_that_was_begun(self, lost: Any) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, seen("job_canceling"), with_path("bucket/new")).on(STOP, lost)
        assert stop(script).savepoint_path == "bucket/new"
        assert script.count(STOP) == 1

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_a_lost_answer_to_one_that_was_not(self, lost: Any) -> None:
        script = Script().jobs(RUNNING).on(STOP, lost)
        with pytest.raises(StopFailed, match="DLI has not begun to stop it"):
            stop(script)
        assert script.count(STOP) == 1


@pytest.mark.parametrize("several", [True, False])
def test_refused(several: bool) -> None:
    script = Script().jobs(RUNNING).on(STOP, refusal("DLI.0007", "Not now.", several=several))
    with pytest.raises(StopFailed, match=r"DLI\.0007: Not now \(.*, request id r-1\)\. Check the status") as told:
        stop(script)
    assert (told.value.hopeless, told.value.job_id, script.count(STOP)) == (True, JOB, 1)


def test_refused_on_the_way() -> None:
    script = Script().jobs(RUNNING).on(STOP, refusal("APIGW.0101", "No such API", 404))
    with pytest.raises(BackendTrouble, match="No such API"):
        stop(script)


class TestRefusedAsItIsOver:
    """Between the look and the stop a job may end, or somebody else may stop it."""

    @pytest.mark.parametrize("status", ["job_finish", "job_cancel_success"])
    def test_without_savepoint(self, status: str) -> None:
        script = Script().jobs(RUNNING, RUNNING, seen(status)).on(STOP, refusal("DLI.0007"))
        assert stop(script, savepoint=False).job_status == status
        assert script.count(STOP) == 1

    def test_somebody_else_stops_it(self) -> None:
        # DLI refuses a second stop before it shows the first one.
        script = Script().jobs(*[RUNNING] * 5, seen("job_canceling"), with_path("bucket/new"))
        assert stop(script.on(STOP, refusal("DLI.0007"))).savepoint_path == "bucket/new"


class TestKill:
    def kill(self, script: Script, how: str) -> str:
        return script.run(end_job(script.backend, job_id=JOB, how=how, directory=None, operation_id="1" * 32)).sentence

    def test_stop_with_savepoint(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, with_path("bucket/new"))
        assert self.kill(script, "stop_with_savepoint") == f"Job {JOB} was stopped with savepoint bucket/new"
        assert script.changes == [STOP]

    def test_a_savepoint_without_a_path(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, RUNNING, seen("job_cancel_success", has_savepoint=True))
        assert self.kill(script, "stop_with_savepoint") == f"Job {JOB} was stopped with a savepoint"

    def test_cancel(self) -> None:
        script = Script().jobs(RUNNING)
        assert self.kill(script, "cancel") == f"Job {JOB} is being cancelled, as on_kill='cancel' says."
        assert script.body(STOP)["trigger_savepoint"] is False

    def test_cancel_a_job_that_dli_restarts(self) -> None:
        script = Script().jobs(RESTARTING)
        assert "is being cancelled" in self.kill(script, "cancel")
        assert script.changes == [STOP]

    def test_stop_a_job_that_dli_restarts(self) -> None:
        ended = with_path("bucket/new")
        script = Script().jobs(RESTARTING, RESTARTING, RESTARTING, RUNNING, RUNNING, seen("job_canceling"), ended)
        assert self.kill(script, "stop_with_savepoint") == f"Job {JOB} was stopped with savepoint bucket/new"
        assert script.changes == [STOP]

    @pytest.mark.parametrize("status", ["job_canceling", "job_cancel_success", "job_finish"])
    def test_cancel_what_is_over(self, status: str) -> None:
        script = Script().jobs(RUNNING, seen(status)).on(STOP, refusal("DLI.0007"))
        assert "is being cancelled" in self.kill(script, "cancel")

    def test_a_cancel_that_is_refused(self) -> None:
        script = Script().jobs(RUNNING).on(STOP, refusal("DLI.0003", "No right."))
        assert "DLI.0003: No right" in self.kill(script, "cancel")

    def test_detach(self) -> None:
        script = Script()
        assert self.kill(script, "detach") == f"Job {JOB} is left as it is, as on_kill='detach' says: {URL}"
        assert not script.sent

    def test_nothing_was_run(self) -> None:
        script = Script().jobs(NO_JOB)
        assert "There was nothing to end" in self.kill(script, "cancel")
        assert not script.count(RUN)
