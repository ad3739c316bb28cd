"""Stops: a job is stopped once, whoever wants it stopped, and the savepoint's path is never lost."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobEnded, JobError, JobFailed, JobNotFound, StopFailed
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.model import Begun, Job, Savepoint
from airflow_provider_dli.jobs.stop import begin_stop, find_lost_stop, follow_stop
from airflow_provider_dli.jobs.stop_guard import is_being_stopped, stopped_with
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    CLUSTER_SETTINGS,
    DETAIL,
    EXCEPTIONS,
    GONE,
    ID,
    IDENTITY,
    IN_PROGRESS,
    NO_JOB,
    OVERVIEW,
    START,
    STATUS,
    STOP,
    UNKNOWN_OPERATION,
    ProcessDied,
    Script,
    broken,
    checkpoint,
    detail,
    exception,
    exceptions,
    history,
    made,
    refusal,
    row,
    savepoint,
    settings,
    stopping,
)
from tests.jobs.test_savepoint import BASE, DurableLedger, Store

OWN_ID = next(IDENTITY.series("stop"))
DIRECTORY = f"{BASE}/{OWN_ID}"
OTHER_IDENTITY = Identity("other dag", "run", "task")
OTHER_DIRECTORY = f"{BASE}/{next(OTHER_IDENTITY.series('stop'))}"
PATH, OTHER_PATH = f"{DIRECTORY}/savepoint-5", f"{OTHER_DIRECTORY}/savepoint-5"
ACCEPTED = {"request-id": "0" * 32}
#: What is read before a stop is sent: the checkpoints, the operations, and the checkpoints when the response is new.
CHECKS = [CHECKPOINTS, STATUS, STATUS, CHECKPOINTS]
RUNS = row("RUNNING")


def trying(**members: Any) -> Attempt:
    return Attempt(IDENTITY, "stop", **members)


def beginning(
    script: Script, attempt: Attempt | None = None, *, directory: str | None = BASE, store: Store | None = None
) -> Flow[Begun | Savepoint]:
    def trigger(operation_id: str, target: str | None) -> Flow[str]:
        return script.backend.trigger_stop(
            ID, directory=target, savepoint_format=None, drain=False, trigger_id=operation_id
        )

    return begin_stop(
        script.backend,
        job_id=ID,
        attempt=attempt or trying(),
        trigger=trigger,
        directory=directory,
        poll_interval=10,
        open_store=store.open if store else None,
    )


def begin(script: Script, attempt: Attempt | None = None, **choices: Any) -> Begun | Savepoint:
    return script.run(beginning(script, attempt, **choices))


def sent(script: Script) -> list[tuple[str, str | None]]:
    """The ids and directories of the stops that were sent."""
    return [(body["triggerId"], body.get("targetDirectory")) for body in script.bodies if body]


def sent_ids(script: Script) -> list[str]:
    return [operation_id for operation_id, _ in sent(script)]


def operations(script: Script) -> list[str]:
    """The operations that were asked for, without their ids."""
    return [one for one in map(_named, script.sent) if one]


def _named(request: str) -> str:
    if "/savepoints/" in request:
        return STATUS
    return {"checkpoints": CHECKPOINTS, "stop": STOP}.get(request.rpartition("/")[2], "")


def running(version: str = "2.2.1") -> Script:
    """A running job with a checkpoint, and no operation."""
    listed = history(checkpoint(4), checkpoint(3))
    return Script(version).jobs(RUNS).on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, listed).on(STOP, ACCEPTED)


def other(status: str = "COMPLETED", number: int = 5) -> dict[str, Any]:
    """The savepoint of somebody else's stop in the job's history."""
    return {**stopping(number, status), "external_path": OTHER_PATH if status == "COMPLETED" else None}


def own(status: str = "COMPLETED") -> dict[str, Any]:
    return {**stopping(5, status), "external_path": PATH if status == "COMPLETED" else None}


def running_since(second: float) -> dict[str, Any]:
    """The details of a job that runs since this second after the start."""
    return {**detail(), "timestamps": {"RUNNING": int((START + second) * 1000)}}


class TestChecks:
    """Nothing is sent that would destroy a savepoint in progress."""

    def test_a_new_stop_gets_a_directory_of_its_own(self) -> None:
        script = running()
        begun = begin(script)
        assert begun == Begun(ACCEPTED["request-id"], 4, DIRECTORY)
        assert [directory for _, directory in sent(script)] == [DIRECTORY]

    def test_the_directory_is_in_the_log_before_the_request_is_sent(self) -> None:
        script = running().on(STOP, ProcessDied)
        with pytest.raises(ProcessDied):
            begin(script)
        assert DIRECTORY in script.told[-1]

    def test_the_checkpoints_are_read_again_when_the_cluster_makes_a_new_response(self) -> None:
        script = running()
        begin(script)
        assert operations(script) == [*CHECKS, STOP]
        assert script.pauses == [3.1]

    @pytest.mark.parametrize(
        ("version", "entries", "seconds"),
        [
            ("1.16.3", {}, 3.1),
            ("1.16.3", {"web.refresh-interval": "500"}, 0.6),
            ("1.17.2", {"rest.cache.checkpoint-statistics.timeout": "1 ms"}, 3.1),
            ("1.18.1", {"rest.cache.checkpoint-statistics.timeout": "10 s", "web.refresh-interval": "500"}, 10.1),
            ("1.20.5", {"web.refresh-interval": "7000"}, 7.1),
            ("2.3.0", {"rest.cache.checkpoint-statistics.timeout": "2 min"}, 120.1),
            ("2.3.0", {"rest.cache.checkpoint-statistics.timeout": "20 seconds"}, 20.1),
            ("2.3.0", {"rest.cache.checkpoint-statistics.timeout": "250ms"}, 0.4),
            ("2.3.0", {"rest.cache.checkpoint-statistics.timeout": "PT5S"}, 3.1),
        ],
    )
    def test_how_long_that_takes_is_the_clusters_setting(
        self, version: str, entries: dict[str, str], seconds: float
    ) -> None:
        script = running(version).on(CLUSTER_SETTINGS, settings(entries))
        begin(script)
        begin(script.on(STATUS, UNKNOWN_OPERATION))
        assert script.pauses == [pytest.approx(seconds)] * 2
        assert script.count(CLUSTER_SETTINGS) == 1

    def test_a_cluster_that_cannot_be_asked_for_its_settings_for_now(self) -> None:
        script = running().on(CLUSTER_SETTINGS, refusal(503, "leader election"), settings({}))
        script.run(patiently(beginning(script), Patience(), script.clock))
        assert script.count(CLUSTER_SETTINGS) == 2

    @pytest.mark.parametrize(("seconds", "pauses"), [(1.0, [2.1]), (3.05, [0.1]), (5.0, [])])
    def test_what_other_requests_take_counts(
        self, monkeypatch: pytest.MonkeyPatch, seconds: float, pauses: list[float]
    ) -> None:
        moments = iter([100.0, 100.0 + seconds, 200.0])
        monkeypatch.setattr("airflow_provider_dli.jobs.stop_guard.time.monotonic", lambda: next(moments))
        script = running()
        script.run(beginning(script))
        assert script.pauses == pauses
        assert operations(script) == [*CHECKS, STOP]

    @pytest.mark.parametrize("looks", [1, 2], ids=["in the first response", "in the second one"])
    def test_somebody_elses_stop_is_awaited_and_its_path_is_the_result(self, looks: int) -> None:
        none = [history(checkpoint(4))] * (looks - 1)
        script = running().on(CHECKPOINTS, *none, *[history(other("IN_PROGRESS"))] * 3, history(other()))
        script.jobs(RUNS, RUNS, RUNS, row("FINISHED"))
        assert begin(script) == Savepoint(ID, OTHER_PATH, None, "FINISHED")
        assert not sent(script)
        assert any("somebody else stops it (savepoint 5): no stop is sent" in told for told in script.told)

    def test_the_list_may_show_its_end_late(self) -> None:
        script = running().on(CHECKPOINTS, *[history(other("IN_PROGRESS"))] * 3, history(other()))
        script.jobs(RUNS, row("FINISHED"))
        assert begin(script) == Savepoint(ID, OTHER_PATH, None, "FINISHED")
        assert script.pauses == [10, 3.1]

    def test_somebody_elses_stop_that_fails_is_followed_by_our_own(self) -> None:
        looks = [history(other("IN_PROGRESS"))] * 2 + [history(other("FAILED"))]
        script = running().on(CHECKPOINTS, *looks)
        assert begin(script) == Begun(ACCEPTED["request-id"], 5, DIRECTORY)
        assert len(sent(script)) == 1

    def test_a_job_that_fails_while_somebody_else_stops_it(self) -> None:
        script = running().on(CHECKPOINTS, *[history(other("IN_PROGRESS"))] * 2, history(other()))
        with pytest.raises(StopFailed, match=r"While it stopped: .*FAILED") as caught:
            begin(script.jobs(RUNS, RUNS, row("FAILED")))
        assert caught.value.savepoint_path == OTHER_PATH
        assert not sent(script)

    def test_a_job_that_fails_before_somebody_elses_savepoint_is_complete(self) -> None:
        script = running().on(CHECKPOINTS, *[history(other("IN_PROGRESS"))] * 2, history(other("FAILED")))
        with pytest.raises(JobFailed, match=r"FAILED.*No savepoint can be taken"):
            begin(script.jobs(RUNS, RUNS, row("FAILED")))
        assert not sent(script)

    def test_a_savepoint_in_progress_is_awaited(self) -> None:
        looks = [history(savepoint(5, "IN_PROGRESS"))] * 3 + [history(savepoint(5))]
        script = running().on(CHECKPOINTS, *looks)
        assert begin(script) == Begun(ACCEPTED["request-id"], 5, DIRECTORY)
        assert script.pauses == [10, 10, 10, 3.1]
        assert any("a savepoint is in progress (savepoint 5): no stop is sent" in told for told in script.told)

    def test_after_that_everything_is_checked_again(self) -> None:
        looks = [history(savepoint(5, "IN_PROGRESS"))] * 2 + [history(other("IN_PROGRESS", 6))] * 2
        script = running().on(CHECKPOINTS, *looks, history(other(number=6)))
        script.jobs(*[RUNS] * 4, row("FINISHED"))
        assert begin(script) == Savepoint(ID, OTHER_PATH, None, "FINISHED")
        assert not sent(script)

    def test_a_job_whose_last_savepoint_is_complete_is_about_to_end(self) -> None:
        """Its sinks may take long to commit, and a stop would fail them."""
        script = running().on(CHECKPOINTS, history(other())).on(DETAIL, running_since(0))
        script.jobs(RUNS, RUNS, RUNS, row("FINISHED"))
        assert begin(script) == Savepoint(ID, OTHER_PATH, None, "FINISHED")
        assert not sent(script)

    def test_unless_it_was_started_again_since(self) -> None:
        script = running().on(CHECKPOINTS, history(other())).on(DETAIL, running_since(6))
        assert begin(script) == Begun(ACCEPTED["request-id"], 5, DIRECTORY)

    def test_checkpoints_are_no_hindrance(self) -> None:
        script = running().on(CHECKPOINTS, history(checkpoint(5, "IN_PROGRESS"), checkpoint(4)))
        assert isinstance(begin(script), Begun)

    def test_all_tasks_must_run_first(self) -> None:
        """Flink would accept it earlier, and fail it then."""
        script = running().jobs(row("RESTARTING"), row("RUNNING", running=1, initializing=1), RUNS)
        assert isinstance(begin(script), Begun)
        assert script.pauses == [10, 10, 3.1]

    def test_without_the_time_to_check_nothing_is_sent(self) -> None:
        script = running()
        with pytest.raises(WaitTimedOut, match="checking that nobody else stops it"):
            script.run(within(beginning(script), START + 3, script.clock))
        assert not sent(script)
        assert script.pauses == []


class TestOneId:
    """All who stop a job send one id, which Flink carries out once."""

    def test_another_task_sends_the_same_id(self) -> None:
        first, second = running(), running()
        begin(first)
        begin(second, Attempt(OTHER_IDENTITY, "stop"))
        assert sent_ids(first) == sent_ids(second)
        assert sent(first) != sent(second)

    def test_a_kill_sends_the_same_id(self) -> None:
        first, second = running(), running().jobs(RUNS, RUNS, row("FINISHED"))
        begin(first)
        second.on(STATUS, UNKNOWN_OPERATION, UNKNOWN_OPERATION, made(PATH))
        second.run(second.backend.stop(ID, directory=BASE, operation_id=IDENTITY.kill_id))
        assert sent_ids(first) == sent_ids(second)
        assert sent(second)[0][1] == f"{BASE}/{IDENTITY.kill_id}"

    def test_a_job_that_has_come_back_or_was_started_again_has_another_one(self) -> None:
        """As after the death of a JobManager, which has taken the stop with it."""
        first, second = running(), running().jobs({**RUNS, "start-time": 2})
        begin(first)
        begin(second)
        assert sent_ids(first) != sent_ids(second)

    @pytest.mark.parametrize("is_retry", [False, True])
    @pytest.mark.parametrize(
        ("operation", "listed", "after"),
        [(IN_PROGRESS, [own("IN_PROGRESS"), checkpoint(4)], 4), (IN_PROGRESS, [checkpoint(4)], 0), (made(PATH), [], 0)],
    )
    def test_a_stop_that_is_known_is_followed(
        self, operation: Any, listed: list[Any], after: int, is_retry: bool
    ) -> None:
        script = running().on(STATUS, operation).on(CHECKPOINTS, history(*listed))
        begun = begin(script, trying(is_retry=is_retry))
        assert isinstance(begun, Begun)
        assert (begun.after_checkpoint, begun.directory) == (after, DIRECTORY)
        assert not sent(script)
        assert script.pauses == []

    def test_a_stop_that_failed_uses_up_its_id(self) -> None:
        first, second = running(), running().on(STATUS, broken("java.io.IOException: Disk full"), UNKNOWN_OPERATION)
        begin(first)
        begin(second)
        assert len(set(sent_ids(first) + sent_ids(second))) == 2

    def test_a_failure_that_is_forgotten_does_not_hide_the_stop_after_it(self) -> None:
        script = running().on(STATUS, UNKNOWN_OPERATION, IN_PROGRESS)
        assert isinstance(begin(script), Begun)
        assert not sent(script)

    @pytest.mark.parametrize(("version", "triggers"), [("1.14.6", 1), ("1.15.4", 3), ("2.3.0", 3)])
    def test_an_unclear_response_is_repeated_only_under_an_id_of_our_own(self, version: str, triggers: int) -> None:
        script = running(version).on(STOP, errors.NoAnswer, errors.NoAnswer, ACCEPTED)
        assert isinstance(script.run(patiently(beginning(script), Patience(), script.clock)), Begun)
        assert script.count(STOP) == triggers

    def test_flink_without_ids_of_our_own(self) -> None:
        script = running("1.14.6").on(STOP, errors.ConnectionLost)
        begun = begin(script)
        script.on(CHECKPOINTS, history(own("IN_PROGRESS")), history(own())).jobs(row("FINISHED"))
        assert isinstance(begun, Begun)
        assert script.run(following(script, begun)).path == PATH

    @pytest.mark.parametrize("version", ["1.13.6", "1.20.5", "2.3.0"])
    def test_no_directory(self, version: str) -> None:
        script = running().on(STOP, recorded(version, "savepoint-no-target-directory").answer)
        with pytest.raises(StopFailed, match=r"Config key \[.*\] is not set.* Give savepoint_directory") as caught:
            begin(script, directory=None)
        assert caught.value.hopeless


class TestEnded:
    """The job has ended before: by this task, or by somebody else."""

    @pytest.mark.parametrize(
        ("look", "kind", "words"),
        [
            (row("FINISHED"), JobEnded, "is FINISHED: no savepoint can be taken, and there is nothing to stop"),
            (row("CANCELED"), JobFailed, r"was cancelled, and not by this task .* there is nothing to stop"),
            (GONE, JobNotFound, f"There is no job {ID}"),
        ],
    )
    def test_a_job_that_does_not_run(self, look: Any, kind: type[JobError], words: str) -> None:
        with pytest.raises(kind, match=words) as caught:
            begin(running().jobs(look))
        assert caught.value.hopeless
        assert caught.value.savepoint_path is None

    @pytest.mark.parametrize("state", ["FINISHED", "FAILED"])
    @pytest.mark.parametrize(
        "replies", [(made(OTHER_PATH), history()), (UNKNOWN_OPERATION, history(other()))], ids=["known", "listed"]
    )
    def test_one_that_somebody_else_has_stopped_names_the_savepoint(self, state: str, replies: Any) -> None:
        """As after a clear: the stop was made before."""
        script = running().jobs(row(state)).on(STATUS, replies[0]).on(CHECKPOINTS, replies[1])
        with pytest.raises((JobEnded, JobFailed), match=f"The savepoint {OTHER_PATH} was made and is kept") as caught:
            begin(script, trying(is_retry=True))
        assert caught.value.savepoint_path == OTHER_PATH
        assert caught.value.hopeless

    @pytest.mark.parametrize(
        "replies",
        [
            (made(PATH), history()),
            (UNKNOWN_OPERATION, history(own())),
            (UNKNOWN_OPERATION, history(savepoint(5) | {"external_path": PATH})),
        ],
        ids=["known", "listed", "listed, before 1.12"],
    )
    def test_one_that_an_earlier_try_has_stopped(self, replies: Any) -> None:
        script = running().jobs(row("FINISHED")).on(STATUS, replies[0]).on(CHECKPOINTS, replies[1])
        assert begin(script, trying(is_retry=True)) == Savepoint(ID, PATH, None, "FINISHED")

    def test_one_that_failed_while_an_earlier_try_stopped_it(self) -> None:
        script = running().jobs(row("CANCELED")).on(CHECKPOINTS, history(own()))
        with pytest.raises(StopFailed, match=f"The savepoint {PATH} was made and is kept"):
            begin(script, trying(is_retry=True))

    def test_another_savepoint_is_not_taken_for_a_stop(self) -> None:
        with pytest.raises(JobEnded) as caught:
            begin(running().jobs(row("FINISHED")).on(CHECKPOINTS, history(savepoint(5))))
        assert caught.value.savepoint_path is None

    @pytest.mark.parametrize("operation", [IN_PROGRESS, UNKNOWN_OPERATION], ids=["known", "not known"])
    def test_the_ledger_has_that_an_earlier_try_followed_somebody_elses_stop(self, operation: Any) -> None:
        attempt = trying(ledger=DurableLedger())
        script = running().on(STATUS, operation).on(CHECKPOINTS, history(other("IN_PROGRESS")))
        with pytest.raises(WaitTimedOut):
            script.run(within(_started_and_followed(script, attempt), START + 5, script.clock))
        after = running().jobs(row("FINISHED")).on(CHECKPOINTS, history(other()))
        assert begin(after, attempt) == Savepoint(ID, OTHER_PATH, None, "FINISHED")

    def test_but_not_of_a_job_that_was_started_again_since(self) -> None:
        attempt = trying(ledger=DurableLedger())
        begin(running(), attempt)
        script = running().jobs({**row("FINISHED"), "start-time": 2}).on(CHECKPOINTS, history(other()))
        with pytest.raises(JobEnded):
            begin(script, attempt)

    def test_a_job_that_is_gone_is_found_in_the_store(self) -> None:
        """A JobManager was restarted after the stop."""
        script = running().jobs(GONE)
        store = Store(f"{OWN_ID}/savepoint-5")
        assert begin(script, trying(is_retry=True), store=store) == Savepoint(ID, PATH, None, "gone")
        with pytest.raises(JobNotFound):
            begin(running().jobs(GONE), store=store)

    @pytest.mark.parametrize(
        ("store", "words"),
        [
            (None, f"An earlier try may have stopped it with a savepoint in {DIRECTORY}"),
            (Store(), f"This worker sees no complete savepoint in {DIRECTORY}"),
            (Store(error=ValueError("no s3fs")), f"may be complete in {DIRECTORY}, but: no s3fs"),
        ],
        ids=["no store", "nothing there", "not readable"],
    )
    def test_otherwise_the_error_names_the_directory(self, store: Store | None, words: str) -> None:
        with pytest.raises(JobNotFound, match=words):
            begin(running().jobs(GONE), trying(is_retry=True), store=store)


def _started_and_followed(script: Script, attempt: Attempt) -> Flow[Any]:
    begun = yield from beginning(script, attempt)
    return (yield from following(script, begun)) if isinstance(begun, Begun) else begun


def following(script: Script, begun: Begun | None = None) -> Flow[Savepoint]:
    begun = begun or Begun("0" * 32, 4, DIRECTORY)
    return follow_stop(
        script.backend,
        job_id=ID,
        operation_id=begun.operation_id,
        after_checkpoint=begun.after_checkpoint,
        poll_interval=10,
        directory=begun.directory,
    )


def follow(script: Script) -> Savepoint:
    return script.run(following(script))


class TestFollow:
    def test_in_progress_and_then_done(self) -> None:
        script = Script().on(STATUS, IN_PROGRESS, IN_PROGRESS, made(PATH)).jobs(RUNS, row("FINISHED"))
        assert follow(script) == Savepoint(ID, PATH, "0" * 32, "FINISHED")
        assert script.pauses == [10, 10, 10]
        assert f"The stop of job {ID} has made savepoint {PATH}." in script.told

    @pytest.mark.parametrize(
        ("look", "now"),
        [
            (RUNS, "tasks: 2 running: it was not stopped."),
            (row("RESTARTING"), "is RESTARTING: it was not stopped."),
            (row("FAILED"), "is FAILED."),
            (row("FINISHED"), "is FINISHED."),
            (GONE, f"Now job {ID} is gone."),
        ],
    )
    def test_a_stop_that_failed(self, look: Any, now: str) -> None:
        script = Script().on(STATUS, broken("java.io.IOException: Disk full")).jobs(look)
        with pytest.raises(StopFailed, match="IOException: Disk full") as caught:
            follow(script)
        assert str(caught.value).endswith(now)
        assert caught.value.directory is None

    def test_a_path_in_the_words_of_a_failure(self) -> None:
        trace = (
            "java.util.concurrent.CompletionException: org.apache.flink.runtime.scheduler.stopwithsavepoint."
            f"StopWithSavepointStoppingException: A savepoint has been created at: file:/my savepoints/5, but the "
            f"corresponding job {ID} failed during stopping. The savepoint is consistent, but might have uncommitted "
            "transactions.\n\tat org.example\nCaused by: java.io.IOException: Disk full\n\tat org.example"
        )
        words = r"IOException: Disk full\. Now .*The savepoint .* was made and is kept"
        with pytest.raises(StopFailed, match=words) as caught:
            follow(Script().on(STATUS, broken(trace)).jobs(row("FAILED")))
        assert caught.value.savepoint_path == "file:/my savepoints/5"

    def test_a_job_that_fails_after_its_savepoint_was_made(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(RUNS, row("FAILED"))
        script.on(EXCEPTIONS, exceptions(exception("java.io.IOException: Disk full")))
        with pytest.raises(StopFailed, match="While it stopped: Job 'count' FAILED: IOException: Disk full") as caught:
            follow(script)
        assert caught.value.savepoint_path == PATH

    @pytest.mark.parametrize("looks", [[GONE], [RUNS, GONE]], ids=["at once", "seen before"])
    def test_a_job_that_the_cluster_has_forgotten_by_then_is_stopped(self, looks: list[Any]) -> None:
        assert follow(Script().on(STATUS, made(PATH)).jobs(*looks)) == Savepoint(ID, PATH, "0" * 32, "gone")

    def test_a_job_that_comes_back_with_another_jobmanager_is_not(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(RUNS, {**RUNS, "start-time": 2})
        with pytest.raises(StopFailed, match=r"The JobManager was restarted, .*it was not stopped") as caught:
            follow(script)
        assert caught.value.savepoint_path == PATH

    @pytest.mark.parametrize("reply", [errors.NoAnswer, errors.Forbidden])
    def test_a_path_is_kept_though_the_job_cannot_be_read(self, reply: Any) -> None:
        with pytest.raises(StopFailed) as caught:
            follow(Script().on(STATUS, made(PATH)).on(OVERVIEW, reply))
        assert caught.value.savepoint_path == PATH

    def test_a_time_out(self) -> None:
        script = Script().on(STATUS, made(PATH)).jobs(RUNS)
        with pytest.raises(StopFailed, match="While it stopped: Timed out") as caught:
            script.run(within(following(script), START + 25, script.clock))
        assert caught.value.savepoint_path == PATH
        script = Script().on(STATUS, IN_PROGRESS)
        with pytest.raises(WaitTimedOut, match=f"operation {'0' * 32} on job {ID} is in progress"):
            script.run(within(following(script), START + 25, script.clock))


class TestForgotten:
    """The cluster responds with 404 in the middle: the stop is found among the job's checkpoints."""

    @pytest.mark.parametrize(
        "looks",
        [
            [history(own(), checkpoint(4))],
            [history(own("IN_PROGRESS")), history(own(), savepoint(3))],
            [history(savepoint(6), own())],
            [history(savepoint(5) | {"external_path": PATH})],
        ],
        ids=["done", "in progress", "a savepoint after it", "before 1.12"],
    )
    def test_done(self, looks: list[Any]) -> None:
        script = Script().on(STATUS, IN_PROGRESS, UNKNOWN_OPERATION).on(CHECKPOINTS, *looks).jobs(row("FINISHED"))
        assert follow(script) == Savepoint(ID, PATH, "0" * 32, "FINISHED")

    @pytest.mark.parametrize(
        "listed",
        [history(checkpoint(5)), history(savepoint(5)), history(stopping(3)), history(own("FAILED")), NO_JOB],
        ids=["nothing", "another savepoint", "an earlier stop", "failed", "the job is gone"],
    )
    def test_not_done(self, listed: Any) -> None:
        script = Script().on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, listed)
        script.jobs(GONE if listed is NO_JOB else RUNS)
        words = "failed: the cluster has forgotten the operation, and the job's history does not have its savepoint"
        with pytest.raises(StopFailed, match=words) as caught:
            follow(script)
        assert caught.value.directory == DIRECTORY

    def find_lost(self, look: Any, *found: str) -> Savepoint:
        script = Script().jobs(look)
        error = StopFailed("It failed.", job_id=ID, directory=DIRECTORY)
        return script.run(find_lost_stop(script.backend, error, Store(*found).open))

    @pytest.mark.parametrize(("look", "status"), [(GONE, "gone"), (row("FINISHED"), "FINISHED")])
    def test_the_directory_has_the_savepoint(self, look: Any, status: str) -> None:
        found = self.find_lost(look, f"{OWN_ID}/savepoint-5")
        assert found == Savepoint(ID, PATH, None, status)

    def test_a_job_that_runs_on_is_not_stopped(self) -> None:
        """The JobManager died between the savepoint and the job's end, and another one has started it again."""
        with pytest.raises(StopFailed, match=f"It failed. The savepoint {PATH} was made") as caught:
            self.find_lost(RUNS, f"{OWN_ID}/savepoint-5")
        assert not caught.value.hopeless

    def test_an_empty_directory_is_a_stop_that_died(self) -> None:
        with pytest.raises(StopFailed, match=f"This worker sees no complete savepoint in {DIRECTORY}"):
            self.find_lost(GONE, "other/savepoint-5")


