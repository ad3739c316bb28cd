"""Waiting for a job or a whole program: until it is submitted, runs, has made a checkpoint, or has finished."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_dli.jobs.backend import Backend, OperatingBackend
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobFailed, JobForgotten
from airflow_provider_dli.jobs.look import forgotten, just_submitted, look, recovered, sought, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState, WaitUntil
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# A program's own end comes within some two seconds after that of its last job. Seconds between two looks.
_MAIN_POLL = 1.0
_LOOKS_AT_THE_END = (0.5,) * 10


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


def wait_for_program(
    backend: OperatingBackend,
    *,
    program_id: str,
    job_id: str,
    job_ids: Sequence[str],
    until: str,
    poll_interval: float,
    process: str | None = None,
    tag: str | None = None,
) -> Flow[ProgramRun]:
    """Wait until all jobs of a program have come as far as ``until`` says, and the program itself where it has an end.

    :param backend: where it runs.
    :param program_id: the id under which it was submitted.
    :param job_id: the id of its first job.
    :param job_ids: the ids of its jobs, as far as known.
    :param until: a :class:`~airflow_provider_dli.jobs.model.WaitUntil`.
    :param poll_interval: seconds between two looks.
    :param process: the process of the cluster that it was submitted to; None where that is not known.
    :param tag: the tag of its uploads, which are deleted once it no longer needs them; None where it has none.
    :raises JobFailed: when the program or one of its jobs ends badly.
    :raises JobForgotten: when the cluster no longer knows it. It is hopeless where it is known to have ended.
    """
    goal = WaitUntil(until)
    run = ProgramRun(program_id, tuple(map(just_submitted, job_ids or [job_id])))
    try:
        while True:
            run = yield from _look_at_program(backend, run, goal, process)
            if run.ended_badly and goal is not WaitUntil.SUBMITTED:
                raise (yield from _why_program_ended(backend, run))
            if (yield from _program_has_come(backend, run, goal)):
                break
            seconds = min(poll_interval, _MAIN_POLL) if _waits_for_main(run) else poll_interval
            yield from pause(seconds, (yield from _seeing_program(backend, run, goal)))
    except (JobFailed, JobForgotten):
        yield from _clean_up(backend, tag, has_ended=True)
        raise
    yield from _clean_up(backend, tag, has_ended=run.has_ended)
    return run


def _look_at_program(
    backend: OperatingBackend, before: ProgramRun, goal: WaitUntil, process: str | None
) -> Flow[ProgramRun]:
    """Return a run as it is now; a job that was seen to have ended need not be known any more."""
    run = yield from backend.run_of(before.id, before.job_ids)
    if run and run.state is not None:
        return run
    known = {job.id: job for job in run.jobs} if run else {}
    jobs = []
    for job in before.jobs:
        now = known.get(job.id) or (job if job.has_ended else (yield from backend.find_apart(job.id)))
        if now is None:
            raise (yield from _forgotten_program(backend, job, goal, process))
        jobs.append(now)
    return ProgramRun(before.id, tuple(jobs))


def _forgotten_program(backend: OperatingBackend, job: Job, goal: WaitUntil, process: str | None) -> Flow[JobForgotten]:
    """Return the error for a job that the cluster no longer knows.

    One whose JobManager is still there, or has handed its jobs over to another one, has ended. It must not run again
    while nobody knows whether its work was done.
    """
    error = forgotten(backend, job.id, f" Last seen: {job}.")
    if goal is not WaitUntil.FINISHED or process is None:
        return error
    now = yield from backend.incarnation()
    if now.process is None or now.may_have_lost(process):
        return error
    return JobForgotten(
        f"{backend.called[0].upper()}{backend.called[1:]} no longer knows job {job.id}, which has ended; how, is not "
        f"known. Last seen: {job}. Look whether its work was done; clear the task to run it again.",
        job_id=job.id,
        hopeless=True,
    )


def _program_has_come(backend: OperatingBackend, run: ProgramRun, goal: WaitUntil) -> Flow[bool]:
    if run.has_finished or goal is WaitUntil.SUBMITTED:
        return True
    if goal is WaitUntil.FINISHED or not run.jobs:
        return False
    for job in run.jobs:
        if not (yield from _has_come(backend, job, goal)):
            return False
    return True


def _seeing_program(backend: OperatingBackend, run: ProgramRun, goal: WaitUntil) -> Flow[str]:
    waited = next((job for job in run.jobs if not job.has_ended), None)
    hint = (yield from backend.hint(waited)) if waited else ""
    end = "its jobs have ended, and its main() has not" if _waits_for_main(run) else ""
    return "; ".join(filter(None, (str(run), end, f"waiting until {goal.value}", hint)))


def _waits_for_main(run: ProgramRun) -> bool:
    return run.state is not None and all(job.has_ended for job in run.jobs)


def _why_program_ended(backend: OperatingBackend, run: ProgramRun) -> Flow[JobFailed]:
    """Return the error for a program that ended badly, and cancel those of its jobs that have not ended."""
    failed = next((job for job in run.jobs if job.state is JobState.FAILED), None)
    if failed is None:
        failed = next((job for job in run.jobs if job.ended_badly), None)
    for job in run.jobs:
        if not job.has_ended and len(run.jobs) > 1:
            yield from backend.cancel(job.id)
    run = yield from sought(
        lambda: _again(backend, run), _LOOKS_AT_THE_END, "the program has failed; waiting for its reason", _is_over
    )
    own = (yield from backend.why_program_failed(run.id)) if run.state is not None else None
    if failed and (failed.state is JobState.FAILED or not own):
        return (yield from why_it_ended(backend, failed))
    first = failed or (run.jobs[0] if run.jobs else None)
    where = f": {backend.job_url(first.id)}" if first else ""
    what = f"Job {failed.name!r} was cancelled by {backend.called}: " if failed else ""
    cause = own or f"The program was {run.status}, and not by this task"
    return JobFailed(f"{what}{cause}\n{run}{where}", job_id=first.id if first else run.id)


def _again(backend: OperatingBackend, run: ProgramRun) -> Flow[ProgramRun]:
    return (yield from backend.run_of(run.id, run.job_ids)) or run


def _is_over(run: ProgramRun) -> bool:
    return run.state is None or run.state.is_final


def _clean_up(backend: OperatingBackend, tag: str | None, *, has_ended: bool) -> Flow[None]:
    """Delete uploads; that this fails must not hide what became of the program."""
    if not tag:
        return
    try:
        yield from backend.clean_up(tag, has_ended=has_ended)
    except RestError as error:
        yield from remark(f"Uploaded jars of this task may be left on the cluster: {error}")


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
