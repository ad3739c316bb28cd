"""Checkpoints: ``/jobs/:jobid/checkpoints``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer

# What Flink writes in place of a path for state that lives in the JobManager's memory.
_NO_PATH = "<checkpoint-not-externally-addressable>"
# The interval that Flink reports where periodic checkpoints are off: the largest long.
_NEVER = 2**63 - 1


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint or savepoint of a job.

    :param id: counts up within a job.
    :param status: ``IN_PROGRESS``, ``COMPLETED`` or ``FAILED``.
    :param is_savepoint: whether it was asked for.
    :param triggered: when it began, in milliseconds since the epoch.
    :param completed: when the last task had acknowledged it, in milliseconds since the epoch.
    :param path: where it lies; None while it does not, and for state in the JobManager's memory.
    :param size: bytes of state; -1 where unknown.
    :param failure: why it failed; None where it did not.
    """

    id: int
    status: str
    is_savepoint: bool
    triggered: int
    completed: int
    path: str | None
    size: int
    failure: str | None

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Checkpoint:
        """Read one entry of the history."""
        path = entry.get("external_path")
        return cls(
            entry["id"],
            entry["status"],
            entry["is_savepoint"],
            entry["trigger_timestamp"],
            entry["latest_ack_timestamp"],
            None if path == _NO_PATH else path,
            entry.get("state_size", -1),
            entry.get("failure_message"),
        )


@dataclass(frozen=True)
class Statistics:
    """What a job's checkpoints were; up to 3 seconds old.

    :param completed: how many have completed, savepoints included; begins anew when the JobManager does.
    :param failed: how many have failed.
    :param history: the last ones, newest first, ten unless the cluster is set otherwise.
    :param latest_completed: the last good checkpoint.
    :param latest_savepoint: the last good savepoint.
    """

    completed: int
    failed: int
    history: tuple[Checkpoint, ...]
    latest_completed: Checkpoint | None
    latest_savepoint: Checkpoint | None

    @classmethod
    def read(cls, answer: Answer) -> Statistics:
        """Read the answer."""
        told = answer.json()
        counts, latest = told["counts"], told["latest"]
        history = tuple(map(Checkpoint.read, told["history"]))
        good = latest.get("completed"), latest.get("savepoint")
        return cls(
            counts["completed"], counts["failed"], history, *(entry and Checkpoint.read(entry) for entry in good)
        )


@dataclass(frozen=True)
class Settings:
    """How a job makes checkpoints.

    :param interval: seconds between two; None where they are only made when asked for.
    :param timeout: seconds that one may take.
    """

    interval: float | None
    timeout: float

    @classmethod
    def read(cls, answer: Answer) -> Settings:
        """Read the answer."""
        told = answer.json()
        interval = told["interval"]
        return cls(None if interval >= _NEVER else interval / 1000, told["timeout"] / 1000)


@FLINK.endpoint("GET /jobs/:jobid/checkpoints", Statistics.read)
def checkpoints(job_id: str) -> Parts:
    """Ask what checkpoints a job has made.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/checkpoints/config", Settings.read)
def checkpoint_settings(job_id: str) -> Parts:
    """Ask how a job makes checkpoints.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])
