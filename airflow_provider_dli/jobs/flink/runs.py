"""Runs of programs on a cluster: found by their ids, by their applications, or by the marks on their jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from airflow_provider_dli.flink.endpoints import applications, job_settings, jobmanager
from airflow_provider_dli.flink.endpoints.applications import ApplicationSummary
from airflow_provider_dli.flink.endpoints.process import ConfigurationEntry
from airflow_provider_dli.jobs.backend import Incarnation
from airflow_provider_dli.jobs.errors import JobForgotten
from airflow_provider_dli.jobs.flink import answers, marks
from airflow_provider_dli.jobs.flink.marks import Mark
from airflow_provider_dli.jobs.flink.questions import Questions
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.rest.flow import Flow, ask, pause

# An application that is being cancelled starts no job any more, and Flink 2.3.0 leaves some in CANCELING for good.
_STATES = {
    "FAILING": JobState.ENDING,
    "FINISHED": JobState.FINISHED,
    "FAILED": JobState.FAILED,
    "CANCELED": JobState.CANCELED,
    "CANCELING": JobState.CANCELED,
}
#: The status of a job that has no settings yet.
INITIALIZING = "INITIALIZING"
# A job's mark may be missing for three seconds after it has begun to run. Seconds between two polls at it.
_MARK_POLL = 1.0
_LOOKS_FOR_A_MARK = 5
# A directory that the JobManager makes when it starts, under a random name.
_PROCESS = "web.tmpdir"
# Both names of the setting: the one since Flink 1.17, and the one before.
_HIGH_AVAILABILITY = ("high-availability.type", "high-availability")


class Runs(Questions):
    """The programs that a cluster has run."""

    def latest_run(self, ids: Sequence[str], *, marked: bool) -> Flow[ProgramRun | None]:
        """Return the run of the last id of a series that the cluster knows; None where it knows none.

        :param ids: the ids under which a program may have been submitted, in order.
        :param marked: whether its jobs bear marks instead of the id.
        """
        jobs = yield from self.all_jobs()
        listed = yield from self._applications()
        by_mark = (yield from self._by_mark(ids, jobs)) if marked else {}
        program_id = next((one for one in reversed(ids) if one in jobs or one in listed or one in by_mark), None)
        if program_id is None:
            return None
        if program_id in listed:
            return (yield from self._of_application(listed[program_id], jobs))
        found = by_mark.get(program_id) or [jobs[program_id]]
        return ProgramRun(program_id, tuple(sorted(found, key=_start)))

    def run_of(self, program_id: str, job_ids: Collection[str]) -> Flow[ProgramRun | None]:
        """Return a run as it is now; None where the cluster knows nothing of it.

        :param program_id: the id under which the program was submitted.
        :param job_ids: the ids of its jobs, as far as known.
        """
        jobs = yield from self.all_jobs()
        listed = yield from self._applications()
        if program_id in listed:
            return (yield from self._of_application(listed[program_id], jobs, job_ids))
        found = [jobs[job_id] for job_id in job_ids if job_id in jobs]
        return ProgramRun(program_id, tuple(sorted(found, key=_start))) if found else None

    def incarnation(self) -> Flow[Incarnation]:
        """Return which process the JobManager is, and whether another one would know its jobs."""
        entries = yield from self.gate.probe(
            jobmanager.configuration(),
            "The cluster's settings cannot be read. Whether a JobManager that restarts has lost a job is not known",
        )
        return _incarnation(entries or ())

    def marked_jobs(self, program_id: str, jobs: Collection[Job]) -> Flow[list[Job]]:
        """Return those of some jobs that bear the mark of a program; marks that are late are waited for.

        :param program_id: the id under which the program was submitted.
        :param jobs: the jobs.
        """
        by_mark = yield from self._by_mark([program_id], {job.id: job for job in jobs})
        return by_mark.get(program_id, [])

    def unmarked_jobs(self, jobs: Collection[Job]) -> Flow[list[Job]]:
        """Return those of some jobs that bear no mark of any task, once late marks have been waited for.

        :param jobs: the jobs.
        """
        shown: dict[str, Mapping[str, object]] = {}
        for job in jobs:
            shown[job.id] = (yield from self._parameters_if_known(job)) or {}
        return [job for job in jobs if marks.read(shown[job.id]) is None]

    def mark_of(self, job: Job) -> Flow[Mark | None]:
        """Return the mark of a job; None where it bears none, or does not show it yet.

        :param job: the job, as it was just listed.
        :raises JobForgotten: when it is gone.
        """
        return marks.read((yield from self._own_parameters(job)))

    def _by_mark(self, ids: Sequence[str], jobs: Mapping[str, Job]) -> Flow[dict[str, list[Job]]]:
        found: dict[str, list[Job]] = {}
        unmarked = list(jobs.values())
        for number in range(_LOOKS_FOR_A_MARK):
            without = []
            for job in unmarked:
                settings = yield from self._parameters_if_known(job)
                mark = marks.read(settings or {})
                if mark and mark.program_id in ids:
                    found.setdefault(mark.program_id, []).append(job)
                elif settings is not None and not settings:
                    without.append(job)
            unmarked = _young(without, jobs.values())
            if not unmarked or number == _LOOKS_FOR_A_MARK - 1:
                break
            yield from pause(_MARK_POLL, f"{unmarked[0]}; waiting until the cluster shows who has started it")
            now = yield from self.all_jobs()
            unmarked = [now.get(job.id, job) for job in unmarked]
        return found

    def _parameters_if_known(self, job: Job) -> Flow[Mapping[str, object] | None]:
        """Return the same as :meth:`_own_parameters`; None for a job that was forgotten since it was listed."""
        try:
            return (yield from self._own_parameters(job))
        except JobForgotten:
            return None

    def _own_parameters(self, job: Job) -> Flow[Mapping[str, object]]:
        """Return the global job parameters of a job; none of one that is being initialized.

        Flink would answer with none as well, and repeat that for three seconds from its cache.
        """
        if job.status == INITIALIZING:
            return {}
        seen = yield from self.ask_about(job.id, job_settings.configuration(job.id))
        return (seen.execution_config.user_config or {}) if seen and seen.execution_config else {}

    def _applications(self) -> Flow[Mapping[str, ApplicationSummary]]:
        if not (yield from self.gate.dialect()).has_applications:
            return {}
        return {one.id: one for one in (yield from ask(applications.overview())).applications}

    def _of_application(
        self, listed: ApplicationSummary, jobs: Mapping[str, Job], known: Collection[str] = ()
    ) -> Flow[ProgramRun]:
        """Return the run of an application; its jobs are asked for only where it has others than those known."""
        if len(known) != sum(listed.jobs.values()) or not all(job_id in jobs for job_id in known):
            rows = (yield from ask(applications.detail(listed.id))).jobs
            own = {row.jid: jobs.get(row.jid) or answers.job(row) for row in rows}
        else:
            own = {job_id: jobs[job_id] for job_id in known}
        state = _STATES.get(listed.status, JobState.RUNNING)
        return ProgramRun(listed.id, tuple(sorted(own.values(), key=_start)), state, listed.status)


def _start(job: Job) -> tuple[float, str]:
    return (job.started or 0.0, job.id)


def _young(unmarked: Collection[Job], jobs: Collection[Job]) -> list[Job]:
    """Return those of some jobs whose marks may be late, as they were only just started or have only just ended."""
    # The cluster's own clock, as far as its jobs show it.
    now = max((max(job.ended or 0.0, (job.started or 0.0) + (job.age or 0.0)) for job in jobs), default=0.0)
    since = now - marks.MARK_LAG - _MARK_POLL
    return [job for job in unmarked if job.state is JobState.STARTING or (job.ended or job.started or 0.0) >= since]


def _incarnation(entries: Sequence[ConfigurationEntry]) -> Incarnation:
    settings = {entry.key: entry.value for entry in entries}
    kind = next((settings[key] for key in _HIGH_AVAILABILITY if settings.get(key)), "none")
    return Incarnation(settings.get(_PROCESS), keeps_jobs=kind.strip().lower() != "none")
