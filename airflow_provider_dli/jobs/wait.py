"""Waiting for a job: until it is submitted, runs, has made a checkpoint, or has finished."""

from __future__ import annotations

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import ConditionNotReachable
from airflow_provider_dli.jobs.look import just_submitted, look, recovered
from airflow_provider_dli.jobs.model import Job, JobState, WaitUntil
from airflow_provider_dli.rest.flow import Flow, pause


def wait_for_job(
    backend: Backend, *, job_id: str, until: str, poll_interval: float, known: bool = False, recovery: float = 0.0
) -> Flow[Job]:
    """Wait until a job has come as far as ``until`` says; one that has finished has come as far as any.

    :param backend: where it runs.
    :param job_id: its id.
    :param until: a :class:`~airflow_provider_dli.jobs.model.WaitUntil`.
    :param poll_interval: seconds between two looks.
    :param known: whether the job was seen before this wait began.
    :param recovery: seconds that a back end has to bring back by itself a job that has failed.
    :raises JobFailed: when it ends badly.
    :raises JobForgotten: when the cluster no longer knows it.
    """
    goal = WaitUntil(until)
    job = just_submitted(job_id) if known else None
    while True:
        job = yield from look(backend, job_id, job)
        if goal is not WaitUntil.SUBMITTED and job.ended_badly:
            job = yield from recovered(backend, job, recovery)
        if (yield from _has_come(backend, job, goal)):
            return job
        yield from pause(poll_interval, (yield from _seeing(backend, job, goal)))


def wait_for_status(
    backend: Backend,
    *,
    job_id: str,
    statuses: list[str],
    poll_interval: float,
    job: Job | None = None,
    recovery: float = 0.0,
) -> Flow[Job]:
    """Wait until a job has one of some statuses, in the back end's own words.

    :param backend: where it runs.
    :param job_id: its id.
    :param statuses: the statuses that end the wait.
    :param poll_interval: seconds between two looks.
    :param job: the job as it was seen before, or None.
    :param recovery: seconds that a back end has to bring back by itself a job that has failed.
    :raises JobFailed: when it ends badly, and that is not waited for.
    :raises ConditionNotReachable: when it finishes, and that is not waited for.
    """
    while True:
        job = yield from look(backend, job_id, job)
        if job.status not in statuses and job.ended_badly:
            job = yield from recovered(backend, job, recovery)
        if job.status in statuses:
            return job
        if job.has_ended:
            raise ConditionNotReachable(f"{job}, and will never be {' or '.join(statuses)}.", job_id=job_id)
        yield from pause(poll_interval, f"{job}; waiting for {' or '.join(statuses)}")


def wait_for_end(backend: Backend, *, job_id: str, poll_interval: float) -> Flow[Job]:
    """Wait until a job has ended, well or badly.

    :param backend: where it runs.
    :param job_id: its id.
    :param poll_interval: seconds between two looks.
    """
    job: Job | None = None
    while True:
        job = yield from look(backend, job_id, job)
        if job.has_ended:
            return job
        yield from pause(poll_interval, f"{job}; waiting for its end")


def _has_come(backend: Backend, job: Job, goal: WaitUntil) -> Flow[bool]:
    if goal is WaitUntil.SUBMITTED or job.state is JobState.FINISHED:
        return True
    if goal is WaitUntil.RUNNING:
        return (yield from backend.tasks_run(job))
    if goal is WaitUntil.CHECKPOINTED:
        return (yield from _has_checkpoint(backend, job))
    return False


def _has_checkpoint(backend: Backend, job: Job) -> Flow[bool]:
    if not (yield from backend.tasks_run(job)):
        return False
    if (yield from backend.checkpoints(job.id)).completed:
        return True
    if not (yield from backend.makes_checkpoints(job.id)):
        raise ConditionNotReachable(
            f"Job {job.name!r} makes no checkpoints. Give it an interval (execution.checkpointing.interval), "
            f"or wait until 'running'. It goes on running: {backend.job_url(job.id)}",
            job_id=job.id,
        )
    return False


def _seeing(backend: Backend, job: Job, goal: WaitUntil) -> Flow[str]:
    hint = yield from backend.hint(job)
    return "; ".join(filter(None, (str(job), f"waiting until {goal.value}", hint)))
