"""Submissions of programs: the jar is uploaded, its ``main`` runs inside the JobManager, the upload is deleted.

An upload guards against a second start. It carries the tag of its task instance, and each submission first deletes the
uploads of earlier tries: a ``/run`` of theirs that arrives later is refused, as its jar is gone.
"""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.backend import Verdict
from airflow_provider_dli.jobs.end import SETTLING, PendingSubmission
from airflow_provider_dli.jobs.errors import (
    JobError,
    JobForgotten,
    JobRejected,
    SubmissionUnclear,
)
from airflow_provider_dli.jobs.flink import application, jar_files, mains, verdicts
from airflow_provider_dli.jobs.flink.marked_program import run_marked
from airflow_provider_dli.jobs.flink.runs import Runs
from airflow_provider_dli.jobs.flink.ways import Submission, Way
from airflow_provider_dli.jobs.flink.withdrawal import PendingApplication, PendingRun
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.rest.errors import Refused, RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.rest.wording import listed, number_text

# For so many seconds after its job has begun, a program is watched for the end of its main().
_MAIN_ENDS_WITHIN = 3.0


def pending_submission(
    backend: Runs, program_id: str, jar: str | FilePart, tag: str, way: Way, *, stops_jobs: bool
) -> Flow[PendingSubmission | None]:
    """Return what a kill can withdraw while a program is submitted; None where there is nothing.

    :param backend: the cluster.
    :param program_id: the id under which the program will be submitted.
    :param jar: the id of an uploaded jar, or a file.
    :param tag: the tag of the upload.
    :param way: how it will be submitted.
    :param stops_jobs: whether a kill stops jobs with savepoints.
    """
    if not way.is_marked and (yield from backend.gate.dialect()).has_applications:
        return PendingApplication(backend, program_id, stops_jobs)
    return None if isinstance(jar, str) else PendingRun(backend, program_id, tag, way.is_marked)


def submit(backend: Runs, program_id: str, submission: Submission) -> Flow[ProgramRun | None]:
    """Run a program under an id of ours, and return its run, as far as that is known; None otherwise.

    :param backend: the cluster.
    :param program_id: the id.
    :param submission: what to submit.
    :raises SubmissionUnclear: when another try of the task has taken over, or ``main`` takes too long.
    """
    if submission.way is not Way.MARKED and (yield from backend.gate.dialect()).has_applications:
        seen = yield from application.find(program_id)
        if seen:
            yield from application.attach(seen, submission.seconds)
            return None
    yield from remark(f"Submitting {submission.described} as {program_id}.")
    if isinstance(submission.jar, str):
        return (yield from _run(backend, program_id, submission.jar, submission))
    jar_id = yield from jar_files.upload(submission.jar, submission.tag, submission.seconds)
    if submission.pending:
        submission.pending.jar_id = jar_id
    before = (yield from _settled(backend, program_id, jar_id, submission)) if submission.tag else None
    if before:
        yield from jar_files.delete_all([jar_id])
        yield from remark(f"Attached: {before}; an earlier request has started it.")
        return before
    return (yield from _run_once(backend, program_id, jar_id, submission))


def clean_up(backend: Runs, tag: str, *, has_ended: bool) -> Flow[None]:
    """Delete the uploads under a tag, unless their program has not ended and its ``main`` may still need them.

    :param backend: the cluster.
    :param tag: the tag.
    :param has_ended: whether the program has ended.
    """
    uploads = yield from backend.gate.probe(jars.overview(), "Uploaded jars of this task may be left on the cluster")
    own = [jar.id for jar in jar_files.under(tag, uploads.files)] if uploads else []
    if not own:
        return
    if has_ended or not (yield from mains.at_work(backend.gate)):
        yield from jar_files.delete_all(own)
    else:
        yield from remark(f"Not deleted, as a main() is at work that may need it: {listed(own)}.")


def wait_for_earlier(backend: Runs, tag: str, seconds: float) -> Flow[None]:
    """Wait until the ``main()`` of an earlier try, which has left its upload behind, has returned.

    Until then, it may start further jobs, and the jobs that exist do not show that.

    :param backend: the cluster.
    :param tag: the tag of the upload.
    :param seconds: how long its ``main()`` may take.
    :raises SubmissionUnclear: when it takes longer.
    """
    if (yield from jar_files.tagged(tag)):
        yield from _wait_for_mains(backend, tag, seconds)


def check(backend: Runs, jar: str | FilePart, program: Program) -> Flow[None]:
    """Check what can be known of a program before it is run: whether the jar exists, and the version takes it all.

    :param backend: the cluster.
    :param jar: the id of an uploaded jar, or a file.
    :param program: how to run it.
    :raises JobRejected: when the cluster has no such jar.
    :raises NotInThisVersion: when its version does not take what is told of the program.
    """
    jars.run((yield from backend.gate.dialect()), "any.jar", program, job_id="any")
    if isinstance(jar, str) and not (yield from jar_files.is_there(jar)):
        raise JobRejected(f"The JobManager has no jar {jar!r} (any more): upload it first.", hopeless=True)


