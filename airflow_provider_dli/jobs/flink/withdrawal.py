"""Withdrawal of programs whose submission is in progress: they start no further jobs, and their jobs are found.

What a submission by ``/run`` starts is known by its id or mark, and ends with its jar. An application (Flink 2.3+)
lists its jobs, and can be cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from airflow_provider_dli.flink.endpoints import jobs
from airflow_provider_dli.flink.endpoints.jars import Jar
from airflow_provider_dli.jobs.end import PROGRAM_ENDS_WITHIN
from airflow_provider_dli.jobs.errors import JobForgotten
from airflow_provider_dli.jobs.flink import application, jar_files
from airflow_provider_dli.jobs.flink.runs import INITIALIZING, Runs
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.flow import Flow, remark


@dataclass
class PendingApplication:
    """A submission of an application whose job has not begun yet.

    Flink 2.3.0 may leave a job running that was just being started when its application was cancelled. So jobs that an
    application has left are ended as well.

    :param backend: the cluster.
    :param program_id: the id of the application.
    :param stops_jobs: whether jobs that have begun are stopped with savepoints, before the application is cancelled.
    """

    backend: Runs
    program_id: str
    stops_jobs: bool
    jar_id: str | None = None
    outcome: str = field(default="", init=False)
    _is_cancelled: bool = field(default=False, init=False)

    def withdraw(self) -> Flow[bool]:
        """Cancel the application; return whether that is done, or will be once its jobs are stopped."""
        own = yield from self._own()
        return own is not None

    def jobs(self) -> Flow[tuple[Sequence[Job], Sequence[Job]]]:
        """Return the jobs of the application that have not ended; none of them is uncertain."""
        own = yield from self._own()
        if not own or not (self._is_cancelled and self.stops_jobs):
            return own or [], []
        for job in own:
            yield from self.backend.ask_about(job.id, jobs.cancel(job.id))
        return [], []

    def finish(self) -> Flow[None]:
        """Cancel the application, unless it ends by itself now that its jobs were stopped."""
        if not self._is_cancelled:
            yield from application.give_up(self.program_id, PROGRAM_ENDS_WITHIN)

    def _own(self) -> Flow[Sequence[Job] | None]:
        """Return the jobs that have not ended, and cancel the application; None where there is none yet."""
        if (yield from application.find(self.program_id)) is None:
            return None
        run = yield from self.backend.run_of(self.program_id, ())
        own = [job for job in run.jobs if not job.has_ended and job.state is not JobState.ENDING] if run else []
        if not self._is_cancelled and not (self.stops_jobs and any(job.status != INITIALIZING for job in own)):
            self._is_cancelled = True
            if (yield from application.give_up(self.program_id, 0.0)):
                self.outcome = f"The program of job {self.program_id} was cancelled before the job had begun"
        return own


@dataclass
class PendingRun:
    """A submission by ``/run`` that has no response yet, so its ``main()`` may be at work in the JobManager.

    Flink reads the jar again for each job that ``main()`` starts, so it starts none once the jar is deleted.

    :param backend: the cluster.
    :param program_id: the id under which the program is submitted.
    :param tag: the tag of the uploads of its task instance.
    :param is_marked: whether its jobs bear marks, as they have ids of Flink's own.
    :param jar_id: the upload of this try; None while there is none.
    """

    backend: Runs
    program_id: str
    tag: str
    is_marked: bool
    jar_id: str | None = None
    outcome: str = field(default="", init=False)
    # No job of the program is older, by the cluster's clock.
    _since: float = field(default=0.0, init=False)
    _foreign: set[str] = field(default_factory=set, init=False)

    def withdraw(self) -> Flow[bool]:
        """Delete the uploads of this try and of earlier ones; return whether the program can start no further job.

        Nothing is deleted where one of several jobs has finished already. The rest would never come, and the next try
        would take the program for complete.
        """
        uploads = yield from self._uploads()
        self._since = uploads[0].uploaded / 1000 if uploads else 0.0
        if uploads and self.is_marked and (yield from self._has_finished_jobs()):
            yield from remark(
                f"Program {self.program_id} continues to start jobs, as one of them has finished already: deleting its "
                "jar would make the next try take it for complete."
            )
            return False
        yield from jar_files.delete_all([jar.id for jar in uploads])
        if (yield from self._uploads()):
            return False
        self.outcome = f"Program {self.program_id} has started no job, and starts none without its jar"
        return True

    def jobs(self) -> Flow[tuple[Sequence[Job], Sequence[Job]]]:
        """Return the jobs of the program that have not ended, and further ones whose marks cannot be read yet."""
        if not self.is_marked:
            job = yield from self.backend.find(self.program_id)
            return [job] if job and not job.has_ended else [], []
        listed = (yield from self.backend.all_jobs()).values()
        return (yield from self._recognized([job for job in listed if not job.has_ended]))

    def finish(self) -> Flow[None]:
        """Do nothing: nothing is left to do once the jobs were ended."""
        yield from ()

    def _uploads(self) -> Flow[Sequence[Jar]]:
        """Return the uploads of this try and of earlier ones, oldest first, but none of a later try."""
        own = yield from jar_files.tagged(self.tag)
        order = [jar.id for jar in own]
        if self.jar_id is None:
            return own
        return own[: order.index(self.jar_id) + 1] if self.jar_id in order else []

    def _has_finished_jobs(self) -> Flow[bool]:
        listed = (yield from self.backend.all_jobs()).values()
        own, _ = yield from self._recognized([job for job in listed if job.state is JobState.FINISHED])
        return bool(own)

    def _recognized(self, listed: Sequence[Job]) -> Flow[tuple[Sequence[Job], Sequence[Job]]]:
        """Return those of some jobs that bear the program's mark, and those that bear none."""
        own, unmarked = [], []
        for job in listed:
            if job.id in self._foreign or (job.started or 0.0) < self._since:
                continue
            try:
                mark = yield from self.backend.mark_of(job)
            except JobForgotten:
                continue
            if mark is None:
                unmarked.append(job)
            elif mark.program_id == self.program_id:
                own.append(job)
            else:
                self._foreign.add(job.id)
        return own, unmarked
