"""Checkpoints on demand: one request, one checkpoint, and where it lies."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.checkpoint import begin_checkpoint, follow_checkpoint
from airflow_provider_dli.jobs.errors import (
    CheckpointFailed,
    JobEnded,
    JobError,
    JobFailed,
    JobForgotten,
    JobNotFound,
)
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.model import Begun, MadeCheckpoint
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, WaitTimedOut, patiently, within
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINT,
    CHECKPOINT_STATUS,
    CHECKPOINTS,
    GONE,
    ID,
    IDENTITY,
    IN_PROGRESS,
    NO_JOB,
    OPERATION,
    SECOND_OPERATION,
    SETTINGS,
    START,
    UNKNOWN_OPERATION,
    Script,
    broken,
    checkpoint,
    checkpointed,
    history,
    refusal,
    row,
    savepoint,
)
from tests.jobs.test_savepoint import DurableLedger

BEGUN = {"request-id": OPERATION}
PATH = "file:/checkpoints/5"
FIRST = Begun(OPERATION, after_checkpoint=4)
PERIODIC, ON_DEMAND_ONLY = (
    {"mode": "exactly_once", "interval": interval, "timeout": 1, "min_pause": 0, "max_concurrent": 1,
     "externalization": {"enabled": False, "delete_on_cancellation": True}}
    for interval in (1000, 2**63 - 1)
)  # fmt: skip


def beginning(
    script: Script,
    is_retry: bool = False,
    checkpoint_type: str | None = None,
    *,
    ledger: VolatileLedger | None = None,
) -> Flow[Begun]:
    def trigger(operation_id: str) -> Flow[str]:
        return script.backend.trigger_checkpoint(ID, checkpoint_type=checkpoint_type, trigger_id=operation_id)

    attempt = Attempt(IDENTITY, "stop", ledger=ledger or VolatileLedger(), is_retry=is_retry)
    return begin_checkpoint(script.backend, job_id=ID, attempt=attempt, trigger=trigger, poll_interval=10)


def following(script: Script, begun: Begun = FIRST) -> Flow[MadeCheckpoint]:
    where = {"operation_id": begun.operation_id, "after_checkpoint": begun.after_checkpoint}
    return follow_checkpoint(script.backend, job_id=ID, poll_interval=10, **where)


def triggered_ids(script: Script) -> list[str]:
    return [body["triggerId"] for body in script.bodies if body]


def running(version: str = "2.2.1") -> Script:
    """A running job with a checkpoint, and no operation."""
    seen = history(checkpoint(4), checkpoint(3))
    return Script(version).jobs(row("RUNNING")).on(CHECKPOINT_STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, seen)


def noted() -> VolatileLedger:
    """The ledger of a try that was about to trigger a checkpoint, after number 4."""
    ledger, script = DurableLedger(), running().on(CHECKPOINT, BEGUN)
    script.run(beginning(script, ledger=ledger))
    return ledger


class TestBegin:
    @pytest.mark.parametrize("checkpoint_type", [None, "CONFIGURED", "FULL"])
    def test_a_new_checkpoint(self, checkpoint_type: str | None) -> None:
        script = running().on(CHECKPOINT, BEGUN)
        assert script.run(beginning(script, checkpoint_type=checkpoint_type)) == FIRST
        assert [body for body in script.bodies if body] == [
            {"triggerId": OPERATION, **({"checkpointType": checkpoint_type} if checkpoint_type else {})}
        ]

    def test_waits_until_all_tasks_run(self) -> None:
        script = running().jobs(row("RESTARTING"), row("RUNNING", running=1, initializing=1), row("RUNNING"))
        assert script.run(beginning(script.on(CHECKPOINT, BEGUN)))
        assert script.pauses == [10, 10]

    @pytest.mark.parametrize(
        ("operation", "seen", "after"),
        [
            (IN_PROGRESS, [checkpoint(5, "IN_PROGRESS"), checkpoint(4)], 4),
            (IN_PROGRESS, [], 0),
            (checkpointed(5), [checkpoint(8), checkpoint(5), checkpoint(4)], 4),
        ],
        ids=["in progress", "in progress, not listed", "done"],
    )
    def test_attaches_to_the_operation_of_an_earlier_try(self, operation: Any, seen: list[Any], after: int) -> None:
        script = running().on(CHECKPOINT_STATUS, operation).on(CHECKPOINTS, history(*seen))
        assert script.run(beginning(script)) == Begun(OPERATION, after)
        assert not triggered_ids(script)

    def test_an_operation_that_failed_uses_up_its_id(self) -> None:
        script = running().on(CHECKPOINT_STATUS, broken("java.io.IOException: Disk full"), UNKNOWN_OPERATION)
        script.run(beginning(script.on(CHECKPOINT, BEGUN)))
        assert triggered_ids(script) == [SECOND_OPERATION]

    @pytest.mark.parametrize("status", ["COMPLETED", "IN_PROGRESS"])
    def test_takes_a_checkpoint_whose_operation_is_forgotten(self, status: str) -> None:
        """The ledger has the last checkpoint before it."""
        script = running().on(SETTINGS, ON_DEMAND_ONLY)
        script.on(CHECKPOINTS, history(savepoint(6), checkpoint(5, status), checkpoint(4)))
        assert script.run(beginning(script, is_retry=True, ledger=noted())) == FIRST
        assert script.told[0].startswith("An earlier try started checkpoint 5")
        assert not triggered_ids(script)

    @pytest.mark.parametrize(
        ("seen", "settings"),
        [
            ([], ON_DEMAND_ONLY),
            ([savepoint(5)], ON_DEMAND_ONLY),
            ([checkpoint(4)], ON_DEMAND_ONLY),
            ([checkpoint(5, "FAILED")], ON_DEMAND_ONLY),
            ([checkpoint(5)], PERIODIC),
        ],
        ids=["nothing there", "a savepoint", "an older one", "a failed one", "the job's own"],
    )
    def test_takes_no_other(self, seen: list[Any], settings: Any) -> None:
        script = running().on(CHECKPOINTS, history(*seen)).on(CHECKPOINT, BEGUN).on(SETTINGS, settings)
        script.run(beginning(script, is_retry=True, ledger=noted()))
        assert triggered_ids(script) == [OPERATION]

    @pytest.mark.parametrize("ledger", [None, DurableLedger()], ids=["no ledger", "no entry"])
    def test_without_that_entry_another_one_is_made(self, ledger: VolatileLedger | None) -> None:
        script = running().on(CHECKPOINTS, history(checkpoint(5))).on(CHECKPOINT, BEGUN).on(SETTINGS, ON_DEMAND_ONLY)
        script.run(beginning(script, is_retry=True, ledger=ledger))
        assert triggered_ids(script) == [OPERATION]

    def test_an_entry_of_a_job_that_was_started_again_since_does_not_count(self) -> None:
        script = running().jobs({**row("RUNNING"), "start-time": 2}).on(SETTINGS, ON_DEMAND_ONLY)
        script.on(CHECKPOINTS, history(checkpoint(5))).on(CHECKPOINT, BEGUN)
        script.run(beginning(script, is_retry=True, ledger=noted()))
        assert triggered_ids(script) == [OPERATION]

    @pytest.mark.parametrize(
        ("look", "kind", "words"),
        [
            (row("FINISHED"), JobEnded, "is FINISHED: no checkpoint can be made of it."),
            (row("CANCELED"), JobFailed, r"was cancelled, .* No checkpoint can be made of it\."),
            (GONE, JobNotFound, f"There is no job {ID}"),
        ],
    )
    @pytest.mark.parametrize("is_retry", [False, True])
    def test_a_job_that_does_not_run(self, look: Any, kind: type[JobError], words: str, is_retry: bool) -> None:
        script = running().jobs(look).on(CHECKPOINTS, NO_JOB if look is GONE else history())
        with pytest.raises(kind, match=words) as caught:
            script.run(beginning(script, is_retry))
        assert caught.value.hopeless
        assert not triggered_ids(script)

    @pytest.mark.parametrize("version", ["1.9.3", "1.16.3"])
    def test_an_older_flink_is_told_apart_before_anything_is_sent(self, version: str) -> None:
        script = running(version)
        told = f"^A checkpoint on demand needs Flink 1.17 or newer; the cluster runs {version.rpartition('.')[0]}.$"
        with pytest.raises(NotInThisVersion, match=told):
            script.run(beginning(script))
        assert not script.count(CHECKPOINT) + script.count(CHECKPOINT_STATUS)

    def test_a_refusal(self) -> None:
        script = running().on(CHECKPOINT, refusal(400, "java.lang.IllegalStateException: Not today"))
        with pytest.raises(CheckpointFailed, match=r"IllegalStateException: Not today\.$"):
            script.run(beginning(script))

    def test_an_unclear_answer_is_repeated_under_the_same_id(self) -> None:
        script = running().on(CHECKPOINT, errors.NoAnswer, errors.ConnectionLost, BEGUN)
        assert script.run(patiently(beginning(script), Patience(), script.clock)) == FIRST
        assert triggered_ids(script) == [OPERATION] * 3

    def test_what_no_answer_came_to_is_followed(self) -> None:
        script = running().on(CHECKPOINT, errors.NoAnswer)
        begun = script.run(beginning(script))
        script.on(CHECKPOINT_STATUS, checkpointed(5)).on(CHECKPOINTS, history(checkpoint(5)))
        assert script.run(following(script, begun)).path == PATH


class TestFollow:
    def test_in_progress_and_then_done(self) -> None:
        script = Script().on(CHECKPOINT_STATUS, IN_PROGRESS, checkpointed(5)).on(CHECKPOINTS, history(checkpoint(5)))
        assert script.run(following(script)) == MadeCheckpoint(ID, 5, PATH, OPERATION)
        assert script.pauses == [10]

    @pytest.mark.parametrize("version", ["1.17.2", "1.20.5", "2.3.0"])
    def test_as_recorded(self, version: str) -> None:
        answer = recorded(version, "checkpoint-trigger-status").answer
        number = answer.json()["operation"]["checkpointId"]
        script = Script(version).on(CHECKPOINT_STATUS, answer).on(CHECKPOINTS, history(checkpoint(number)))
        assert script.run(following(script)).path == f"file:/checkpoints/{number}"

    def test_waits_until_the_statistics_are_new_enough(self) -> None:
        looks = [history(checkpoint(4)), history(checkpoint(5, "IN_PROGRESS")), history(checkpoint(5))]
        script = Script().on(CHECKPOINT_STATUS, checkpointed(5)).on(CHECKPOINTS, *looks)
        assert script.run(following(script)).path == PATH
        assert script.pauses == [1, 1]

    def test_state_in_the_jobmanagers_memory(self) -> None:
        seen = checkpoint(5) | {"external_path": "<checkpoint-not-externally-addressable>"}
        script = Script().on(CHECKPOINT_STATUS, checkpointed(5)).on(CHECKPOINTS, history(seen))
        assert script.run(following(script)) == MadeCheckpoint(ID, 5, None, OPERATION)
        assert not script.told

    @pytest.mark.parametrize("seen", [history(checkpoint(16), checkpoint(15)), history(checkpoint(4))])
    def test_one_whose_path_is_never_told_was_made_all_the_same(self, seen: Any) -> None:
        script = Script().on(CHECKPOINT_STATUS, checkpointed(5)).on(CHECKPOINTS, seen)
        assert script.run(following(script)) == MadeCheckpoint(ID, 5, None, OPERATION)
        assert script.told[-1:] == [f"Checkpoint 5 of job {ID} is complete; the job's history does not tell its path."]

    @pytest.mark.parametrize(
        "name", ["checkpoint-trigger-unknown-job-status", "checkpoint-trigger-finished-job-status"]
    )
    @pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
    def test_a_job_that_was_gone_when_flink_had_accepted(self, version: str, name: str) -> None:
        script = Script().on(CHECKPOINT_STATUS, recorded(version, name).answer).jobs(row("FINISHED"))
        words = rf"^The checkpoint of job {ID} failed: FlinkJobNotFoundException: .+ Now job 'count' .* is FINISHED\.$"
        with pytest.raises(CheckpointFailed, match=words) as caught:
            script.run(following(script))
        assert not caught.value.hopeless

    def test_done_without_a_result(self) -> None:
        script = Script().on(CHECKPOINT_STATUS, {"status": {"id": "COMPLETED"}, "operation": None}).jobs(row("RUNNING"))
        with pytest.raises(CheckpointFailed, match="Flink gave neither a result nor a reason"):
            script.run(following(script))

    def test_a_time_out(self) -> None:
        script = Script().on(CHECKPOINT_STATUS, IN_PROGRESS)
        with pytest.raises(WaitTimedOut, match=f"operation {OPERATION} on job {ID} is in progress"):
            script.run(within(following(script), START + 25, script.clock))


class TestForgotten:
    """The cluster answers 404 in the middle: a checkpoint that began after the operation is as good."""

    @pytest.mark.parametrize(
        "looks",
        [
            [history(checkpoint(5), checkpoint(4))],
            [history(checkpoint(4)), history(checkpoint(5))],
            [history(checkpoint(5, "IN_PROGRESS"), savepoint(3)), history(checkpoint(5))],
            [history(checkpoint(7), savepoint(6), checkpoint(5), checkpoint(3))],
        ],
        ids=["done", "not listed yet", "in progress", "others after it"],
    )
    def test_done(self, looks: list[Any]) -> None:
        script = Script().on(CHECKPOINT_STATUS, IN_PROGRESS, UNKNOWN_OPERATION).on(CHECKPOINTS, *looks)
        assert script.run(following(script)) == MadeCheckpoint(ID, 5, PATH, OPERATION)

    @pytest.mark.parametrize(
        ("seen", "words"),
        [
            (history(checkpoint(5, "FAILED")), "The job has failed"),
            (history(checkpoint(5, "FAILED") | {"failure_message": None}), "no reason given"),
            (history(savepoint(6), checkpoint(3)), "forgotten the operation, and no such checkpoint is in the history"),
            (NO_JOB, "forgotten the operation, and no such checkpoint is in the history"),
        ],
        ids=["failed", "failed without a reason", "absent", "the job is gone"],
    )
    def test_not_done(self, seen: Any, words: str) -> None:
        script = Script().on(CHECKPOINT_STATUS, UNKNOWN_OPERATION).on(CHECKPOINTS, seen)
        script.jobs(GONE if seen is NO_JOB else row("RUNNING"))
        with pytest.raises(CheckpointFailed, match=rf"failed: .*{words}\. Now "):
            script.run(following(script))

    def test_a_job_that_is_lost_before_the_path_is_told(self) -> None:
        script = Script().on(CHECKPOINT_STATUS, checkpointed(5)).on(CHECKPOINTS, NO_JOB).jobs(GONE)
        with pytest.raises(JobForgotten):
            script.run(following(script))
