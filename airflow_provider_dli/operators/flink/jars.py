"""Operators for jars: upload one, run one as a job, delete one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.end import (
    DETACH,
    SECONDS_FOR_A_STOP,
    STOP_WITH_SAVEPOINT,
    Ending,
    PendingSubmission,
    end_submission,
)
from airflow_provider_dli.jobs.errors import JobError, JobFailed, ProgramFailed
from airflow_provider_dli.jobs.flows import Call, call
from airflow_provider_dli.jobs.model import Job, WaitUntil
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.submit import record_end, record_failure, run_program
from airflow_provider_dli.jobs.wait import wait_for_program
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.operators.flink.program import FlinkProgramOperator
from airflow_provider_dli.operators.flink.restoring import FlinkRestoringOperator
from airflow_provider_dli.operators.jar import is_uploaded, jar_file, jar_identifier
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.tasks.identity import is_retry
from airflow_provider_dli.tasks.parameters import location, optional, positive, text, whole

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_dli.jobs.flink.ways import Way
    from airflow_provider_dli.rest.patience import WaitTimedOut

# What the ids of jobs that run a jar are derived for.
_RUN = "run"
# How long a task that has timed out looks for all the jobs of its program.
_SECONDS_TO_FIND_IT = 10.0
# Ids of a task instance that are thought of where it is to be told whether a job has one of them.
_SHORT_SERIES = 20


class FlinkUploadJarOperator(FlinkOperator):
    """Uploads a jar, streaming it from where it lies.

    Returns the jar's id. Flink keeps each upload, also that of a try that was killed, so delete what is not needed;
    :class:`FlinkRunJarOperator` uploads and deletes by itself.

    :param jar: a local path, or anything that Airflow's ``ObjectStoragePath`` can open. (templated)
    :param upload_timeout: seconds that the upload may pause, and that its response may take; 300 unless given.
    """

    readers = {**FlinkOperator.readers, "jar": text}
    template_fields = tuple(readers)

    def __init__(self, *, jar: str, upload_timeout: float = 300.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(jar=jar)
        self.jar = jar
        self.upload_timeout = positive("upload_timeout", upload_timeout)

    def begin(self, context: Context, deadline: float | None) -> str:
        """Upload the jar."""
        return self.hook.api.jars.upload(jar_file(self.jar), read_timeout=self.upload_timeout).id

    def complete(self, context: Context, result: str) -> str:
        """Return the jar's id."""
        self.log.info("Uploaded %s as %s", self.jar, result)
        return result


