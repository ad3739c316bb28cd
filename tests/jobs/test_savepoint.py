"""Savepoints and stops: one request, one operation, and a path that is never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobEnded, JobError, JobFailed, JobNotFound, SavepointFailed, StopFailed
from airflow_provider_dli.jobs.model import Begun, Savepoint
from airflow_provider_dli.jobs.savepoint import begin, follow_savepoint, follow_stop
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    EXCEPTIONS,
    GONE,
    ID,
    IDENTITY,
    IN_PROGRESS,
    NO_JOB,
    OPERATION,
    OVERVIEW,
    SAVEPOINT,
    SECOND_OPERATION,
    START,
    STATUS,
    STOP,
    UNKNOWN_OPERATION,
    Script,
    broken,
    checkpoint,
    exception,
    exceptions,
    history,
    made,
    refusal,
    row,
    savepoint,
)

BEGUN = {"request-id": OPERATION}
PATH = "file:/savepoints/5"
FIRST = Begun(OPERATION, after_checkpoint=4)


def beginning(script: Script, since: float | None = None, stops: bool = False, is_first: bool = False) -> Flow[Begun]:
    def trigger(operation_id: str) -> Flow[str]:
        choices: dict[str, Any] = {"directory": None, "savepoint_format": None, "trigger_id": operation_id}
        if stops:
            return script.backend.trigger_stop(ID, drain=False, **choices)
        return script.backend.trigger_savepoint(ID, **choices)

    age = 0.0 if is_first else None
    attempt = Attempt(IDENTITY, "stop", oldest_age=age, is_first=is_first, is_retry=since is not None)
    return begin(script.backend, job_id=ID, attempt=attempt, trigger=trigger, poll_interval=10, stops=stops)


def triggered_ids(script: Script) -> list[str]:
    return [body["triggerId"] for body in script.bodies if body]


def running() -> Script:
    """A running job with a checkpoint, and no operation."""
    seen = history(checkpoint(4), checkpoint(3))
    return Script().jobs(row("RUNNING")).on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, seen)


class TestBegin:
    @pytest.mark.parametrize(("stops", "operation"), [(False, SAVEPOINT), (True, STOP)])
    def test_a_new_operation(self, stops: bool, operation: str) -> None:
        script = running().on(operation, BEGUN)
        assert script.run(beginning(script, stops=stops)) == Begun(OPERATION, after_checkpoint=4)
        assert triggered_ids(script) == [OPERATION]

    def test_waits_until_all_tasks_run(self) -> None:
        """Flink would accept it earlier, and fail it then."""
        script = running().jobs(row("RESTARTING"), row("RUNNING", running=1, initializing=1), row("RUNNING"))
        assert script.run(beginning(script.on(SAVEPOINT, BEGUN)))
        assert script.pauses == [10, 10]

    @pytest.mark.parametrize(
        ("operation", "seen", "after"),
        [
            (IN_PROGRESS, [savepoint(5, "IN_PROGRESS"), checkpoint(4)], 4),
            (IN_PROGRESS, [checkpoint(6), savepoint(5, "IN_PROGRESS"), savepoint(3)], 4),
            (IN_PROGRESS, [savepoint(6, "IN_PROGRESS"), savepoint(5, "IN_PROGRESS")], 4),
            (IN_PROGRESS, [checkpoint(4), savepoint(3), savepoint(2)], 3),
            (made(PATH), [savepoint(6), savepoint(5), savepoint(2)], 4),
            (made(PATH), [], 0),
        ],
        ids=["in progress", "checkpoints after it", "two at once", "not listed yet", "done", "done, not listed"],
    )
    def test_attaches_to_the_operation_of_an_earlier_try(self, operation: Any, seen: list[Any], after: int) -> None:
        script = running().on(STATUS, operation).on(CHECKPOINTS, history(*seen))
        assert script.run(beginning(script)) == Begun(OPERATION, after)
        assert not triggered_ids(script)

    def test_what_a_deleted_run_of_the_same_id_has_begun_is_not_this_tasks(self) -> None:
        script = running().on(STATUS, made(PATH), UNKNOWN_OPERATION).on(SAVEPOINT, BEGUN)
        script.run(beginning(script, is_first=True))
        assert triggered_ids(script) == [SECOND_OPERATION]
        assert "of a deleted DAG run of the same id" in script.told[0]

    def test_a_stop_is_never_sent_beside_another_one(self) -> None:
        script = running().on(STATUS, IN_PROGRESS)
        script.run(beginning(script, stops=True, is_first=True))
        assert not triggered_ids(script)

    def test_an_operation_that_failed_uses_up_its_id(self) -> None:
        script = running().on(STATUS, broken("java.io.IOException: Disk full"), UNKNOWN_OPERATION).on(SAVEPOINT, BEGUN)
        script.run(beginning(script))
        assert triggered_ids(script) == [SECOND_OPERATION]
        assert script.told == [f"An earlier try's operation {OPERATION} failed; beginning a new one."]

    @pytest.mark.parametrize("status", ["COMPLETED", "IN_PROGRESS"])
    def test_takes_a_savepoint_whose_operation_is_forgotten(self, status: str) -> None:
        """Or whose operation has an id of Flink's own, before 1.15."""
        script = running().on(CHECKPOINTS, history(savepoint(5, status), checkpoint(4), savepoint(1, at=START - 100)))
        assert script.run(beginning(script, since=START)) == Begun(OPERATION, after_checkpoint=4)
        assert not triggered_ids(script)

    @pytest.mark.parametrize(
        ("since", "seen"),
        [
            (None, [savepoint(5)]),
            (START, []),
            (START, [checkpoint(5)]),
            (START, [savepoint(5, "FAILED")]),
        ],
        ids=["no earlier try", "nothing there", "a checkpoint", "a failed one"],
    )
    def test_takes_no_other(self, since: float | None, seen: list[Any]) -> None:
        script = running().on(CHECKPOINTS, history(*seen)).on(SAVEPOINT, BEGUN)
        script.run(beginning(script, since))
        assert triggered_ids(script) == [OPERATION]

    def test_a_stop_takes_no_savepoint_of_a_job_that_goes_on(self) -> None:
        """Another task made it."""
        script = running().on(CHECKPOINTS, history(savepoint(5))).on(STOP, BEGUN)
        assert script.run(beginning(script, START, stops=True)) == Begun(OPERATION, after_checkpoint=5)
        assert triggered_ids(script) == [OPERATION]

    def test_a_stop_takes_the_savepoint_that_the_job_ended_with(self) -> None:
        script = running().jobs(row("FINISHED")).on(CHECKPOINTS, history(savepoint(5)))
        assert script.run(beginning(script, START, stops=True)) == Begun(OPERATION, after_checkpoint=4)
        assert script.run(following(script, follow_stop)) == Savepoint(ID, PATH, OPERATION, "FINISHED")

    def test_a_stop_is_never_begun_beside_what_may_be_one(self) -> None:
        """As where the first of two operations is forgotten, or where Flink gave the operation an id of its own."""
        seen = [history(savepoint(5, "IN_PROGRESS"))] * 2
        script = running().jobs(row("FINISHED")).on(CHECKPOINTS, *seen, history(savepoint(5)))
        assert script.run(beginning(script, START, stops=True)) == Begun(OPERATION, after_checkpoint=4)
        assert script.pauses == [10, 10]

    def test_a_job_that_failed_while_an_earlier_try_stopped_it(self) -> None:
        script = running().jobs(row("CANCELED")).on(CHECKPOINTS, history(savepoint(5)))
        begun = script.run(beginning(script, START, stops=True))
        with pytest.raises(StopFailed, match=f"The savepoint {PATH} was made and is kept"):
            script.run(following(script, follow_stop, begun))

    @pytest.mark.parametrize(
        ("look", "kind", "words"),
        [
            (row("FINISHED"), JobEnded, "is FINISHED: no savepoint can be taken, and there is nothing to stop"),
            (row("CANCELED"), JobFailed, r"was cancelled, and not by this task .* there is nothing to stop"),
            (GONE, JobNotFound, f"There is no job {ID}"),
        ],
    )
    def test_a_job_that_does_not_run(self, look: Any, kind: type[JobError], words: str) -> None:
        script = running().jobs(look)
        with pytest.raises(kind, match=words) as caught:
            script.run(beginning(script))
        assert caught.value.hopeless

    @pytest.mark.parametrize("version", ["1.13.6", "1.20.5", "2.3.0"])
    def test_no_directory(self, version: str) -> None:
        script = running().on(SAVEPOINT, recorded(version, "savepoint-no-target-directory").answer)
        with pytest.raises(SavepointFailed, match=r"Config key \[.*\] is not set.* Give savepoint_directory") as caught:
            script.run(beginning(script))
        assert caught.value.hopeless

    @pytest.mark.parametrize(("version", "triggers"), [("1.14.6", 1), ("1.15.4", 3), ("2.3.0", 3)])
    def test_an_unclear_answer_is_repeated_only_under_an_id_of_our_own(self, version: str, triggers: int) -> None:
        script = Script(version).jobs(row("RUNNING")).on(STATUS, UNKNOWN_OPERATION)
        script.on(CHECKPOINTS, history(checkpoint(4))).on(STOP, errors.NoAnswer, errors.NoAnswer, BEGUN)
        begun = script.run(patiently(beginning(script, stops=True), Patience(), script.clock))
        assert begun == Begun(OPERATION, after_checkpoint=4)
        assert script.count(STOP) == triggers

    def test_flink_without_ids_of_our_own(self) -> None:
        """What an unclear answer began is found among the job's checkpoints, which may be seconds old."""
        script = running().on(CHECKPOINTS, *[history(checkpoint(4))] * 2, history(savepoint(5), checkpoint(4)))
        script.on("GET /config", {"flink-version": "1.14.6"}).on(SAVEPOINT, errors.ConnectionLost)
        begun = script.run(beginning(script))
        assert script.run(following(script, begun=begun)).path == PATH
        assert script.pauses == [4]
        assert script.count(SAVEPOINT) == 1


