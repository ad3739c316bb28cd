"""Waiting for checkpoints and savepoints of DLI's Flink jobs, where the object store shows them."""

from __future__ import annotations

from typing import Any

from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.model import Checkpoint
from airflow_provider_dli.jobs.watch_checkpoints import wait_for_checkpoint
from airflow_provider_dli.rest.flow import Flow


def wait_for_dli_checkpoint(backend: FlinkJobs, *, path: str | None, **wanted: Any) -> Flow[Checkpoint]:
    """Wait until a job has made the checkpoints that are wanted; return the newest of them.

    :param backend: where it runs.
    :param path: the folder to look in; None for those that DLI tells of.
    :param wanted: as for :func:`~airflow_provider_dli.jobs.watch_checkpoints.wait_for_checkpoint`.
    """
    return wait_for_checkpoint(backend.looking_in(path) if path else backend, **wanted)