class TestWhetherAJobIsStopped:
    @pytest.mark.parametrize(
        ("status", "listed", "expected"),
        [
            (UNKNOWN_OPERATION, history(), False),
            (UNKNOWN_OPERATION, history(savepoint(5, "IN_PROGRESS")), False),
            (UNKNOWN_OPERATION, history(other("IN_PROGRESS")), True),
            (IN_PROGRESS, history(), True),
            (broken("Disk full"), history(), False),
        ],
    )
    def test_one_that_runs(self, status: Any, listed: Any, expected: bool) -> None:
        script = running().on(STATUS, status, UNKNOWN_OPERATION).on(CHECKPOINTS, listed)
        assert script.run(is_being_stopped(script.backend, script_job(script))) is expected

    @pytest.mark.parametrize(
        ("status", "listed", "path"),
        [
            (UNKNOWN_OPERATION, history(savepoint(5)), None),
            (UNKNOWN_OPERATION, history(own("FAILED")), None),
            (UNKNOWN_OPERATION, history(own()), PATH),
            (made(PATH), history(), PATH),
        ],
    )
    def test_one_that_has_ended(self, status: Any, listed: Any, path: str | None) -> None:
        script = running().jobs(row("FINISHED")).on(STATUS, status).on(CHECKPOINTS, listed)
        assert script.run(stopped_with(script.backend, script_job(script))) == path


