"""Submit or attach: one task instance starts its program once, whatever happens to requests and workers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.backend import Advice, Incarnation, OperatingBackend, Verdict
from airflow_provider_dli.jobs.errors import (
    IdUsedUp,
    JobForgotten,
    JobRejected,
    JobsNotListed,
    ProgramFailed,
    SubmissionUnclear,
)
from airflow_provider_dli.jobs.look import just_submitted, look, sought
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.operation import lies_in
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.stop_guard import stopped_with
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# How long a job may take to show up after an unclear response: its main() may still be at work. Seconds between looks.
LOOKS_AFTER_UNCLEAR = (1, 1, 2, 3, 5, 5, 5, 10, 10, 10, 10)
# The entry of the ledger for the last start, and what it may say of it.
_START = "start"
_SUBMITTING, _ACCEPTED, _FINISHED, _FAILED, _MAIN_FAILED = "submitting", "accepted", "finished", "failed", "main failed"

Start = Callable[[str], Flow[object]]


def submit_or_attach(backend: OperatingBackend, attempt: Attempt, start: Start) -> Flow[Job]:
    """Return the one job of this task instance: one that an earlier try has started, or else a new one.

    :param backend: where it runs.
    :param attempt: the attempt at starting it.
    :param start: submits a job under an id.
    :raises JobRejected: when the back end refuses.
    :raises SubmissionUnclear: when it is not known whether it was started.
    """
    return (yield from run_program(backend, attempt, start)).jobs[0]


def run_program(
    backend: OperatingBackend,
    attempt: Attempt,
    start: Start,
    *,
    is_bounded: bool = False,
    marked: bool = False,
    until_submitted: Callable[[], Flow[None]] | None = None,
) -> Flow[ProgramRun]:
    """Return the run of this task instance's program: one that an earlier try has started, or else a new one.

    It looks first, submits, and looks again after any unclear response. A run that has ended badly has used up its id,
    and the next one of the series is taken. An id whose run was seen is never submitted again, also where the cluster
    has forgotten it: the ledger knows. Submissions of one id never overlap.

    :param backend: where it runs.
    :param attempt: the attempt at starting it.
    :param start: submits a program under an id; it may return its run.
    :param is_bounded: whether its work has an end that is waited for. Such a run is not repeated while it is not known
        how the last one has ended.
    :param marked: whether its jobs bear marks instead of the id.
    :param until_submitted: waits for the end of an earlier try's submission, whose response is missing; None where the
        jobs that exist by now are enough.
    :raises JobRejected: when the back end refuses.
    :raises ProgramFailed: when it fails after it has started a job.
    :raises SubmissionUnclear: when it is not known whether it was started.
    :raises JobForgotten: when it is not known how the run of an earlier try has ended.
    """
    if until_submitted and attempt.is_retry and not _has_response(attempt):
        yield from until_submitted()
    found = yield from find_started(backend, attempt, is_bounded=is_bounded, marked=marked)
    if found.run:
        return found.run
    yield from _warn_of_those(backend, attempt.ids_before_clears)
    return (yield from _start(backend, attempt, found.free, start, marked))


class Found(NamedTuple):
    """Result of the lookup for what earlier tries have started.

    :param run: the run that an earlier try has started; None where one has to be started.
    :param free: the ids that are free for a new one, in order.
    """

    run: ProgramRun | None
    free: Sequence[str]

    @property
    def job(self) -> Job | None:
        """The first job of the run."""
        return self.run.jobs[0] if self.run else None


def find_started(
    backend: OperatingBackend, attempt: Attempt, *, is_bounded: bool = False, marked: bool = False
) -> Flow[Found]:
    """Find the run that an earlier try of this task instance has started.

    :param backend: where it runs.
    :param attempt: the attempt at starting it.
    :param is_bounded: whether its work has an end that is waited for.
    :param marked: whether its jobs bear marks instead of the id.
    """
    run = yield from _latest(backend, attempt.ids, marked)
    noted = _Noted.of(attempt)
    if noted and (run is None or attempt.ids.index(run.id) < attempt.ids.index(noted.id)):
        # Its jobs may have other ids, and no mark where their program has removed it.
        run = (yield from backend.run_of(noted.id, noted.job_ids)) if noted.job_ids else None
        if run is None:
            return (yield from _without_trace(backend, attempt, noted, is_bounded))
    if run is None:
        return Found(None, attempt.ids)
    rest = attempt.ids[attempt.ids.index(run.id) :]
    if not run.jobs:
        # Its main() is still at work, or has failed before a job.
        return Found(None, rest[1:] if run.has_ended else rest)
    if noted and noted.id == run.id and noted.state == _MAIN_FAILED and not run.has_ended:
        raise ProgramFailed("The main() of an earlier try's program failed after it had started jobs.", jobs=run.jobs)
    why_not = yield from _why_not_own(backend, attempt, run, noted)
    if why_not:
        yield from remark(why_not)
        return Found(None, rest[1:])
    yield from remark(f"Attached: {run}; an earlier try of this task started it.")
    return Found(run, rest[1:])


def record_start(backend: OperatingBackend, attempt: Attempt, program_id: str) -> Flow[None]:
    """Write into the ledger that a program is about to be submitted.

    :param backend: where it will run.
    :param attempt: the attempt at starting it.
    :param program_id: the id under which it is submitted.
    """
    incarnation = yield from backend.incarnation()
    yield from _Noted(program_id, _SUBMITTING, incarnation.process).write(attempt)


def record_jobs(attempt: Attempt, job_ids: Sequence[str]) -> Flow[None]:
    """Write into the ledger which jobs the program has started that was submitted last.

    :param attempt: the attempt at starting it.
    :param job_ids: the ids of its jobs.
    """
    noted = _Noted.of(attempt)
    if noted:
        yield from replace(noted, state=_ACCEPTED, job_ids=tuple(job_ids)).write(attempt)


def record_end(attempt: Attempt, run: ProgramRun) -> Flow[None]:
    """Write into the ledger how a run has ended.

    :param attempt: the attempt at starting it.
    :param run: the run, as it was last.
    """
    noted = _Noted.of(attempt)
    if noted and noted.id == run.id and run.has_ended:
        yield from noted.now(attempt, _FAILED if run.ended_badly else _FINISHED, run)


def record_failure(attempt: Attempt) -> Flow[None]:
    """Write into the ledger that the last run has failed.

    :param attempt: the attempt at starting it.
    """
    noted = _Noted.of(attempt)
    if noted:
        yield from noted.now(attempt, _FAILED)


@dataclass(frozen=True)
class _Noted:
    """The last start of a program, as the ledger has it.

    :param id: the id under which it was submitted.
    :param state: what is known of it.
    :param process: the process of the cluster that it was submitted to.
    :param job_ids: the ids of its jobs, as far as known.
    """

    id: str
    state: str
    process: str | None = None
    job_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, attempt: Attempt) -> _Noted | None:
        kept: Any = attempt.recall(_START)
        if not isinstance(kept, Mapping) or kept.get("id") not in attempt.ids:
            return None
        return cls(str(kept["id"]), str(kept["state"]), kept.get("process"), tuple(kept.get("job_ids") or ()))

    def write(self, attempt: Attempt) -> Flow[None]:
        """Write it into the ledger."""
        entry = {"id": self.id, "state": self.state, "process": self.process, "job_ids": list(self.job_ids)}
        return attempt.record(**{_START: entry})

    def now(self, attempt: Attempt, state: str, run: ProgramRun | None = None) -> Flow[None]:
        """Write another state of it into the ledger."""
        job_ids = tuple(run.job_ids) if run and run.jobs else self.job_ids
        return _Noted(self.id, state, self.process, job_ids).write(attempt)

    @property
    def run(self) -> ProgramRun:
        """The run, which has finished, of jobs that the cluster has forgotten."""
        jobs = [Job(job_id, "", JobState.FINISHED, "FINISHED") for job_id in self.job_ids or (self.id,)]
        return ProgramRun(self.id, tuple(jobs), JobState.FINISHED, "FINISHED")


def _has_response(attempt: Attempt) -> bool:
    """Return whether the ledger has the response to the last submission."""
    noted = _Noted.of(attempt)
    return noted is not None and noted.state != _SUBMITTING


def _without_trace(backend: OperatingBackend, attempt: Attempt, noted: _Noted, is_bounded: bool) -> Flow[Found]:
    """Decide on a start that the cluster knows nothing of."""
    rest = attempt.ids[attempt.ids.index(noted.id) :]
    if noted.state == _FINISHED:
        yield from remark(f"Attached: {noted.run} by the ledger, though the cluster has forgotten it.")
        return Found(noted.run, rest[1:])
    if noted.state in {_FAILED, _MAIN_FAILED}:
        yield from remark(f"An earlier try's program {noted.id} has failed; starting a new one.")
        return Found(None, rest[1:])
    if (yield from backend.incarnation()).may_have_lost(noted.process):
        yield from remark(f"An earlier try's program {noted.id} was lost with its JobManager; starting a new one.")
        return Found(None, rest[1:])
    if noted.state == _SUBMITTING:
        # It has hardly arrived; where it has, and has ended since, the cluster refuses its id.
        return Found(None, rest)
    if is_bounded:
        raise used_before(noted.job_ids[0] if noted.job_ids else noted.id)
    yield from remark(f"An earlier try's program {noted.id} has ended, and how is not known; starting a new one.")
    return Found(None, rest[1:])


def _why_not_own(backend: OperatingBackend, attempt: Attempt, run: ProgramRun, noted: _Noted | None) -> Flow[str]:
    """Return why a run is not to be attached to; empty where it is."""
    if run.ended_badly:
        return f"An earlier try's {run}; starting a new one."
    if noted and noted.id == run.id and noted.state == _MAIN_FAILED and run.has_ended:
        return f"An earlier try's {run}, but its main() has failed; starting a new one."
    if any(attempt.predates(job) for job in run.jobs):
        return f"Not this task's: {run}; it was started before this task was cleared or its DAG run made."
    for job in run.jobs:
        if (yield from _was_killed(backend, job, attempt)):
            return f"An earlier try's {job}: it was stopped, as by a kill or a time-out; starting a new one."
    return ""


def _was_killed(backend: OperatingBackend, job: Job, attempt: Attempt) -> Flow[bool]:
    """Tell whether a job has finished because it was stopped, by the kill of an earlier try as far as that is known.

    The savepoint of a kill lies in a directory of its own. In a retry each stop counts: a job that was stopped has not
    done its work, and a kill leaves it to a stop that is in progress.
    """
    if attempt.kill_id is None or job.state is not JobState.FINISHED:
        return False
    path = yield from stopped_with(backend, job)
    return path is not None and (attempt.is_retry or lies_in(path, f"/{attempt.kill_id}"))


def _latest(backend: OperatingBackend, series: Sequence[str], marked: bool) -> Flow[ProgramRun | None]:
    """Return the last run of a series that is known; while it is just ending, wait for how it ends."""
    while True:
        run = yield from backend.latest_run(series, marked=marked)
        if run is None or not run.is_ending:
            return run
        yield from pause(1, f"{run}; waiting for its end before deciding")


def _warn_of_those(backend: OperatingBackend, ids: Collection[str]) -> Flow[None]:
    """Log jobs from before a clear that have not ended: the new one begins beside them."""
    jobs = (yield from backend.all_jobs()) if ids else {}
    for job in jobs.values():
        if job.id in ids and not job.has_ended:
            yield from remark(
                f"Beware: {job}; it was started before this task was cleared, and goes on beside the new one: "
                f"{backend.job_url(job.id)}"
            )


def _start(
    backend: OperatingBackend, attempt: Attempt, ids: Sequence[str], start: Start, marked: bool
) -> Flow[ProgramRun]:
    """Start a program under the first of some ids that is not used up."""
    incarnation: Incarnation = yield from backend.incarnation()
    for program_id in ids:
        noted = _Noted(program_id, _SUBMITTING, incarnation.process)
        yield from noted.write(attempt)
        try:
            started = yield from start(program_id)
            # Written before the next request, which may fail: from here on it is known that the program was started.
            yield from noted.now(attempt, _ACCEPTED)
            run = started if isinstance(started, ProgramRun) else (yield from _begun(backend, program_id, marked))
        except IdUsedUp as error:
            yield from remark(str(error))
            continue
        except ProgramFailed:
            yield from noted.now(attempt, _MAIN_FAILED)
            raise
        except JobsNotListed as error:
            yield from replace(noted, state=_ACCEPTED, job_ids=(str(error.job_id),)).write(attempt)
            raise
        except RestError as error:
            run = yield from _after_error(backend, attempt, noted, error, marked)
        else:
            yield from remark(f"Submitted: {run}.")
        yield from noted.now(attempt, _ACCEPTED, run)
        return run
    raise AssertionError("a series of ids is longer than any task's tries")


def _begun(backend: OperatingBackend, program_id: str, marked: bool) -> Flow[ProgramRun]:
    """Return a run that was just started."""
    run = yield from backend.latest_run([program_id], marked=marked)
    if run and run.jobs:
        return run
    return ProgramRun(program_id, ((yield from look(backend, program_id, just_submitted(program_id))),))


def _after_error(
    backend: OperatingBackend, attempt: Attempt, noted: _Noted, error: RestError, marked: bool
) -> Flow[ProgramRun]:
    """Find out what an error left behind: even a refusal may have started a job."""
    verdict = backend.judge(error)
    if verdict is Verdict.NOT_SENT:
        raise error
    run: ProgramRun | None
    if verdict is Verdict.REFUSED:
        run = yield from _run_of_refused(backend, attempt, noted, error, marked)
    else:
        why = f"job {noted.id} was submitted without a clear response; waiting for it to be listed"
        probe = partial(backend.latest_run, [noted.id], marked=marked)
        run = yield from sought(probe, LOOKS_AFTER_UNCLEAR, why, _has_jobs)
    if run and run.jobs:
        yield from remark(f"The submission was answered with an error ({error.what}), and yet {run}: attached to it.")
        return run
    if verdict is Verdict.DUPLICATE:
        raise used_before(noted.id) from error
    raise SubmissionUnclear(
        f"No clear response to the submission, and no job {noted.id} within {sum(LOOKS_AFTER_UNCLEAR)} s: {error} "
        "The next try looks for it before it submits again.",
        job_id=noted.id,
    ) from error


def _has_jobs(run: ProgramRun | None) -> bool:
    return run is not None and bool(run.jobs)


def _run_of_refused(
    backend: OperatingBackend, attempt: Attempt, noted: _Noted, error: RestError, marked: bool
) -> Flow[ProgramRun]:
    """Return the run of a program that was refused, as another request has started it; raise its failure otherwise."""
    advice = backend.advise(error)
    if advice.main_failed:
        # Written first: without this, a try that cannot list the jobs any more would leave only jobs that look good.
        yield from noted.now(attempt, _MAIN_FAILED)
    try:
        run = yield from backend.latest_run([noted.id], marked=marked)
    except RestError as unlisted:
        if not advice.main_failed:
            raise
        raise failed_unlisted(noted.id, advice, unlisted, marked=marked) from error
    if run is None or not run.jobs or run.ended_badly:
        raise JobRejected(advice.sentence, job_id=noted.id, hopeless=advice.hopeless) from error
    if advice.main_failed:
        yield from noted.now(attempt, _MAIN_FAILED, run)
        raise ProgramFailed(advice.sentence, jobs=run.jobs, hopeless=advice.hopeless) from error
    return run


def failed_unlisted(program_id: str, advice: Advice, unlisted: RestError, *, marked: bool) -> ProgramFailed:
    """Return the error of a program whose ``main`` failed, and whose jobs cannot be listed.

    :param program_id: the id under which it was submitted.
    :param advice: the failure.
    :param unlisted: why its jobs cannot be listed.
    :param marked: whether its jobs bear marks instead of the id.
    """
    jobs = () if marked else (Job(program_id, "", JobState.UNKNOWN, "possibly started"),)
    sentence = f"{advice.sentence} Its jobs cannot be listed: {unlisted}"
    return ProgramFailed(sentence, job_id=program_id, jobs=jobs, hopeless=advice.hopeless)


def used_before(job_id: str) -> JobForgotten:
    """Return the error for a program that has run, and has ended in a way that is not known."""
    return JobForgotten(
        f"Job {job_id} of this task ran before, and the cluster no longer knows how it ended. "
        "Look whether its work was done; clear the task to run it again.",
        job_id=job_id,
        hopeless=True,
    )