def _settled(backend: Runs, program_id: str, jar_id: str, submission: Submission) -> Flow[ProgramRun | None]:
    """Delete the uploads of earlier tries, and return what they have started; None where they have started nothing.

    Afterwards they cannot start anything any more.
    """
    own = yield from jar_files.tagged(submission.tag or "")
    order = [jar.id for jar in own]
    position = order.index(jar_id) if jar_id in order else len(order)
    if order[position + 1 :]:
        yield from jar_files.delete_all([jar_id])
        raise SubmissionUnclear(
            "Another try of this task is about to start the program, so this one does not. A retry attaches to it.",
            job_id=program_id,
        )
    if not order[:position]:
        return None
    try:
        yield from _wait_for_mains(backend, program_id, submission.seconds)
    except SubmissionUnclear:
        yield from jar_files.delete_all([jar_id])
        raise
    yield from jar_files.delete_all(order[:position])
    yield from pause(SETTLING, "the jar of an earlier try is deleted; waiting for jobs that it was just starting")
    run = yield from backend.latest_run([program_id], marked=submission.way is Way.MARKED)
    if run is None and submission.way is Way.MARKED:
        yield from _require_no_stranger(backend, own[0].uploaded / 1000, [jar_id])
    return run


def _wait_for_mains(backend: Runs, program_id: str, seconds: float) -> Flow[None]:
    why = "an earlier try's main() may be at work; waiting for its end"
    if not (yield from mains.wait_until_none(backend.gate, seconds, why)):
        raise SubmissionUnclear(
            f"An earlier try's main() may still be at work after {number_text(seconds)} s. Give it more time with "
            "submit_timeout; the next try attaches to its job.",
            job_id=program_id,
        )


def _require_no_stranger(backend: Runs, since: float, jar_ids: list[str]) -> Flow[None]:
    """Check that no job without a mark may be one of an earlier try, whose program has removed the mark.

    :param backend: the cluster.
    :param since: when that try uploaded its jar, by the cluster's clock.
    :param jar_ids: the uploads of this try.
    """
    young = [job for job in (yield from backend.all_jobs()).values() if (job.started or 0.0) >= since]
    strangers = yield from backend.unmarked_jobs(young)
    if strangers:
        yield from jar_files.delete_all(jar_ids)
        raise JobForgotten(
            "An earlier try may have started the program, and these jobs show no task: "
            f"{listed(strangers)}.\n"
            "If they are its jobs, let them end or cancel them; then clear the task.",
            hopeless=True,
        )


def _run_once(
    backend: Runs, program_id: str, jar_id: str, submission: Submission, *, is_again: bool = False
) -> Flow[ProgramRun | None]:
    """Run a jar that is of no use afterwards.

    :param is_again: whether the jar was uploaded before, and was gone.
    """
    try:
        run = yield from _run(backend, program_id, jar_id, submission)
    except (Refused, JobError) as error:
        if isinstance(error, Refused) and verdicts.lacks_jar(error):
            return (yield from _without_jar(backend, program_id, jar_id, submission, error, is_again=is_again))
        if not _may_still_be_needed(error):
            yield from jar_files.delete_all([jar_id])
        raise
    if not (yield from backend.gate.dialect()).has_applications or submission.way is Way.MARKED:
        # main() has returned.
        yield from jar_files.delete_all([jar_id])
    elif (yield from _main_has_ended(backend)):
        yield from jar_files.delete_all([jar_id])
    return run


def _without_jar(
    backend: Runs, program_id: str, jar_id: str, submission: Submission, error: Refused, *, is_again: bool
) -> Flow[ProgramRun | None]:
    """Return what another try has started that has deleted the jar of this one; else upload the jar again, once.

    Another JobManager may have become the leader since the upload, or have got the request. Where jobs are known by
    their marks only, the next try has to find out whether another try has started the program: Flink does not refuse
    it a second time.
    """
    run = yield from backend.latest_run([program_id], marked=submission.way is Way.MARKED)
    if run and run.jobs and not run.ended_badly:
        yield from remark(f"The jar of this try is gone, and yet {run}: attached to it.")
        return run
    others = (yield from jar_files.tagged(submission.tag)) if submission.tag else []
    if not (run or is_again or others or submission.way.is_marked or isinstance(submission.jar, str)):
        yield from remark(
            f"The JobManager does not have the jar {jar_id}, which was just uploaded; uploading it again."
        )
        again = yield from jar_files.upload(submission.jar, submission.tag, submission.seconds)
        if submission.pending:
            submission.pending.jar_id = again
        return (yield from _run_once(backend, program_id, again, submission, is_again=True))
    raise SubmissionUnclear(
        f"The jar {jar_id} was gone before it could be run: another try of this task has deleted it, or the JobManager "
        "has lost it. A retry attaches to what that try has started, or uploads the jar again. Where several "
        "JobManagers are behind one address, give them one web.upload.dir, or let the gateway send the requests of a "
        "client to the same one.",
        job_id=program_id,
    ) from error


def _main_has_ended(backend: Runs) -> Flow[bool]:
    """Return whether an application no longer needs its jar, right after its first job has begun."""
    if (yield from backend.incarnation()).keeps_jobs:
        # With high availability, Flink keeps a copy.
        return True
    return (yield from mains.wait_until_none(backend.gate, _MAIN_ENDS_WITHIN, "waiting for the end of main()"))


def _run(backend: Runs, program_id: str, jar_id: str, submission: Submission) -> Flow[ProgramRun | None]:
    dialect = yield from backend.gate.dialect()
    program, seconds = submission.program, submission.seconds
    if submission.way is Way.MARKED:
        return (yield from run_marked(backend, program_id, jar_id, submission))
    if dialect.has_applications:
        job_id = program_id if submission.way is Way.ONE_JOB else None
        yield from application.run_application(dialect, program_id, jar_id, program, seconds, job_id=job_id)
        return None
    yield from ask(jars.run(dialect, jar_id, program, job_id=program_id, read_timeout=seconds))
    return None


def _may_still_be_needed(error: RestError | JobError) -> bool:
    """Return whether ``main`` may still be at work."""
    if isinstance(error, RestError):
        return verdicts.judge(error) is Verdict.UNCLEAR
    return isinstance(error, SubmissionUnclear)
