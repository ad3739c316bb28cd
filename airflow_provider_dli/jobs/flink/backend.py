"""Flink clusters as a back end: REST operations and responses in the terms of all back ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from airflow_provider_dli.flink.endpoints import (
    checkpoint_settings,
    checkpoints,
    cluster,
    exceptions,
    jobs,
    metrics,
    savepoints,
)
from airflow_provider_dli.flink.endpoints.checkpoints import Statistics
from airflow_provider_dli.flink.endpoints.exceptions import JobExceptions
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.backend import Advice, Verdict
from airflow_provider_dli.jobs.end import PendingSubmission
from airflow_provider_dli.jobs.flink import answers, application, jar_files, submission, swallowed, verdicts, ways
from airflow_provider_dli.jobs.flink.cluster_settings import ClusterSettings, read_settings
from airflow_provider_dli.jobs.flink.metrics import Metrics
from airflow_provider_dli.jobs.flink.rescaling import Rescaling
from airflow_provider_dli.jobs.flink.runs import Runs
from airflow_provider_dli.jobs.flink.ways import Submission, Way
from airflow_provider_dli.jobs.model import (
    Checkpoints,
    DisposalState,
    Failure,
    Job,
    Operation,
    Stopped,
)
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.stop import stop
from airflow_provider_dli.rest.errors import NotFound, RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause, remark
from airflow_provider_dli.rest.request import FilePart, Request

T = TypeVar("T")
# Flink caches its responses about a job for 3 seconds, unless set otherwise.
_LOOKS_AT_THE_CACHE = 10


class FlinkBackend(Metrics, Rescaling, Runs):
    """A cluster that speaks Flink's REST API.

    :param web_address: where people find Flink's web UI.

    Its :attr:`gate` knows the cluster's version.
    """

    def __init__(self, web_address: str) -> None:
        super().__init__(web_address)
        self._settings: ClusterSettings | None = None

    def tasks_run(self, job: Job) -> Flow[bool]:
        """Return whether all tasks of a job run; the list of jobs has their states."""
        yield from ()
        return job.all_tasks_run

    def hint(self, job: Job) -> Flow[str]:
        """Return how many of a job's tasks wait for a slot, where some do."""
        if not job.without_slot:
            return ""
        waiting = f"tasks without a slot: {job.without_slot}"
        seen = yield from self.gate.probe(cluster.overview(), "The cluster's free slots cannot be counted")
        return f"{waiting}, free slots: {seen.slots_available} of {seen.slots_total}" if seen else waiting

    def stop(self, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
        """Stop a job with a savepoint, and follow that to its end.

        :param job_id: the job.
        :param directory: directory for savepoints; None for the cluster's default.
        :param operation_id: the name of the directory for this savepoint, 32 hex digits.
        """
        return stop(self, job_id, directory=directory, operation_id=operation_id)

    def submit(self, job_id: str, jar: str | FilePart, program: Program, seconds: float) -> Flow[object]:
        """Run a jar as one job under an id of ours; a file is uploaded before, and deleted again once it has served.

        :param job_id: the id that the job shall have.
        :param jar: the id of an uploaded jar, or a file.
        :param program: how to run it.
        :param seconds: how long its ``main`` may take.
        """
        return submission.submit(self, job_id, Submission(jar, program, seconds))

    def pending_submission(
        self, program_id: str, jar: str | FilePart, tag: str, way: Way, *, stops_jobs: bool
    ) -> Flow[PendingSubmission | None]:
        """Return what a kill can withdraw while a program is submitted; None where nothing can be withdrawn.

        :param program_id: the id under which the program will be submitted.
        :param jar: the id of an uploaded jar, or a file.
        :param tag: the tag of the upload.
        :param way: how it will be submitted.
        :param stops_jobs: whether a kill stops jobs with savepoints.
        """
        return submission.pending_submission(self, program_id, jar, tag, way, stops_jobs=stops_jobs)

    def submit_program(self, program_id: str, what: Submission) -> Flow[ProgramRun | None]:
        """Run a program under an id of ours, and return its run, as far as that is known.

        :param program_id: the id.
        :param what: what to submit, and how.
        """
        return submission.submit(self, program_id, what)

    def choose_way(self, several_jobs: bool | None, *, is_bounded: bool, is_upload: bool) -> Flow[Way]:
        """Return how to submit a program.

        :param several_jobs: whether its ``main`` starts several jobs, or one; None where that is not known.
        :param is_bounded: whether the whole program is waited for.
        :param is_upload: whether its jar is uploaded for it.
        """
        return ways.choose_way(self, several_jobs, is_bounded=is_bounded, is_upload=is_upload)

    def is_incomplete(self, job_id: str) -> Flow[bool]:
        """Return whether a program has lost jobs, as they had the id of its first one; False where nobody can tell."""
        return swallowed.is_incomplete(self.gate, job_id)

    def wait_for_earlier(self, tag: str, seconds: float) -> Flow[None]:
        """Wait until the ``main()`` of an earlier try, which has left its upload behind, has returned.

        :param tag: the tag of the upload.
        :param seconds: how long its ``main()`` may take.
        """
        return submission.wait_for_earlier(self, tag, seconds)

    def clean_up(self, tag: str, *, has_ended: bool) -> Flow[None]:
        """Delete the uploads of a task instance, unless its program has not ended and may still need them."""
        return submission.clean_up(self, tag, has_ended=has_ended)

    def check(self, jar: str | FilePart, program: Program) -> Flow[None]:
        """Check what can be known of a program before it is run.

        :param jar: the id of an uploaded jar, or a file.
        :param program: how to run it.
        """
        return submission.check(self, jar, program)

    def cancel(self, job_id: str) -> Flow[None]:
        """Request the cancellation of a job. Flink up to 1.14 responds with 404 where it was cancelled before."""
        yield from self.ask_about(job_id, jobs.cancel(job_id))

    def give_up(self, job_id: str, *, within: float = 0.0) -> Flow[bool]:
        """Cancel an application whose ``main`` is at work; before 2.3 nothing can reach that."""
        dialect = yield from self.gate.dialect()
        return dialect.has_applications and (yield from application.give_up(job_id, within))

    def trigger_savepoint(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, trigger_id: str
    ) -> Flow[str]:
        """Start a savepoint."""
        dialect = yield from self.gate.dialect()
        request = savepoints.trigger(
            dialect, job_id, directory=directory, savepoint_format=savepoint_format, trigger_id=trigger_id
        )
        return (yield from ask(request))

    def trigger_stop(
        self, job_id: str, *, directory: str | None, savepoint_format: str | None, drain: bool, trigger_id: str
    ) -> Flow[str]:
        """Start a stop with a savepoint."""
        dialect = yield from self.gate.dialect()
        request = savepoints.stop(
            dialect,
            job_id,
            directory=directory,
            savepoint_format=savepoint_format,
            drain=drain,
            trigger_id=trigger_id,
        )
        return (yield from self.gate.ask(request))

    def operation(self, job_id: str, operation_id: str) -> Flow[Operation | None]:
        """Return a savepoint or a stop; Flink forgets it five minutes after it ended."""
        try:
            return answers.operation((yield from ask(savepoints.operation(job_id, operation_id))))
        except NotFound:
            return None

    def trigger_checkpoint(self, job_id: str, *, checkpoint_type: str | None, trigger_id: str) -> Flow[str]:
        """Start a checkpoint on demand (Flink 1.17+)."""
        request = checkpoints.trigger(job_id, checkpoint_type=checkpoint_type, trigger_id=trigger_id)
        return (yield from self.gate.ask(request))

    def checkpoint_operation(self, job_id: str, operation_id: str) -> Flow[Operation | None]:
        """Return a checkpoint on demand (Flink 1.17+); Flink forgets it five minutes after it ended."""
        (yield from self.gate.dialect()).require("A checkpoint on demand", (1, 17))
        try:
            return answers.checkpoint_operation((yield from self.gate.ask(checkpoints.operation(job_id, operation_id))))
        except NotFound:
            return None

    def dispose_savepoint(self, path: str, *, again: bool) -> Flow[str]:
        """Start the deletion of a savepoint. A second one does no harm; it fails, as there is no such savepoint."""
        return (yield from ask(replace(savepoints.dispose(path), repeatable=again)))

    def disposal(self, operation_id: str) -> Flow[DisposalState | None]:
        """Return the deletion of a savepoint; Flink forgets it five minutes after it ended."""
        try:
            return answers.disposal((yield from ask(savepoints.disposal(operation_id))))
        except NotFound:
            return None

    def delete_jar(self, jar_id: str) -> Flow[bool]:
        """Delete an uploaded jar, and return whether it existed.

        :param jar_id: its id.
        """
        return jar_files.delete(jar_id)

    def checkpoints(self, job_id: str) -> Flow[Checkpoints]:
        """Return a job's checkpoints; up to three seconds old. A batch job has none."""
        seen = yield from self.ask_about(job_id, checkpoints.statistics(job_id))
        return answers.checkpoints(seen) if seen else Checkpoints(0, ())

    def savepoint_directory(self) -> Flow[str | None]:
        """Return the cluster's default directory for savepoints; None where it has none, or that is not known."""
        return (yield from self._cluster_settings()).savepoint_directory

    def checkpoints_lag(self) -> Flow[float]:
        """Return the seconds after which a response about a job's checkpoints is newer than the one before."""
        return (yield from self._cluster_settings()).checkpoints_lag

    def running_since(self, job_id: str) -> Flow[float | None]:
        """Return when a job became RUNNING last, in seconds since the epoch by the cluster's clock.

        A task that fails makes it so again. Up to 3 seconds old.
        """
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        running = detail.timestamps.get("RUNNING") if detail else None
        return running / 1000 if running else None

    def time_at(self, job_id: str) -> Flow[float | None]:
        """Return the cluster's own time, in seconds since the epoch; Flink includes it in its response about a job.

        :param job_id: a job that the cluster knows.
        """
        detail = yield from self.ask_about(job_id, jobs.detail(job_id))
        return detail.now / 1000 if detail and detail.now else None

    def makes_checkpoints(self, job_id: str) -> Flow[bool]:
        """Return whether periodic checkpoints are on."""
        settings = yield from self.ask_about(job_id, checkpoint_settings.settings(job_id))
        return settings is not None and settings.is_periodic

    def failure(self, job_id: str) -> Flow[Failure]:
        """Return what failed last in a job, from its exception history."""
        yield from self._until_told_of_its_end(job_id)
        dialect = yield from self.gate.dialect()
        history: Request[JobExceptions] = exceptions.exceptions(dialect, job_id)
        seen = yield from self.ask_about(job_id, replace(history, optional=True))
        entries = seen.newest_first if seen else ()
        counted = yield from self.gate.probe(
            metrics.of_job(job_id, ["numRestarts"]), "How often a job was restarted cannot be read"
        )
        # The newest entry is often the job's own verdict on restarts; the task stands in one of those beside it.
        at = next((entry for entry in entries if entry.task_name), None)
        task = (at.task_name if at else None) or ""
        return Failure(
            answers.cause(entries[0].stacktrace) if entries else "Flink gives no reason",
            moment=entries[0].timestamp / 1000 if entries and entries[0].timestamp > 0 else None,
            task=task,
            place=at.place if at else "",
            restarts=answers.restarts(counted[0].value if counted else None, task),
            checkpoint=(yield from self._last_good_checkpoint(job_id)),
        )

    def why_program_failed(self, program_id: str) -> Flow[str | None]:
        """Return why a program itself has failed, apart from its jobs; None where it has not (Flink 2.3+)."""
        return self.why_cancelled(program_id)

    def why_cancelled(self, job_id: str) -> Flow[str | None]:
        """Return why an application has cancelled its job: its ``main`` has failed while the job ran (Flink 2.3+)."""
        dialect = yield from self.gate.dialect()
        return (yield from application.failure(self.gate, job_id)) if dialect.has_applications else None

    def restored_from(self, job_id: str) -> Flow[str | None]:
        """Return the savepoint that a job was started from; None once it has restarted from a checkpoint."""
        seen = yield from self.ask_about(job_id, checkpoints.statistics(job_id))
        restored = seen.latest.restored if seen else None
        return restored.external_path if restored and restored.is_savepoint else None

    def judge(self, error: RestError) -> Verdict:
        """Return what an error after a submission means."""
        return verdicts.judge(error)

    def advise(self, error: RestError) -> Advice:
        """Return what to do about a refusal."""
        return verdicts.advise(error)

    def _cluster_settings(self) -> Flow[ClusterSettings]:
        if self._settings is None:
            self._settings = yield from read_settings(self.gate)
        return self._settings or ClusterSettings()

    def _last_good_checkpoint(self, job_id: str) -> Flow[str | None]:
        """Return the newest complete checkpoint of a job as text; empty for none, None where they cannot be read."""
        request: Request[Statistics] = checkpoints.statistics(job_id)
        try:
            seen = yield from self.ask_about(job_id, replace(request, optional=True))
        except RestError as error:
            yield from remark(f"The checkpoints of job {job_id} cannot be read: {error}")
            return None
        good = (one for one in answers.checkpoints(seen).history if one.status == "COMPLETED") if seen else iter(())
        return str(next(good, ""))

    def _until_told_of_its_end(self, job_id: str) -> Flow[None]:
        """Wait until what Flink caches about a job, its exceptions among it, is no older than the job's end."""
        job = yield from self.find(job_id)
        for _ in range(_LOOKS_AT_THE_CACHE if job and job.has_ended else 0):
            cached = yield from self.gate.probe(jobs.detail(job_id), "Why a job has ended may not show yet")
            if cached is None or answers.state(cached.state).is_final:
                return
            yield from pause(1, f"job {cached.name!r} ({job_id}) has ended; waiting until the cluster says why")