def script_job(script: Script) -> Job:
    job = script.run(script.backend.find(ID))
    assert job
    return job


class TestKill:
    """A kill has four seconds in all."""

    def stop(self, script: Script, seconds: float = 4.0) -> Any:
        flow = script.backend.stop(ID, directory=BASE, operation_id=IDENTITY.kill_id)
        return script.run(within(flow, START + seconds, script.clock))

    def test_it_checks_first(self) -> None:
        script = running().jobs(RUNS, RUNS, row("FINISHED"))
        script.on(STATUS, UNKNOWN_OPERATION, UNKNOWN_OPERATION, made(PATH))
        assert self.stop(script).savepoint_path == PATH
        assert operations(script)[:5] == [*CHECKS, STOP]

    def test_all_else_is_read_while_the_response_ages(self) -> None:
        """Four seconds are left for three requests beside the check: the first lookup, the second list, the stop."""
        script = running().on(STATUS, IN_PROGRESS)
        with pytest.raises(WaitTimedOut):
            self.stop(script)
        assert operations(script)[0] == CHECKPOINTS
        assert script.sent[0].endswith("/checkpoints")

    def test_without_the_time_for_that_nothing_is_sent(self) -> None:
        script = running().on(CLUSTER_SETTINGS, settings({"web.refresh-interval": "5000"}))
        with pytest.raises(StopFailed, match=r"No stop was sent\. Timed out .* checking that nobody else stops it"):
            self.stop(script)
        assert not sent(script)

    @pytest.mark.parametrize("status", [IN_PROGRESS, UNKNOWN_OPERATION], ids=["known", "not known"])
    def test_beside_a_stop_nothing_is_sent(self, status: Any) -> None:
        script = running().on(STATUS, *[status] * 3, made(OTHER_PATH))
        script.on(CHECKPOINTS, *[history(other("IN_PROGRESS"))] * 2, history(other()))
        script.jobs(RUNS, RUNS, row("FINISHED"))
        assert self.stop(script).savepoint_path == OTHER_PATH
        assert not sent(script)

    def test_beside_a_savepoint_that_takes_longer_nothing_is_sent(self) -> None:
        script = running().on(CHECKPOINTS, history(savepoint(5, "IN_PROGRESS")))
        with pytest.raises(StopFailed, match=r"No stop was sent\. Timed out after 4 s.*a savepoint is in progress"):
            self.stop(script)
        assert not sent(script)

    def test_a_job_that_ends_meanwhile(self) -> None:
        with pytest.raises(JobEnded, match="there is nothing to stop"):
            self.stop(running().jobs(row("FINISHED")))