def following(
    script: Script, follow: Callable[..., Flow[Savepoint]] = follow_savepoint, begun: Begun = FIRST
) -> Flow[Savepoint]:
    where = {"operation_id": begun.operation_id, "after_checkpoint": begun.after_checkpoint}
    return follow(script.backend, job_id=ID, poll_interval=10, **where)


BOTH = pytest.mark.parametrize(
    ("follow", "end"), [(follow_savepoint, "RUNNING"), (follow_stop, "FINISHED")], ids=["savepoint", "stop"]
)


class TestFollow:
    @BOTH
    def test_in_progress_and_then_done(self, follow: Any, end: str) -> None:
        script = Script().on(STATUS, IN_PROGRESS, IN_PROGRESS, made(PATH)).jobs(row(end))
        assert script.run(following(script, follow)) == Savepoint(ID, PATH, OPERATION, end)
        assert script.pauses == [10, 10]

    def test_a_stop_waits_for_the_jobs_end(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(row("RUNNING"), row("FINISHED"))
        assert script.run(following(script, follow_stop)).job_status == "FINISHED"
        assert script.told[0] == f"The stop of job {ID} has made savepoint {PATH}."

    @BOTH
    def test_a_failure_says_what_became_of_the_job(self, follow: Any, end: str) -> None:
        script = Script().on(STATUS, recorded("2.3.0", "savepoint-snapshot-fails-status").answer)
        script.jobs(row("RUNNING"))
        with pytest.raises(
            (SavepointFailed, StopFailed), match=r"failed: .+\. Now job 'count' .* is RUNNING"
        ) as caught:
            script.run(following(script, follow))
        assert caught.value.savepoint_path is None
        assert ("it was not stopped" in str(caught.value)) is (follow is follow_stop)

    @pytest.mark.parametrize(
        ("look", "now"),
        [
            (row("RUNNING"), "tasks: 2 running: it was not stopped."),
            (row("RESTARTING"), "is RESTARTING: it was not stopped."),
            (row("FAILED"), "is FAILED."),
            (row("FINISHED"), "is FINISHED."),
            (GONE, f"Now job {ID} is gone."),
        ],
    )
    def test_a_stop_that_failed(self, look: Any, now: str) -> None:
        script = Script().on(STATUS, broken("java.io.IOException: Disk full")).jobs(look)
        with pytest.raises(StopFailed, match="IOException: Disk full") as caught:
            script.run(following(script, follow_stop))
        assert str(caught.value).endswith(now)

    @BOTH
    def test_flinks_own_reason_may_be_that_a_task_failed(self, follow: Any, end: str) -> None:
        reason = "org.apache.flink.runtime.checkpoint.CheckpointException: FailoverRegion is restarting."
        script = Script().on(STATUS, broken(reason)).jobs(row("RUNNING"))
        failed = exception("java.io.IOException: Disk full", "Count (1/2) - execution #0")
        script.on(EXCEPTIONS, exceptions(failed, failed | {"timestamp": 1}))
        last = "at 2027-01-15 08:00:00 UTC in Count (1/2) - execution #0: IOException: Disk full."
        with pytest.raises((SavepointFailed, StopFailed)) as caught:
            script.run(following(script, follow))
        assert str(caught.value).endswith(f" What failed last in it, {last}")

    @pytest.mark.parametrize("reply", [errors.NoAnswer, NO_JOB])
    def test_a_path_is_kept_though_nobody_can_see_the_job(self, reply: Any) -> None:
        script = Script().on(STATUS, made(PATH)).on(OVERVIEW, reply)
        assert script.run(following(script)) == Savepoint(ID, PATH, OPERATION, "out of reach")

    @BOTH
    def test_done_without_a_path(self, follow: Any, end: str) -> None:
        script = Script().on(STATUS, {"status": {"id": "COMPLETED"}, "operation": None}).jobs(row(end))
        with pytest.raises((SavepointFailed, StopFailed), match="Flink gave neither a result nor a reason"):
            script.run(following(script, follow))

    @BOTH
    def test_a_path_stands_in_the_words_of_a_failure(self, follow: Any, end: str) -> None:
        trace = (
            "java.util.concurrent.CompletionException: org.apache.flink.runtime.scheduler.stopwithsavepoint."
            f"StopWithSavepointStoppingException: A savepoint has been created at: file:/my savepoints/5, but the "
            f"corresponding job {ID} failed during stopping. The savepoint is consistent, but might have uncommitted "
            "transactions.\n\tat org.example\nCaused by: java.io.IOException: Disk full\n\tat org.example"
        )
        script = Script().on(STATUS, broken(trace)).jobs(row("FAILED"))
        words = r"IOException: Disk full\. Now .*The savepoint .* was made and is kept"
        with pytest.raises((SavepointFailed, StopFailed), match=words) as caught:
            script.run(following(script, follow))
        assert caught.value.savepoint_path == "file:/my savepoints/5"

    def test_a_job_that_fails_after_its_savepoint_was_made(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(row("RUNNING"), row("FAILED"))
        script.on(EXCEPTIONS, exceptions(exception("java.io.IOException: Disk full")))
        with pytest.raises(StopFailed, match="While it stopped: Job 'count' FAILED: IOException: Disk full") as caught:
            script.run(following(script, follow_stop))
        assert caught.value.savepoint_path == PATH

    @pytest.mark.parametrize(
        "looks", [[GONE], [row("RUNNING"), GONE], [row("CANCELED")]], ids=["gone", "gone later", "cancelled"]
    )
    def test_a_job_that_is_lost_after_its_savepoint_was_made(self, looks: list[Any]) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(*looks)
        with pytest.raises(StopFailed, match=f"The savepoint {PATH} was made and is kept") as caught:
            script.run(following(script, follow_stop))
        assert caught.value.savepoint_path == PATH

    def test_a_time_out_after_the_savepoint_was_made(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(row("RUNNING"))
        with pytest.raises(StopFailed, match="Timed out after 25 s") as caught:
            script.run(within(following(script, follow_stop), START + 25, script.clock))
        assert caught.value.savepoint_path == PATH

    def test_a_time_out_before_that(self) -> None:
        script = Script().on(STATUS, IN_PROGRESS)
        with pytest.raises(WaitTimedOut, match=f"operation {OPERATION} on job {ID} is in progress"):
            script.run(within(following(script, follow_stop), START + 25, script.clock))


class TestForgotten:
    """The cluster answers 404 in the middle: the operation is found among the job's checkpoints."""

    @BOTH
    @pytest.mark.parametrize(
        "looks",
        [
            [history(savepoint(5), checkpoint(4))],
            [history(savepoint(5, "IN_PROGRESS"), savepoint(3)), history(savepoint(5), savepoint(3))],
            [history(savepoint(7), checkpoint(6), savepoint(5), savepoint(3))],
            [history(savepoint(7, "FAILED"), savepoint(5))],
        ],
        ids=["done", "in progress", "others after it", "a failed one after it"],
    )
    def test_done(self, follow: Any, end: str, looks: list[Any]) -> None:
        script = Script().on(STATUS, IN_PROGRESS, UNKNOWN_OPERATION).on(CHECKPOINTS, *looks).jobs(row(end))
        assert script.run(following(script, follow)) == Savepoint(ID, PATH, OPERATION, end)

    @BOTH
    @pytest.mark.parametrize(
        ("seen", "words"),
        [
            (history(savepoint(5, "FAILED")), "The job has failed"),
            (history(savepoint(5, "FAILED") | {"failure_message": None}), "no reason given"),
            (history(checkpoint(6), savepoint(3)), "forgotten the operation, and no such savepoint is in the history"),
            (NO_JOB, "forgotten the operation, and no such savepoint is in the history"),
        ],
        ids=["failed", "failed without a reason", "absent", "the job is gone"],
    )
    def test_not_done(self, follow: Any, end: str, seen: Any, words: str) -> None:
        script = Script().on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, seen)
        script.jobs(GONE if seen is NO_JOB else row(end))
        with pytest.raises((SavepointFailed, StopFailed), match=rf"failed: .*{words}\. Now "):
            script.run(following(script, follow))

    def test_a_server_that_fails_is_not_one_that_forgets(self) -> None:
        script = Script().on(STATUS, refusal(500, "oops"))
        with pytest.raises(errors.ServerError):
            script.run(following(script))
