"""A job is stopped once, and its savepoint is not lost."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.dli.stop import begin_stop, follow_dli_stop
from airflow_provider_dli.jobs.end import end_job
from airflow_provider_dli.jobs.errors import BackendTrouble, JobEnded, JobForgotten, JobNotFound, StopFailed
from airflow_provider_dli.jobs.model import Stopped
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from tests.jobs.dli.script import DETAIL, JOB, LIST, NO_JOB, RUN, STOP, URL, Script, listed, refusal, seen
from tests.jobs.script import html

RUNNING = seen("job_running")
LOST = [errors.NoAnswer, errors.ConnectionLost, html(502), refusal("DLI.0999")]


def stopping(script: Script, *, savepoint: bool = True, is_retry: bool = False) -> Flow[Stopped]:
    choices: dict[str, Any] = {"job_id": JOB, "trigger_savepoint": savepoint, "poll_interval": 10}
    before = yield from begin_stop(script.backend, is_retry=is_retry, **choices)
    return (yield from follow_dli_stop(script.backend, before=before, **choices))


def stop(script: Script, **choices: bool) -> Stopped:
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
    assert stop(script, savepoint=False) == Stopped(JOB, "job_cancel_success", True, "bucket/old")


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
        with pytest.raises(StopFailed, match="is job_cancel_success, and DLI tells of no savepoint") as caught:
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
        with pytest.raises(StopFailed, match="is job_finish, and DLI tells of no savepoint"):
            stop(script)


class TestNotRunning:
    @pytest.mark.parametrize("status", ["job_init", "job_cancel_success", "job_finish", "job_running_exception"])
    def test_without_savepoint_there_is_nothing_to_do(self, status: str) -> None:
        script = Script().jobs(seen(status))
        if status == "job_running_exception":
            with pytest.raises(StopFailed):
                stop(script, savepoint=False)
        else:
            assert stop(script, savepoint=False).job_status == status
        assert not script.count(STOP)
        assert script.told == [f"Nothing to stop: job 'count' ({JOB}) is {status}."]

    @pytest.mark.parametrize("status", ["job_init", "job_cancel_success", "job_finish", "job_running_exception"])
    def test_no_savepoint_can_be_made(self, status: str) -> None:
        script = Script().jobs(seen(status))
        with pytest.raises(JobEnded, match=f"is {status}: it does not run, so no savepoint can be made"):
            stop(script)
        assert not script.count(STOP)

    def test_no_such_job(self) -> None:
        with pytest.raises(JobNotFound, match=f"There is no job {JOB} on DLI"):
            stop(Script().jobs(NO_JOB).on(LIST, listed()))


class TestAttach:
    @pytest.mark.parametrize("is_retry", [True, False])
    def test_it_is_being_stopped(self, is_retry: bool) -> None:
        script = Script().jobs(seen("job_canceling"), seen("job_canceling"), with_path("bucket/new"))
        assert stop(script, is_retry=is_retry).savepoint_path == "bucket/new"
        assert not script.count(STOP)
        assert script.told[0] == f"Attached: job 'count' ({JOB}) is job_canceling; an earlier stop has begun."

    def test_an_earlier_try_has_stopped_it(self) -> None:
        script = Script().jobs(with_path("bucket/new", has_savepoint=True))
        assert stop(script, is_retry=True) == Stopped(JOB, "job_cancel_success", True, "bucket/new")
        assert not script.count(STOP)

    def test_an_earlier_try_has_not_begun(self) -> None:
        script = Script().jobs(RUNNING, RUNNING, seen("job_canceling"), with_path("bucket/new"))
        assert stop(script, is_retry=True).savepoint_path == "bucket/new"
        assert script.count(STOP) == 1

    def test_a_savepoint_is_waited_for(self) -> None:
        """It may be that of an earlier stop, or somebody's backup."""
        script = Script().jobs(seen("job_savepointing"), RUNNING, RUNNING, with_path("bucket/new"))
        stop(script)
        assert script.asked[:4] == [DETAIL, DETAIL, DETAIL, STOP]
        script = Script().jobs(seen("job_savepointing"), seen("job_canceling"), with_path("bucket/new"))
        stop(script, is_retry=True)
        assert not script.count(STOP)


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
        with pytest.raises(StopFailed, match="is job_running: 60 s after it was asked to, DLI has not begun") as caught:
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
    with pytest.raises(
        StopFailed, match=r"DLI\.0007: Not now \(.*, request id r-1\)\. Look at the job's status"
    ) as told:
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
        script = Script().jobs(RUNNING, RUNNING, seen("job_canceling"), with_path("bucket/new"))
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

    @pytest.mark.parametrize("status", ["job_canceling", "job_cancel_success", "job_finish"])
    def test_cancel_what_is_over(self, status: str) -> None:
        script = Script().jobs(RUNNING, seen(status)).on(STOP, refusal("DLI.0007"))
        assert "is being cancelled" in self.kill(script, "cancel")

    def test_a_cancel_that_is_refused(self) -> None:
        script = Script().jobs(RUNNING).on(STOP, refusal("DLI.0003", "No right."))
        assert "DLI.0003: No right" in self.kill(script, "cancel")

    def test_detach(self) -> None:
        script = Script()
        assert self.kill(script, "detach") == f"Job {JOB} goes on running, as on_kill='detach' says: {URL}"
        assert not script.sent

    def test_nothing_was_run(self) -> None:
        script = Script().jobs(NO_JOB)
        assert "There was nothing to end" in self.kill(script, "cancel")
        assert not script.count(RUN)
