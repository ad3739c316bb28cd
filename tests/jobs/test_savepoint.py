"""Savepoints: one request, one operation, and a path that is never lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import BackendTrouble, JobEnded, JobError, JobFailed, JobNotFound, SavepointFailed
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.model import Begun, Savepoint
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.jobs.savepoint import begin_savepoint, find_lost_savepoint, follow_savepoint
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    CLUSTER_SETTINGS,
    EXCEPTIONS,
    GONE,
    ID,
    IDENTITY,
    IN_PROGRESS,
    NO_JOB,
    OVERVIEW,
    SAVEPOINT,
    START,
    STATUS,
    UNKNOWN_OPERATION,
    ProcessDied,
    Script,
    broken,
    checkpoint,
    exception,
    exceptions,
    history,
    html,
    made,
    refusal,
    row,
    savepoint,
    settings,
)

ATTEMPT = Attempt(IDENTITY, "savepoint")
OPERATION, SECOND_OPERATION, THIRD_OPERATION, *_ = ATTEMPT.ids[:4]
BASE = "s3://bucket/savepoints"
DIRECTORY = f"{BASE}/{OPERATION}"
PATH = f"{DIRECTORY}/savepoint-5"
BEGUN = {"request-id": OPERATION}
FIRST = Begun(OPERATION, 4, DIRECTORY)


class DurableLedger(VolatileLedger):
    """Airflow's task state store."""

    durable = True


class Store:
    """An object store with complete savepoints in it, or one that cannot be read."""

    def __init__(self, *found: str, error: Exception | None = None) -> None:
        self.found, self.error = found, error
        self.opened: list[str] = []

    def open(self, directory: str) -> Store:
        self.opened.append(directory)
        return self

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        if self.error:
            raise self.error
        return [Found(one, number) for number, one in enumerate(self.found) if one.startswith(f"{path}/")]


def beginning(
    script: Script,
    is_retry: bool = False,
    *,
    recurs: bool = False,
    directory: str | None = BASE,
    ledger: VolatileLedger | None = None,
    store: Store | None = None,
) -> Flow[Begun | Savepoint]:
    def trigger(operation_id: str, target: str | None) -> Flow[str]:
        return script.backend.trigger_savepoint(ID, directory=target, savepoint_format=None, trigger_id=operation_id)

    attempt = Attempt(
        IDENTITY,
        "savepoint",
        ledger=ledger or VolatileLedger(),
        run_age=(lambda: 0.0) if recurs else None,
        is_retry=is_retry,
    )
    return begin_savepoint(
        script.backend,
        job_id=ID,
        attempt=attempt,
        trigger=trigger,
        directory=directory,
        poll_interval=10,
        open_store=store.open if store else None,
    )


def triggered(script: Script) -> list[tuple[str, str | None]]:
    """The ids and the directories of the savepoints that were triggered."""
    return [(body["triggerId"], body.get("target-directory")) for body in script.bodies if body]


def own(number: int, status: str = "COMPLETED", operation_id: str = OPERATION) -> dict[str, Any]:
    """A savepoint of this task in the job's history."""
    path = f"{BASE}/{operation_id}/savepoint-{number}" if status == "COMPLETED" else None
    return {**savepoint(number, status), "external_path": path}


def running() -> Script:
    """A running job with a checkpoint, and no operation."""
    listed = history(checkpoint(4), checkpoint(3))
    return Script().jobs(row("RUNNING")).on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, listed).on(SAVEPOINT, BEGUN)


