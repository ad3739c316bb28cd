"""A savepoint that the cluster has forgotten is found in its directory, by the worker, however it has waited."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import JobError, SavepointFailed, StopFailed
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.model import Savepoint
from airflow_provider_dli.jobs.outcome import failed, succeeded
from airflow_provider_dli.jobs.savepoint import follow_savepoint
from airflow_provider_dli.operators.flink import FlinkStopJobOperator, FlinkTriggerSavepointOperator
from tests.jobs.script import CHECKPOINTS, GONE, ID, NO_JOB, STATUS, UNKNOWN_OPERATION, Script

OPERATION = "f" * 32
Kind = type[FlinkTriggerSavepointOperator] | type[FlinkStopJobOperator]
both = pytest.mark.parametrize(
    ("kind", "error"), [(FlinkTriggerSavepointOperator, SavepointFailed), (FlinkStopJobOperator, StopFailed)]
)


def operator(kind: Kind) -> Any:
    """An operator whose cluster has forgotten all."""
    script = Script().jobs(GONE).on(CHECKPOINTS, NO_JOB).on(STATUS, UNKNOWN_OPERATION)
    one = kind(task_id="it", job_id=ID)
    hook = SimpleNamespace(backend=script.backend, run=lambda flow, deadline=None: script.run(flow))
    one.__dict__["hook"] = hook
    return one


def complete(folder: Path) -> str:
    """Make a savepoint's folder as Flink does; return its path."""
    made = folder / OPERATION / "savepoint-d63d21-0a1b2c3d4e5f"
    made.mkdir(parents=True)
    (made / "_metadata").touch()
    return f"file:{made}"


@both
def test_after_a_wait_in_the_triggerer(kind: Kind, error: type[JobError], tmp_path: Path) -> None:
    path = complete(tmp_path)
    event = failed(error("It failed.", job_id=ID, directory=f"file://{tmp_path}/{OPERATION}"))
    assert operator(kind).read_outcome(event) == Savepoint(ID, path, None, "gone")


@both
def test_after_a_wait_on_the_worker(kind: Kind, error: type[JobError], tmp_path: Path) -> None:
    path = complete(tmp_path)
    waiting = call(
        kind.follow,
        job_id=ID,
        operation_id=OPERATION,
        after_checkpoint=0,
        poll_interval=1,
        directory=f"{tmp_path}/{OPERATION}",
    )
    assert operator(kind).run_or_defer(waiting, None) == Savepoint(ID, path, None, "gone")


@both
def test_one_that_is_not_there(kind: Kind, error: type[JobError], tmp_path: Path) -> None:
    (tmp_path / OPERATION / "savepoint-d63d21-0a1b2c3d4e5f").mkdir(parents=True)
    event = failed(error("It failed.", job_id=ID, directory=f"file://{tmp_path}/{OPERATION}"))
    with pytest.raises(error, match=r"It failed\. This worker sees no complete savepoint in file://"):
        operator(kind).read_outcome(event)


@both
def test_a_directory_that_cannot_be_opened(kind: Kind, error: type[JobError]) -> None:
    event = failed(error("It failed.", job_id=ID, directory=f"nowhere://bucket/{OPERATION}"))
    with pytest.raises(error, match=f"It failed. Its savepoint may be complete in nowhere://bucket/{OPERATION}, but: "):
        operator(kind).read_outcome(event)


@both
def test_other_errors_stay_as_they_are(kind: Kind, error: type[JobError]) -> None:
    with pytest.raises(error, match=r"^Disk full\.$"):
        operator(kind).read_outcome(failed(error("Disk full.", job_id=ID)))


def test_a_result_stays_as_it_is() -> None:
    made = Savepoint(ID, "file:/1", OPERATION, "RUNNING")
    assert operator(FlinkTriggerSavepointOperator).read_outcome(succeeded(made)) == made


def test_an_event_of_an_older_version_has_no_directory() -> None:
    waiting = call(follow_savepoint, job_id=ID, operation_id=OPERATION, after_checkpoint=0, poll_interval=1)
    with pytest.raises(SavepointFailed, match="the cluster has forgotten the operation"):
        operator(FlinkTriggerSavepointOperator).run_or_defer(waiting, None)