class FlinkDeleteJarOperator(FlinkOperator):
    """Delete an uploaded jar. A job that was started from it is not disturbed.

    Returns the jar's id. A missing jar is no error, unless ``missing_ok`` is False; nor is it in a retry, as an earlier
    try may have deleted it.

    :param jar_id: the id that :class:`FlinkUploadJarOperator` returns, or the path that Flink itself tells. (templated)
    :param missing_ok: whether the task succeeds where there is no such jar, or ``jar_id`` is empty. Default: True.
    """

    readers = {**FlinkOperator.readers, "jar_id": optional(jar_identifier)}
    template_fields = tuple(readers)

    def __init__(self, *, jar_id: str | None, missing_ok: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check(jar_id=jar_id)
        if not missing_ok and jar_id == "":
            jar_identifier("jar_id", jar_id)
        self.jar_id = jar_id
        self.missing_ok = missing_ok

    def begin(self, context: Context, deadline: float | None) -> str | None:
        """Delete the jar."""
        if self.missing_ok and self.has_nothing("jar_id"):
            return None
        jar_id = jar_identifier("jar_id", self.jar_id)
        if self.hook.run(self.hook.backend.delete_jar(jar_id), deadline):
            self.log.info("Jar %s is deleted.", jar_id)
        elif self.missing_ok or is_retry(context):
            self.log.info("There is no jar %s (any more): nothing to delete.", jar_id)
        else:
            raise ValueError(f"The JobManager has no jar {jar_id!r} (any more). Set missing_ok where it may be gone.")
        return jar_id

    def complete(self, context: Context, result: str | None) -> str | None:
        """Return the jar's id."""
        return result


class FlinkRunJarOperator(FlinkRestoringOperator, FlinkProgramOperator):
    """Runs a jar, and waits until the jobs of its program have come as far as ``wait_until`` says.

    Returns the id of the first job; pushes ``job_id`` and ``job_url`` as well, as soon as the job exists, and
    ``job_ids`` where there are several. A retry finds the jobs that an earlier try started; a task that a person clears
    starts new ones. A program whose ``main`` fails, fails the task, also when it has started jobs before: what becomes
    of these is what ``on_kill`` says.

    :param parallelism: the jobs' default parallelism, 1 or more; None for the cluster's. (templated)
    :param job_name: the jobs' name (Flink 1.17+); a name that the program gives itself wins. (templated)
    :param several_jobs: whether ``main`` starts jobs in several environments. True: all of them are run and waited for;
        needs a file as ``jar`` and Flink 1.17+. False: it starts one job, whose id is known beforehand. None (default):
        with ``wait_until="finished"`` and without ``restore_from="latest"``, Flink 2.3+ runs several. Everything else
        is run as one job, and fails where there turn out to be several. Before 2.3 the JobManager's log shows that;
        where it cannot be read, several are run if Flink and ``jar`` allow it.
    """

    readers = {
        **FlinkProgramOperator.readers,
        "jar": text,
        "parallelism": optional(whole),
        "job_name": optional(text),
        "restore_from": optional(location),
    }
    template_fields = tuple(readers)

    def __init__(
        self,
        *,
        jar: str,
        parallelism: int | str | None = None,
        job_name: str | None = None,
        several_jobs: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(jar=jar, **kwargs)
        self.check(parallelism=parallelism, job_name=job_name)
        self.parallelism: Any = parallelism
        self.job_name = job_name
        self.several_jobs = several_jobs
        self._run: ProgramRun | None = None
        self._pending: PendingSubmission | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether the whole program is waited for."""
        return self.wait_until == WaitUntil.FINISHED.value

    def begin(self, context: Context, deadline: float | None) -> ProgramRun | Call:
        """Submit the program, or attach to the run that an earlier try started."""
        attempt = self.attempt(context, _RUN)
        self.identity = attempt.identity
        way, backend = self._way(deadline), self.hook.backend
        marked = way.is_marked or self._was_marked(attempt, way)
        flow = run_program(
            backend,
            attempt,
            lambda program_id: self._start(context, attempt, program_id, way),
            is_bounded=self.is_bounded,
            marked=marked,
            until_submitted=partial(backend.wait_for_earlier, attempt.ids[0], self.submit_timeout) if marked else None,
        )
        try:
            run: ProgramRun = self.hook.run(flow, deadline)
            self._require_all_jobs(run, way, deadline)
        except ProgramFailed as error:
            raise self._ended(context, attempt, error) from error
        return self._begun(context, attempt, run)

    def complete(self, context: Context, result: Job | ProgramRun) -> str:
        """Return the id of the first job."""
        run = result if isinstance(result, ProgramRun) else ProgramRun(result.id, (result,))
        self.hook.run(record_end(self.attempt(context, _RUN), run))
        if len(run.jobs) > 1:
            self.make_known(context, job_ids=run.job_ids)
        self.log.info("%s, as wanted: %s.", run, self.wait_until)
        return run.job_ids[0]

    def wait(self, job_id: str) -> Call | None:
        """Return the call of the flow that waits for the program; None where there is nothing to wait for."""
        run = self._run
        if run is None or run.has_finished or self.wait_until == WaitUntil.SUBMITTED.value:
            return None
        return call(
            wait_for_program,
            program_id=run.id,
            job_id=job_id,
            job_ids=run.job_ids,
            until=self.wait_until,
            poll_interval=self.poll_interval,
            process=self._process,
            tag=self._tag,
        )

    def kill_arguments(self, job_id: str) -> dict[str, Any]:
        """Return how to end the program with all its jobs when the task is killed."""
        run = self._run
        if run is None or job_id not in run.job_ids or run.job_ids == [run.id]:
            return super().kill_arguments(job_id)
        return {**super().kill_arguments(job_id), "program_id": run.id, "job_ids": run.job_ids}

    def ending(self, job_id: str, turns_up_within: float) -> Flow[Ending]:
        """Return the flow that ends the program of this task as ``on_kill`` says."""
        pending = self._pending
        if not turns_up_within or pending is None or pending.program_id != job_id:
            return super().ending(job_id, turns_up_within)
        arguments = self.kill_arguments(job_id)
        del arguments["job_id"]
        return end_submission(self.hook.backend, pending, **arguments, turns_up_within=turns_up_within)

    def timed_out(self, context: Context, error: WaitTimedOut, job_id: str | None) -> Exception:
        """Do with the program what ``on_kill`` says, and return what to fail with."""
        if job_id and self._run is None:
            self._run = self._found_again(context)
        return super().timed_out(context, error, job_id)

    def failed(self, context: Context, error: JobError) -> None:
        """Keep what must not be lost of an error, before it is raised."""
        if isinstance(error, JobFailed):
            self.hook.run(record_failure(self.attempt(context, _RUN)))
        super().failed(context, error)

    def derives(self, context: Context, job_id: str) -> bool:
        """Return whether a job has an id of this task instance, and not one of Flink's."""
        return job_id in itertools.islice(self.attempt(context, _RUN).ids, _SHORT_SERIES)

    def _way(self, deadline: float | None) -> Way:
        several = False if self.several_jobs is None and self.wants_latest else self.several_jobs
        is_upload = not is_uploaded(str(self.jar))
        flow = self.hook.backend.choose_way(several, is_bounded=self.is_bounded, is_upload=is_upload)
        way: Way = self.hook.run(flow, deadline)
        return way

    def _was_marked(self, attempt: Attempt, way: Way) -> bool:
        """Return whether an earlier try may have submitted the program in another way: it may not have seen the log."""
        return attempt.is_retry and way.is_one_job and self.several_jobs is None and self.is_bounded

    def _start(self, context: Context, attempt: Attempt, program_id: str, way: Way) -> Flow[ProgramRun | None]:
        from airflow_provider_dli.jobs.flink.ways import Submission

        jar = self.jar_to_run()
        restore_from = yield from self.path_to_start_from(context, _RUN)
        program = self.program(
            parallelism=self.parallelism,
            restore_from=restore_from,
            configuration={
                **({"pipeline.name": self.job_name} if self.job_name else {}),
                **(yield from self._mark(program_id, way)),
            },
        )
        tag, stops_jobs = attempt.ids[0], self.kill_choice == STOP_WITH_SAVEPOINT
        pending = yield from self.hook.backend.pending_submission(program_id, jar, tag, way, stops_jobs=stops_jobs)
        self._pending = pending
        self.submitting(program_id)
        what = Submission(jar, program, self.submit_timeout, way=way, tag=tag, pending=pending)
        return (yield from self.hook.backend.submit_program(program_id, what))

    def _mark(self, program_id: str, way: Way) -> Flow[Mapping[str, str]]:
        """Return the settings that mark the jobs of a program as this task's; none where the version takes none."""
        from airflow_provider_dli.jobs.flink import marks

        if not (yield from self.hook.backend.gate.dialect()).takes_configuration:
            return {}
        given = self.flink_configuration or {}
        mark = marks.configuration(
            self.identity, given, program_id=program_id, on_kill=self.kill_choice, wait_until=self.wait_until
        )
        if way.is_marked and not mark:
            raise ValueError(
                f"several_jobs needs a mark on each job, and {marks.GLOBAL_JOB_PARAMETERS} in flink_configuration has "
                "a form that it cannot be added to: give it as key:value pairs with commas in between."
            )
        return mark

    def _begun(self, context: Context, attempt: Attempt, run: ProgramRun) -> ProgramRun | Call:
        self._run = run
        # It runs there now; a later process knows it only where the cluster keeps jobs.
        self._process = self.hook.run(self.hook.backend.incarnation()).process
        self._tag = None if is_uploaded(str(self.jar)) else attempt.ids[0]
        if len(run.jobs) > 1:
            self.make_known(context, job_ids=run.job_ids)
        return self.started(context, run.job_ids[0]) or run

    def _found_again(self, context: Context) -> ProgramRun | None:
        """Return the run that the triggerer has waited for; None where that cannot be found."""
        attempt = self.attempt(context, _RUN)
        try:
            flow = self.hook.backend.latest_run(attempt.ids, marked=self._way(None).is_marked)
            run: ProgramRun | None = self.hook.run_apart(flow, _SECONDS_TO_FIND_IT, grace_period=0)
        except Exception as error:
            self.log.info("The jobs of this task's program could not be looked for: %s", error)
            return None
        return run

    def _require_all_jobs(self, run: ProgramRun, way: Way, deadline: float | None) -> None:
        """Check that Flink has not left out jobs of the program; without ``several_jobs``, nobody knows beforehand."""
        if self.several_jobs is not None or not way.is_one_job:
            return
        if self.hook.run(self.hook.backend.is_incomplete(run.id), deadline):
            raise ProgramFailed(
                "The program starts jobs in several environments, and was run as one job: Flink has started the first "
                "job only. Set several_jobs=True to run them all.",
                jobs=run.jobs,
                hopeless=True,
            )

    def _ended(self, context: Context, attempt: Attempt, error: ProgramFailed) -> ProgramFailed:
        """Do with the jobs of a failed program what ``on_kill`` says, and return what to fail with."""
        # A retry would attach to jobs that run on, or have finished, as if all had gone well.
        is_kept = self.kill_choice == DETACH or not attempt.ledger.durable
        hopeless = error.hopeless or is_kept
        if not error.jobs:
            sentence = f"{error.sentence.rstrip('.')}.\nWhether it had started jobs is unknown: end them by hand."
            return ProgramFailed(sentence, job_id=error.job_id, hopeless=hopeless)
        run = self._run = ProgramRun(attempt.ids[0], error.jobs)
        self.submitted(run.job_ids[0])
        self.publish(context, run.job_ids[0])
        started = "; ".join(map(str, run.jobs))
        ending = self._end_job(run.job_ids[0], SECONDS_FOR_A_STOP, self.grace_period)
        return ProgramFailed(
            f"{error.sentence.rstrip('.')}.\nIt had started: {started}.\n{ending.sentence}",
            jobs=run.jobs,
            hopeless=hopeless,
            savepoint_path=ending.savepoint_path,
        )
