"""Orphaned jobs: jobs that run on although their task has ended, and should have ended them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from airflow_provider_dli.jobs.end import DETACH
from airflow_provider_dli.jobs.flink.backend import FlinkBackend
from airflow_provider_dli.jobs.flink.marked_jobs import MarkedJob, marked_jobs
from airflow_provider_dli.jobs.flink.marks import Mark
from airflow_provider_dli.jobs.model import WaitUntil
from airflow_provider_dli.rest.flow import Flow

# States of a task that will not be tried again.
_FAILED = {"failed", "upstream_failed", "removed", "skipped"}
_SUCCESS = "success"


class TaskKey(NamedTuple):
    """A task instance, in any of its generations.

    :param dag_id: the DAG.
    :param run_id: its run.
    :param task_id: the task.
    :param map_index: index of a mapped task instance; -1 where the task is not mapped.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int


class OrphanedJob(NamedTuple):
    """A job that runs on although its task has ended.

    :param job_id: the job.
    :param job_name: its name.
    :param job_status: its status, in Flink's word.
    :param task: the task instance that has started it.
    :param task_state: the state of that, in Airflow's word.
    :param on_kill: the task's ``on_kill``: how it would have ended the job.
    """

    job_id: str
    job_name: str
    job_status: str
    task: TaskKey
    task_state: str
    on_kill: str


def running_marked_jobs(backend: FlinkBackend) -> Flow[list[MarkedJob]]:
    """Return the jobs that have not ended and bear a mark, the newest first. This takes one request for each job.

    :param backend: the cluster.
    """
    running = [job for job in (yield from backend.all_jobs()).values() if not job.has_ended]
    return (yield from marked_jobs(backend, sorted(running, key=lambda job: job.started or 0.0, reverse=True)))


def key_of(mark: Mark) -> TaskKey:
    """Return the task instance of a mark."""
    return TaskKey(mark.dag_id, mark.run_id, mark.task_id, mark.map_index)


def orphans(jobs: Iterable[MarkedJob], states: Mapping[TaskKey, str | None], namespace: str) -> Sequence[OrphanedJob]:
    """Return those of some jobs that their task should have ended.

    That are jobs whose task ended in failure; jobs whose task is a success, although it was to wait for their end; and
    jobs of a task that was cleared, and has started a newer job since. A job whose task instance is unknown here may
    belong to another Airflow, and is left out. So is a job that a kill detaches.

    :param jobs: jobs that have not ended, the newest first.
    :param states: states of their task instances; None or missing for one that is unknown.
    :param namespace: name of this Airflow installation, as in marks.
    """
    newest: dict[TaskKey, str] = {}
    found = []
    for job, mark in jobs:
        key = key_of(mark)
        is_newest = newest.setdefault(key, mark.identity) == mark.identity
        state = states.get(key)
        is_ours = mark.namespace == namespace and mark.on_kill not in {"", DETACH}
        if is_ours and state and (not is_newest or _has_ended(mark, state)):
            found.append(OrphanedJob(job.id, job.name, job.status, key, state, mark.on_kill))
    return found


def _has_ended(mark: Mark, state: str) -> bool:
    """Return whether a task in a state should have ended its job; the job of a success may be meant to run on."""
    return state in _FAILED or (state == _SUCCESS and mark.wait_until == WaitUntil.FINISHED.value)
