"""What Flink leaves of its jobs' state, and where.

A savepoint always stays. A checkpoint goes with its job, unless it is retained
(``execution.checkpointing.externalized-checkpoint-retention``): ``DELETE_ON_CANCELLATION`` keeps the last one of a job
that has failed, ``RETAIN_ON_CANCELLATION`` that of a cancelled one as well; of one that has finished none is kept.
A JobManager that is killed leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_dli.flink.endpoints import checkpoints, jobmanager
from airflow_provider_dli.jobs.flink import answers
from airflow_provider_dli.jobs.flink.backend import FlinkBackend
from airflow_provider_dli.jobs.model import Checkpoint, Job
from airflow_provider_dli.jobs.object_store import as_url
from airflow_provider_dli.rest.flow import Flow, pause

# Both names of each setting: the one since Flink 1.20, and the one before.
_DIRECTORIES = ("execution.checkpointing.dir", "state.checkpoints.dir")
_SUBFOLDERS = ("execution.checkpointing.create-subdir", "state.checkpoints.create-subdir")


class FlinkRemains:
    """What a cluster's jobs leave of their state.

    :param backend: the cluster.
    :param configuration: the settings that the jobs are given; they win over the cluster's.
    """

    def __init__(self, backend: FlinkBackend, configuration: Mapping[str, str]) -> None:
        self._backend = backend
        self._configuration = configuration

    def of(self, job: Job) -> Flow[Checkpoint | None]:
        """Return the newest checkpoint or savepoint of a job that Flink has not deleted; None where there is none."""
        yield from self._until_current(job)
        seen = yield from self._backend.ask_about(job.id, checkpoints.statistics(job.id))
        if seen is None:
            return None
        known = [one for one in (*seen.history, seen.latest.completed, seen.latest.savepoint) if one]
        gone = {one.id for one in known if one.discarded}
        kept = [one for one in answers.checkpoints(seen).history if one.path and one.id not in gone]
        return max(kept, key=lambda one: one.completed, default=None)

    def directory(self) -> Flow[str]:
        """Return the folder that has a folder for each job's checkpoints.

        :raises ValueError: when none is known; says why.
        """
        settings = dict(self._configuration)
        if not any(key in settings for key in _DIRECTORIES):
            told = yield from self._backend.gate.ask(jobmanager.configuration())
            settings = {**{entry.key: entry.value for entry in told}, **settings}
        given = next((settings[key] for key in _DIRECTORIES if settings.get(key)), None)
        if given is None:
            raise ValueError(f"neither flink_configuration nor the cluster's settings have {_DIRECTORIES[0]}.")
        for key in _SUBFOLDERS:
            if settings.get(key, "").strip().lower() == "false":
                raise ValueError(f"with {key}=false, checkpoints do not tell whose they are.")
        return as_url(given)

    def _until_current(self, job: Job) -> Flow[None]:
        """Wait until what Flink caches of a job that has just ended has what was deleted then."""
        if job.ended is None:
            return
        lag = yield from self._backend.checkpoints_lag()
        now = yield from self._backend.time_at(job.id)
        if now is None or now - job.ended < lag:
            yield from pause(lag, f"{job}; waiting until the cluster shows what is left of its state")
