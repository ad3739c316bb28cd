"""Submission of programs with several jobs, which Flink gives ids of its own, and which bear marks."""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.end import SETTLING
from airflow_provider_dli.jobs.errors import JobRejected, JobsNotListed, ProgramFailed, SubmissionUnclear
from airflow_provider_dli.jobs.flink import jar_files, mains, verdicts
from airflow_provider_dli.jobs.flink.runs import Runs
from airflow_provider_dli.jobs.flink.ways import Submission
from airflow_provider_dli.jobs.look import just_submitted
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.submit import failed_unlisted
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark


def run_marked(backend: Runs, program_id: str, jar_id: str, submission: Submission) -> Flow[ProgramRun]:
    """Run a program whose jobs bear marks, and return them all: with the response, its main() has returned."""
    dialect, seconds = (yield from backend.gate.dialect()), submission.seconds
    process = (yield from backend.incarnation()).process
    try:
        started = yield from ask(jars.run(dialect, jar_id, submission.program, read_timeout=seconds))
    except RestError as error:
        if verdicts.judge(error) is Verdict.NOT_SENT:
            raise
        return (yield from _after_error(backend, program_id, jar_id, submission, error, process))
    try:
        jobs = yield from _all_jobs(backend, program_id, jar_id, submission, started.jobid)
    except RestError as error:
        raise JobsNotListed(
            f"The program was started, and its jobs could not be listed: {error} The next try attaches to them.",
            job_id=started.jobid,
        ) from error
    return ProgramRun(program_id, tuple(jobs))


def _all_jobs(backend: Runs, program_id: str, jar_id: str, submission: Submission, job_id: str) -> Flow[list[Job]]:
    """Return the jobs of a program whose submission was answered with the id of one of them."""
    jobs = yield from _marked(backend, program_id, jar_id, submission)
    if job_id in [job.id for job in jobs]:
        return jobs
    known = yield from backend.run_of(program_id, [job_id])
    if known is None:
        # The cluster has forgotten it already, as it does where its job store is full.
        return [just_submitted(job_id), *jobs]
    yield from remark(
        f"Job {job_id} does not bear the mark of this task: its program replaces the global job parameters. "
        "Other jobs of it are not recognised, and are not waited for."
    )
    return [*known.jobs, *jobs]


def _after_error(
    backend: Runs, program_id: str, jar_id: str, submission: Submission, error: RestError, process: str | None
) -> Flow[ProgramRun]:
    """Return what a program has started whose response is missing; raise what it failed with where it has failed.

    :param process: the process of the cluster that it was submitted to; None where it is not known.
    """
    refused = verdicts.judge(error) is not Verdict.UNCLEAR
    if not refused:
        yield from _wait_for_main(backend, program_id, submission, error)
    advice = verdicts.advise(error)
    try:
        jobs = yield from _marked(backend, program_id, jar_id, submission, is_cut=not refused)
    except RestError as unlisted:
        if not (refused and advice.main_failed):
            raise
        raise failed_unlisted(program_id, advice, unlisted, marked=True) from error
    if refused and jobs and advice.main_failed:
        raise ProgramFailed(advice.sentence, jobs=jobs, hopeless=advice.hopeless) from error
    if not jobs and refused:
        raise error
    if not jobs:
        raise JobRejected(f"The program was not started: {error}", job_id=program_id) from error
    if not refused and (yield from backend.incarnation()).is_another_than(process):
        # With high availability, the next JobManager has the jobs, but runs no main() of a `/run` again.
        raise ProgramFailed(
            "The JobManager was restarted before it had responded to the submission, so main() may not have started "
            "all of its jobs.",
            jobs=jobs,
        ) from error
    yield from remark(
        f"The submission was answered with an error ({error.what}), and yet jobs of it exist: attached to them. "
        "Whether its main() has failed after it had started them is not known."
    )
    return ProgramRun(program_id, tuple(jobs))


def _wait_for_main(backend: Runs, program_id: str, submission: Submission, error: RestError) -> Flow[None]:
    """Wait for the end of the ``main`` of a program that was submitted without a clear response."""
    why = f"program {program_id} was submitted without a clear response; waiting for the end of its main()"
    if not (yield from mains.wait_until_none(backend.gate, submission.seconds, why)):
        raise SubmissionUnclear(
            f"No clear response to the submission, and a main() is still at work: {error} The next try attaches to "
            "its jobs.",
            job_id=program_id,
        ) from error


def _marked(
    backend: Runs, program_id: str, jar_id: str, submission: Submission, *, is_cut: bool = False
) -> Flow[list[Job]]:
    """Return the jobs of a program, of those that were started since its jar was uploaded."""
    own = yield from jar_files.tagged(submission.tag or "")
    since = next((jar.uploaded / 1000 for jar in own if jar.id == jar_id), 0.0)
    if is_cut:
        yield from jar_files.delete_all([jar_id])
        yield from pause(SETTLING, "the jar is deleted; waiting for jobs that were just being started")
    jobs = yield from backend.all_jobs()
    young = [job for job in jobs.values() if (job.started or 0.0) >= since]
    return sorted((yield from backend.marked_jobs(program_id, young)), key=lambda job: (job.started or 0.0, job.id))
