"""DLI as a back end for Flink jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.dli.endpoints import flink_graphs, flink_jobs
from airflow_provider_dli.dli.endpoints.flink_job import Job as Seen
from airflow_provider_dli.dli.gate import Gate, dated
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.jobs.backend import MetricSource
from airflow_provider_dli.jobs.dli import answers, readings, stop
from airflow_provider_dli.jobs.dli.lookout import PAGE, Lookout
from airflow_provider_dli.jobs.dli.metric_names import NAMES
from airflow_provider_dli.jobs.dli.object_store import as_checkpoints, plain
from airflow_provider_dli.jobs.dli.states import SUBMITTING, may_run
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobError
from airflow_provider_dli.jobs.look import forgotten
from airflow_provider_dli.jobs.model import Checkpoints, Failure, Job, JobState, Stopped
from airflow_provider_dli.jobs.object_store import Found, ObjectStore
from airflow_provider_dli.rest.errors import Refused
from airflow_provider_dli.rest.flow import Flow, work
from airflow_provider_dli.rest.patience import Clock

_AT_WORK = {"RUNNING", "FINISHED"}
# Seconds that two clocks may differ and show the same time: DLI's shows whole seconds, some time after a lookup.
_SAME_TIME = 3.0


class DliBackend:
    """The Flink jobs of a project on DLI.

    :param gate: knows the project.
    :param console: the address of a job's page, with ``{job_id}`` where its id belongs.
    :param store: where checkpoints and savepoints lie; None where it cannot be looked into.
    :param folders: where in there to look; none for where DLI tells that each job has them.
    :param store_clock: the store's clock, in seconds since the epoch; None where it is the cloud's, as DLI's is.
    """

    called = "DLI"
    forgets = "It was deleted."

    def __init__(
        self,
        gate: Gate,
        console: str,
        store: ObjectStore | None = None,
        folders: tuple[str, ...] = (),
        store_clock: Clock | None = None,
    ) -> None:
        self.gate = gate
        self._folders = folders
        self._store = store
        self._console = console
        self._store_clock = store_clock
        self._ahead_of_store: float | None = None
        self._lookout = Lookout(gate)

    def find(self, job_id: str) -> Flow[Job | None]:
        """Look up a job; None where DLI knows none with this id."""
        found = yield from self._lookout.look(job_id)
        return answers.job(found.value, found.sent) if found else None

    def find_apart(self, job_id: str) -> Flow[Job | None]:
        """Return None: DLI has no second list of jobs."""
        yield from ()
        return None

    def detail(self, job_id: str) -> Flow[Seen | None]:
        """Return the details of a job; None where DLI knows none with this id."""
        found = yield from self._lookout.detail(job_id)
        return found.value if found else None

    def known(self, job_id: str) -> Flow[Seen]:
        """Return the details of a job that was found before.

        :raises JobForgotten: when it is gone.
        """
        seen = yield from self.detail(job_id)
        if seen is None:
            raise forgotten(self, job_id)
        return seen

    def all_jobs(self) -> Flow[Mapping[str, Job]]:
        """Return all jobs of the project, by id."""
        return {job.id: job for job in (yield from self._listed())}

    def jobs_named(self, name: str) -> Flow[Sequence[Job]]:
        """Return the jobs of a name; no two of a project share one."""
        return [job for job in (yield from self._listed(name)) if job.name == name]

    def named(self, name: str) -> Flow[Job | None]:
        """Look for a job by its exact name; None where there is none."""
        return next(iter((yield from self.jobs_named(name))), None)

    def tasks_run(self, job: Job) -> Flow[bool]:
        """Tell whether all tasks of a job run: the execution graph tells, where there is one."""
        if job.state is JobState.SAVEPOINTING:
            return True
        if job.state is not JobState.RUNNING:
            return False
        try:
            graph = (yield from self.gate.ask(flink_graphs.execute(job.id))).execute_graph
        except Refused:
            return True
        return all(vertex.status in _AT_WORK for vertex in (graph.vertices if graph else None) or ())

    def hint(self, job: Job) -> Flow[str]:
        """Tell that a first start takes its time."""
        yield from ()
        return "the first start on a new queue takes 6 to 10 minutes" if job.status == SUBMITTING else ""

    def cancel(self, job_id: str) -> Flow[None]:
        """Stop a job without a savepoint; DLI refuses that where it is no longer at work."""
        try:
            yield from self.gate.ask(flink_jobs.stop(job_id, trigger_savepoint=False))
        except Refused:
            job = yield from self.find(job_id)
            if job and may_run(job) and job.state is not JobState.ENDING:
                raise

    def give_up(self, job_id: str, *, within: float = 0.0) -> Flow[bool]:
        """Return False: a job of DLI is there before it is run, and is cancelled like any other."""
        yield from ()
        return False

    def stop(self, job_id: str, *, directory: str | None, operation_id: str) -> Flow[Stopped]:
        """Stop a job with a savepoint, in the place that DLI has for that, and follow it to its end."""
        return stop.stop_at_once(self, job_id)

    def checkpoints(self, job_id: str) -> Flow[Checkpoints]:
        """Return a job's checkpoints and savepoints from the object store, by DLI's clock. DLI itself lists none."""
        response = yield from self._lookout.detail(job_id)
        if response is None:
            raise forgotten(self, job_id)
        seen = response.value
        found: list[Found] = []
        folders = [answers.Place(plain(folder)) for folder in self._folders]
        for place in folders or answers.places(seen):
            found.extend((yield from self._stored(place)))
        history = as_checkpoints(found, self._ahead(response.sent))
        # Those of earlier runs lie there as well, and say nothing about this one.
        began = answers.seconds(seen.start_time) or 0.0
        return Checkpoints(sum(one.completed >= began for one in history), history)

    def looking_in(self, path: str) -> DliBackend:
        """Return the same, with all checkpoints in one folder of the object store."""
        return DliBackend(self.gate, self._console, self._store, (path,), self._store_clock)

    def _ahead(self, now: float | None) -> float:
        """Return the seconds by which DLI's clock is ahead of the store's: measured once, as the times have an error.

        :param now: the time by DLI's clock, in whole seconds since the epoch; None where unknown.
        """
        if self._store_clock is None or now is None:
            return 0.0
        if self._ahead_of_store is None:
            ahead = now - self._store_clock()
            self._ahead_of_store = ahead if abs(ahead) > _SAME_TIME else 0.0
        return self._ahead_of_store

    @property
    def sees_store(self) -> bool:
        """Whether the object store can be looked into."""
        return self._store is not None

    def stored(self, path: str) -> Flow[tuple[Found, ...]]:
        """Return the complete checkpoints and savepoints in a folder of the object store, and below it.

        :param path: the folder, with ``obs://`` or without.
        :raises ConditionNotReachable: when the connection does not say how to look there.
        """
        return self._stored(answers.Place(plain(path)))

    def _stored(self, place: answers.Place) -> Flow[tuple[Found, ...]]:
        """Return the complete checkpoints and savepoints in a place of the object store."""
        store = self._store
        if store is None:
            raise ConditionNotReachable(
                f"DLI lists no checkpoints; they can be seen in the object store, at {place}. Say how to "
                "open it in the connection's extra: object_store, as in s3://obs_default@ or file:///data/obs."
            )
        return tuple((yield from work(lambda: store.complete_ones(place.folder, place.job_id))))

    def makes_checkpoints(self, job_id: str) -> Flow[bool]:
        """Tell whether a job is set to make checkpoints; of one in a jar only its program knows."""
        seen = yield from self.known(job_id)
        return answers.makes_checkpoints(seen)

    def failure(self, job_id: str) -> Flow[Failure]:
        """Tell what failed last in a job, as its status says."""
        seen = yield from self.known(job_id)
        checkpoint = yield from self._newest_checkpoint(seen)
        return Failure(answers.reason(seen), restarts=seen.restart_times, checkpoint=checkpoint)

    def _newest_checkpoint(self, seen: Seen) -> Flow[str | None]:
        """Return the newest checkpoint or savepoint of a job; empty where there is none, None where unknown.

        An object store that cannot be read must not hide why the job has failed.
        """
        savepoint = f"the savepoint at {seen.savepoint_path}" if seen.savepoint_path else None
        if not self.sees_store:
            return savepoint
        try:
            history = (yield from self.checkpoints(str(seen.job_id))).history
        except (JobError, ValueError):
            return savepoint
        kinds = {True: "savepoint", False: "checkpoint"}
        newest = next((f"the {kinds[one.is_savepoint]} at {one.path}" for one in history), "")
        return newest or savepoint or ""

    def why_cancelled(self, job_id: str) -> Flow[str | None]:
        """Return None: DLI does not tell who has stopped a job."""
        yield from ()
        return None

    def metric(self, job_id: str, source: MetricSource) -> Flow[float | None]:
        """Read a metric, aggregated where there are several of it.

        :raises ConditionNotReachable: when the job has no source or sink of the wanted name.
        """
        measured = yield from readings.ask_for(self.gate, job_id)
        readings.check_vertex(measured, source, job_id)
        return readings.reading(measured, source)

    def metric_names(self, job_id: str, source: MetricSource) -> Flow[tuple[str, ...]]:
        """List the metrics that there are; every job has the same."""
        yield from ()
        return NAMES

    def job_url(self, job_id: str) -> str:
        """Return the address of a job's page."""
        return self._console.replace("{job_id}", job_id)

    def _listed(self, name: str | None = None) -> Flow[list[Job]]:
        return every(
            self.gate.ask,
            lambda begin: dated(flink_jobs.list_jobs(name=name, offset=begin, limit=PAGE, order="asc")),
            lambda page: [answers.job(job, page.sent) for job in page.value.jobs],
            PAGE,
        )
