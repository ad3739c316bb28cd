"""Runs of programs: the jobs that one submission has started, and the state of the program itself."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.wording import listed


@dataclass(frozen=True)
class ProgramRun:
    """One run of a program, as it was at one moment.

    :param id: the id under which the program was submitted.
    :param jobs: the jobs that it has started so far, in the order of their start.
    :param state: the state of the program itself, where the back end has one (Flink 2.3+); None where only its jobs
        have one.
    :param status: the same in the back end's own word; empty where there is none.
    """

    id: str
    jobs: tuple[Job, ...] = ()
    state: JobState | None = None
    status: str = ""

    @property
    def job_ids(self) -> list[str]:
        """The ids of the jobs, in the order of their start."""
        return [job.id for job in self.jobs]

    @property
    def has_finished(self) -> bool:
        """Whether the program and all its jobs have ended well."""
        if self.state is not None:
            return self.state is JobState.FINISHED
        return bool(self.jobs) and all(job.state is JobState.FINISHED for job in self.jobs)

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it will ever run again."""
        if self.state is not None:
            return self.state.is_final
        return bool(self.jobs) and all(job.has_ended for job in self.jobs)

    @property
    def ended_badly(self) -> bool:
        """Whether the program or one of its jobs has failed or was cancelled."""
        if self.state is not None and self.state.is_final:
            return self.state is not JobState.FINISHED
        return any(job.ended_badly for job in self.jobs)

    @property
    def is_ending(self) -> bool:
        """Whether the end of one of its jobs is near, and it is not known yet how that will be."""
        return self.state is JobState.ENDING or any(job.state is JobState.ENDING for job in self.jobs)

    def __str__(self) -> str:
        if len(self.jobs) == 1:
            return str(self.jobs[0])
        own = f"program {self.id}" + (f" is {self.status}" if self.status else "")
        return f"{own}; {listed(self.jobs)}"
