"""Jobs of a cluster with the marks that they bear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from airflow_provider_dli.jobs.errors import JobForgotten
from airflow_provider_dli.jobs.flink.backend import FlinkBackend
from airflow_provider_dli.jobs.flink.marks import Mark
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.flow import Flow


class MarkedJob(NamedTuple):
    """A job and its mark.

    :param job: the job.
    :param mark: the task instance that has started it.
    """

    job: Job
    mark: Mark


def marked_jobs(backend: FlinkBackend, jobs: Iterable[Job]) -> Flow[list[MarkedJob]]:
    """Return those of some jobs that bear a mark. This takes one request for each job.

    :param backend: the cluster.
    :param jobs: the jobs.
    """
    found = []
    for job in jobs:
        try:
            mark = yield from backend.mark_of(job)
        except JobForgotten:
            continue
        if mark:
            found.append(MarkedJob(job, mark))
    return found


def jobs_of_task(backend: FlinkBackend, identity: Identity) -> Flow[list[Job]]:
    """Return the jobs that a task instance has started in any generation, newest first.

    :param backend: the cluster.
    :param identity: the task instance.
    """
    jobs = (yield from backend.all_jobs()).values()
    found = yield from marked_jobs(backend, sorted(jobs, key=lambda job: job.started or 0.0, reverse=True))
    return [one.job for one in found if one.mark.is_of_task(identity)]