class TestBegin:
    def test_a_new_savepoint_gets_a_directory_of_its_own(self) -> None:
        script = running()
        assert script.run(beginning(script)) == FIRST
        assert triggered(script) == [(OPERATION, DIRECTORY)]

    def test_the_directory_is_in_the_log_before_the_request_is_sent(self) -> None:
        script = running().on(SAVEPOINT, ProcessDied)
        with pytest.raises(ProcessDied):
            script.run(beginning(script))
        assert DIRECTORY in script.told[-1]

    @pytest.mark.parametrize("key", ["execution.checkpointing.savepoint-dir", "state.savepoints.dir"])
    def test_by_default_it_lies_below_the_clusters_directory(self, key: str) -> None:
        script = running().on(CLUSTER_SETTINGS, settings({key: "s3://default/"}))
        script.run(beginning(script, directory=None))
        assert triggered(script) == [(OPERATION, f"s3://default/{OPERATION}")]

    @pytest.mark.parametrize(
        "reply",
        [[], refusal(404, "Not found."), html(404), html(403), html(405)],
        ids=["none", "unknown", "404", "403", "405"],
    )
    def test_where_the_cluster_names_no_directory_none_is_sent(self, reply: Any) -> None:
        """Nor does anybody wait for a gateway that keeps the settings from users."""
        script = running().on(CLUSTER_SETTINGS, reply)
        begun = script.run(patiently(beginning(script, directory=None), Patience(), script.clock))
        assert begun == Begun(OPERATION, 4, None)
        assert script.pauses == []
        assert triggered(script) == [(OPERATION, None)]

    def test_waits_until_all_tasks_run(self) -> None:
        """Flink would accept it earlier, and fail it then."""
        script = running().jobs(row("RESTARTING"), row("RUNNING", running=1, initializing=1), row("RUNNING"))
        assert script.run(beginning(script))
        assert script.pauses == [10, 10]

    @pytest.mark.parametrize(
        ("operation", "listed", "after"),
        [
            (IN_PROGRESS, [savepoint(5, "IN_PROGRESS"), checkpoint(4)], 4),
            (IN_PROGRESS, [checkpoint(6), savepoint(5, "IN_PROGRESS"), savepoint(3)], 4),
            (IN_PROGRESS, [savepoint(6, "IN_PROGRESS"), savepoint(5, "IN_PROGRESS")], 4),
            (IN_PROGRESS, [checkpoint(4), savepoint(3), savepoint(2)], 3),
            (made(PATH), [savepoint(6), own(5), savepoint(2)], 4),
            (made(PATH), [], 0),
        ],
        ids=["in progress", "checkpoints after it", "two at once", "not listed yet", "done", "done, not listed"],
    )
    @pytest.mark.parametrize("is_retry", [False, True])
    def test_attaches_to_the_operation_of_an_earlier_try(
        self, operation: Any, listed: list[Any], after: int, is_retry: bool
    ) -> None:
        script = running().on(STATUS, operation).on(CHECKPOINTS, history(*listed))
        assert script.run(beginning(script, is_retry)) == Begun(OPERATION, after, DIRECTORY)
        assert not triggered(script)

    def test_what_a_deleted_run_with_the_same_id_has_started_is_not_this_tasks(self) -> None:
        script = running().on(STATUS, made(PATH), UNKNOWN_OPERATION)
        script.run(beginning(script, recurs=True))
        assert triggered(script) == [(SECOND_OPERATION, f"{BASE}/{SECOND_OPERATION}")]
        assert "of a deleted DAG run with the same id" in script.told[0]

    def test_an_operation_that_failed_uses_up_its_id(self) -> None:
        script = running().on(STATUS, broken("java.io.IOException: Disk full"), UNKNOWN_OPERATION)
        script.run(beginning(script, is_retry=True))
        assert triggered(script) == [(SECOND_OPERATION, f"{BASE}/{SECOND_OPERATION}")]
        assert script.told[0] == f"An earlier try's operation {OPERATION} failed; starting a new one."

    def test_a_failure_that_is_forgotten_does_not_hide_the_operation_after_it(self) -> None:
        script = running().on(STATUS, UNKNOWN_OPERATION, IN_PROGRESS)
        begun = script.run(beginning(script, is_retry=True))
        assert begun == Begun(SECOND_OPERATION, 0, f"{BASE}/{SECOND_OPERATION}")
        assert not triggered(script)

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_a_savepoint_whose_operation_is_forgotten_is_found_in_its_directory(self, place: int) -> None:
        listed = [savepoint(7), own(6, operation_id=ATTEMPT.ids[place]), savepoint(5), checkpoint(4)]
        script = running().on(CHECKPOINTS, history(*listed))
        path = f"{BASE}/{ATTEMPT.ids[place]}/savepoint-6"
        assert script.run(beginning(script, is_retry=True)) == Savepoint(ID, path, ATTEMPT.ids[place], "RUNNING")
        assert not triggered(script)

    def test_one_that_has_left_the_history_is_the_latest_savepoint(self) -> None:
        latest = {"completed": None, "savepoint": own(5)}
        script = running().on(CHECKPOINTS, {**history(checkpoint(16)), "latest": latest})
        assert script.run(beginning(script, is_retry=True)) == Savepoint(ID, PATH, OPERATION, "RUNNING")

    def test_one_of_a_job_that_has_ended_since(self) -> None:
        script = running().jobs(row("FINISHED")).on(CHECKPOINTS, history(own(5)))
        assert script.run(beginning(script, is_retry=True)) == Savepoint(ID, PATH, OPERATION, "FINISHED")

    @pytest.mark.parametrize(
        ("is_retry", "listed"),
        [
            (False, [own(5)]),
            (True, []),
            (True, [savepoint(5)]),
            (True, [savepoint(5), savepoint(4)]),
            (True, [checkpoint(5)]),
            (True, [savepoint(5, "FAILED")]),
        ],
        ids=["no earlier try", "nothing", "another task's", "two of other tasks", "a checkpoint", "a failed one"],
    )
    def test_takes_no_other(self, is_retry: bool, listed: list[Any]) -> None:
        script = running().on(CHECKPOINTS, history(*listed))
        script.run(beginning(script, is_retry))
        assert triggered(script) == [(OPERATION, DIRECTORY)]

    def test_before_flink_1_15_one_in_progress_may_be_its_own(self) -> None:
        """Flink has given the operation an id that the task does not know."""
        looks = [history(savepoint(5, "IN_PROGRESS")), history(own(5))]
        script = running().on(CHECKPOINTS, *looks).on("GET /config", {"flink-version": "1.14.6"})
        assert script.run(beginning(script, is_retry=True)) == Savepoint(ID, PATH, OPERATION, "RUNNING")
        assert script.pauses == [10]

    @pytest.mark.parametrize(
        ("look", "kind", "words"),
        [
            (row("FINISHED"), JobEnded, r"is FINISHED: no savepoint can be taken\."),
            (row("CANCELED"), JobFailed, r"was cancelled, and not by this task .* No savepoint can be taken\."),
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
            script.run(beginning(script, directory=None))
        assert caught.value.hopeless

    @pytest.mark.parametrize(("version", "triggers"), [("1.14.6", 1), ("1.15.4", 3), ("2.3.0", 3)])
    def test_an_unclear_response_is_repeated_only_under_an_id_of_our_own(self, version: str, triggers: int) -> None:
        script = Script(version).jobs(row("RUNNING")).on(STATUS, UNKNOWN_OPERATION)
        script.on(CHECKPOINTS, history(checkpoint(4))).on(SAVEPOINT, errors.NoAnswer, errors.NoAnswer, BEGUN)
        assert script.run(patiently(beginning(script), Patience(), script.clock)) == FIRST
        assert script.count(SAVEPOINT) == triggers

    def test_flink_without_ids_of_our_own(self) -> None:
        """After an unclear response the savepoint is found by its directory, in a list that may be seconds old."""
        script = running().on(CHECKPOINTS, *[history(checkpoint(4))] * 2, history(own(6), savepoint(5)))
        script.on("GET /config", {"flink-version": "1.14.6"}).on(SAVEPOINT, errors.ConnectionLost)
        begun = script.run(beginning(script))
        assert isinstance(begun, Begun)
        assert script.run(following(script, begun)).path == f"{DIRECTORY}/savepoint-6"
        assert script.pauses == [3.1]
        assert script.count(SAVEPOINT) == 1


class TestLedger:
    """A durable ledger has what an earlier try was about to do."""

    def test_an_intent_is_recorded_before_the_request(self) -> None:
        ledger = DurableLedger()
        script = running().on(SAVEPOINT, errors.Forbidden)
        with pytest.raises(SavepointFailed):
            script.run(beginning(script, ledger=ledger))
        assert [ledger.get(f"savepoint.{name}") for name in ("place", "before", "job_started")] == [0, 4, 0.001]

    @pytest.mark.parametrize("is_retry", [False, True])
    def test_without_an_entry_no_earlier_try_has_started_anything(self, is_retry: bool) -> None:
        script, store = running(), Store(f"{OPERATION}/savepoint-5")
        script.run(beginning(script, is_retry, ledger=DurableLedger(), store=store))
        assert triggered(script) == [(OPERATION, DIRECTORY)]
        assert not store.opened

    def test_its_place_in_the_series_is_known(self) -> None:
        ledger = DurableLedger()
        ledger.record({"savepoint.place": 1})
        script = running().on(CHECKPOINTS, history(own(6, operation_id=SECOND_OPERATION), own(5)))
        found = script.run(beginning(script, ledger=ledger))
        assert found == Savepoint(ID, f"{BASE}/{SECOND_OPERATION}/savepoint-6", SECOND_OPERATION, "RUNNING")


class TestStore:
    """The cluster has forgotten all, as after a restart of its JobManager: the directory has the savepoint."""

    @pytest.mark.parametrize("look", [row("RUNNING"), row("FINISHED"), GONE], ids=["runs", "finished", "gone"])
    def test_a_retry_finds_what_an_earlier_try_made(self, look: Any) -> None:
        script = running().jobs(look).on(CHECKPOINTS, NO_JOB if look is GONE else history())
        store = Store(f"{OPERATION}/savepoint-4", f"{OPERATION}/savepoint-5")
        found = script.run(beginning(script, is_retry=True, store=store))
        assert isinstance(found, Savepoint)
        assert (found.path, found.operation_id) == (PATH, OPERATION)
        assert not triggered(script)
        assert set(store.opened) == {BASE}

    def test_an_empty_directory_is_one_whose_jobmanager_has_died(self) -> None:
        script = running()
        script.run(beginning(script, is_retry=True, store=Store("other/savepoint-5")))
        assert triggered(script) == [(OPERATION, DIRECTORY)]

    @pytest.mark.parametrize("error", [ValueError("no s3fs"), BackendTrouble("no response")])
    def test_a_store_that_cannot_be_read_costs_a_second_savepoint(self, error: Exception) -> None:
        script = running()
        script.run(beginning(script, is_retry=True, store=Store(error=error)))
        assert triggered(script) == [(OPERATION, DIRECTORY)]
        assert script.told[0].startswith("Whether an earlier try made a savepoint in ")
        assert script.told[0].endswith(f"cannot be read: {error}")

    def test_where_the_job_is_gone_the_error_names_the_directory(self) -> None:
        script = running().jobs(GONE).on(CHECKPOINTS, NO_JOB)
        with pytest.raises(JobNotFound, match=f"There is no job .* An earlier try may have written to {DIRECTORY}"):
            script.run(beginning(script, is_retry=True))

    @pytest.mark.parametrize(
        ("base", "spelt"),
        [
            ("s3://bucket/x/", "s3://bucket/x"),
            ("file:/x/y", "file:/x/y"),
            ("file:///x/y/", "file:/x/y"),
            ("/x/y", "file:/x/y"),
        ],
    )
    def test_a_path_is_spelt_as_flink_spells_it(self, base: str, spelt: str) -> None:
        store = Store(f"{OPERATION}/savepoint-5")
        script = running()
        found = script.run(beginning(script, is_retry=True, directory=base, store=store))
        assert isinstance(found, Savepoint)
        assert found.path == f"{spelt}/{OPERATION}/savepoint-5"
        assert store.opened[-1].startswith(("s3://bucket/x", "file:///x/y"))

    def lost(self) -> SavepointFailed:
        return SavepointFailed("It failed.", job_id=ID, directory=DIRECTORY)

    def test_what_was_lost_while_it_was_followed(self) -> None:
        script = running()
        store = Store(f"{OPERATION}/savepoint-5")
        found = script.run(find_lost_savepoint(script.backend, self.lost(), store.open))
        assert found == Savepoint(ID, PATH, None, "RUNNING")

    @pytest.mark.parametrize(
        ("store", "words"),
        [
            (Store(), f"It failed. This worker sees no complete savepoint in {DIRECTORY}."),
            (Store(error=ValueError("no s3fs")), f"It failed. .* may be complete in {DIRECTORY}, but: no s3fs"),
        ],
    )
    def test_what_is_not_found_there_either(self, store: Store, words: str) -> None:
        script = running()
        with pytest.raises(SavepointFailed, match=words):
            script.run(find_lost_savepoint(script.backend, self.lost(), store.open))

    def test_a_failure_that_the_cluster_knows_is_not_searched_for(self) -> None:
        script, store = running(), Store(f"{OPERATION}/savepoint-5")
        error = SavepointFailed("Disk full.", job_id=ID)
        with pytest.raises(SavepointFailed) as caught:
            script.run(find_lost_savepoint(script.backend, error, store.open))
        assert caught.value is error
        assert not store.opened


def following(script: Script, begun: Begun = FIRST) -> Flow[Savepoint]:
    return follow_savepoint(
        script.backend,
        job_id=ID,
        operation_id=begun.operation_id,
        after_checkpoint=begun.after_checkpoint,
        poll_interval=10,
        directory=begun.directory,
    )


class TestFollow:
    def test_in_progress_and_then_done(self) -> None:
        script = Script().on(STATUS, IN_PROGRESS, IN_PROGRESS, made(PATH)).jobs(row("RUNNING"))
        assert script.run(following(script)) == Savepoint(ID, PATH, OPERATION, "RUNNING")
        assert script.pauses == [10, 10]

    def test_a_failure_tells_what_became_of_the_job(self) -> None:
        script = Script().on(STATUS, recorded("2.3.0", "savepoint-snapshot-fails-status").answer)
        script.jobs(row("RUNNING"))
        with pytest.raises(SavepointFailed, match=r"failed: .+\. Now job 'count' .* is RUNNING") as caught:
            script.run(following(script))
        assert (caught.value.savepoint_path, caught.value.directory) == (None, None)

    def test_flinks_own_reason_may_be_that_a_task_failed(self) -> None:
        reason = "org.apache.flink.runtime.checkpoint.CheckpointException: FailoverRegion is restarting."
        script = Script().on(STATUS, broken(reason)).jobs(row("RUNNING"))
        failed = exception("java.io.IOException: Disk full", "Count (1/2) - execution #0")
        script.on(EXCEPTIONS, exceptions(failed, failed | {"timestamp": 1}))
        last = "at 2027-01-15 08:00:00 UTC in Count (1/2) - execution #0: IOException: Disk full."
        with pytest.raises(SavepointFailed) as caught:
            script.run(following(script))
        assert str(caught.value).endswith(f" What failed last in it, {last}")

    @pytest.mark.parametrize("reply", [errors.NoAnswer, NO_JOB])
    def test_a_path_is_kept_though_the_job_cannot_be_read(self, reply: Any) -> None:
        script = Script().on(STATUS, made(PATH)).on(OVERVIEW, reply)
        assert script.run(following(script)) == Savepoint(ID, PATH, OPERATION, "out of reach")

    def test_done_without_a_path(self) -> None:
        script = Script().on(STATUS, {"status": {"id": "COMPLETED"}, "operation": None}).jobs(row("RUNNING"))
        with pytest.raises(SavepointFailed, match="Flink gave neither a result nor a reason"):
            script.run(following(script))

    def test_a_time_out(self) -> None:
        script = Script().on(STATUS, IN_PROGRESS)
        with pytest.raises(WaitTimedOut, match=f"operation {OPERATION} on job {ID} is in progress"):
            script.run(within(following(script), START + 25, script.clock))


class TestForgotten:
    """The cluster responds with 404 in the middle: the savepoint is found by its directory."""

    @pytest.mark.parametrize(
        "looks",
        [
            [history(own(5), checkpoint(4))],
            [history(savepoint(5, "IN_PROGRESS"), savepoint(3)), history(own(5), savepoint(3))],
            [history(savepoint(7), checkpoint(6), own(5), savepoint(3))],
            [history(savepoint(7), own(6) | {"external_path": PATH}, savepoint(5))],
            [history(savepoint(7, "FAILED"), own(5))],
        ],
        ids=["done", "in progress", "others after it", "others around it", "a failed one after it"],
    )
    def test_done(self, looks: list[Any]) -> None:
        script = Script().on(STATUS, IN_PROGRESS, UNKNOWN_OPERATION).on(CHECKPOINTS, *looks).jobs(row("RUNNING"))
        assert script.run(following(script)) == Savepoint(ID, PATH, OPERATION, "RUNNING")

    @pytest.mark.parametrize(
        ("listed", "words"),
        [
            (history(savepoint(5, "FAILED")), "Savepoint 5 failed: The job has failed"),
            (history(savepoint(5, "FAILED") | {"failure_message": None}), "Savepoint 5 failed: no reason given"),
            (history(checkpoint(6), savepoint(3)), "the job's history does not have its savepoint"),
            (history(savepoint(5)), "the job's history does not have its savepoint"),
            (NO_JOB, "the job's history does not have its savepoint"),
        ],
        ids=["failed", "failed without a reason", "absent", "another task's", "the job is gone"],
    )
    def test_not_done(self, listed: Any, words: str) -> None:
        script = Script().on(STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, listed)
        script.jobs(GONE if listed is NO_JOB else row("RUNNING"))
        with pytest.raises(SavepointFailed, match=rf"failed: .*{words}\. Now ") as caught:
            script.run(following(script))
        assert caught.value.directory == DIRECTORY

    def test_a_server_that_fails_is_not_one_that_forgets(self) -> None:
        script = Script().on(STATUS, refusal(500, "oops"))
        with pytest.raises(errors.ServerError):
            script.run(following(script))
