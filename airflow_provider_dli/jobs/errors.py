"""What can go wrong with a job.

::

    JobError
    ├── JobNotFound          there is no such job
    │   └── JobNameAmbiguous several jobs that have not ended have the name
    ├── JobForgotten         there was one, and the cluster no longer knows it
    ├── JobFailed            it ended badly
    ├── JobEnded             it has ended, so this cannot be asked of it
    ├── JobRejected          the back end refused to start it
    ├── ProgramFailed        a program has failed after it had started jobs
    ├── IdUsedUp             the id is of a program that ended without starting a job
    ├── SubmissionUnclear    nobody can say whether it was started
    ├── JobsNotListed        a program was started, and its jobs could not be listed
    ├── SavepointFailed      no savepoint was made
    ├── StopFailed           it was not stopped as asked
    ├── CheckpointFailed     no checkpoint was made
    ├── DisposalFailed       a savepoint was not deleted
    ├── StatementFailed      a SQL statement failed
    ├── ConditionNotReachable  what is waited for can never come
    └── BackendTrouble       the back end cannot be reached, or says no

Each message is for the person who is called at night: first the cause, then where, then what to do.
``hopeless`` says that repeating cannot help. A savepoint's path, where one is known, is never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_dli.jobs.model import Job


class JobError(Exception):
    """Something went wrong with a job.

    :param sentence: what was wrong, where, and what to do.
    :param job_id: the job, where there is one.
    :param savepoint_path: a savepoint that exists all the same.
    :param hopeless: whether repeating cannot help; None for what is usual for this kind of error.
    :param directory: a directory that may have a complete savepoint, because nobody knows how its operation ended.
    """

    hopeless = False

    def __init__(
        self,
        sentence: str,
        *,
        job_id: str | None = None,
        savepoint_path: str | None = None,
        hopeless: bool | None = None,
        directory: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.job_id = job_id
        self.savepoint_path = savepoint_path
        self.directory = directory
        if hopeless is not None:
            self.hopeless = hopeless

    def __str__(self) -> str:
        kept = f" The savepoint {self.savepoint_path} was made and is kept." if self.savepoint_path else ""
        return self.sentence + kept


class JobNotFound(JobError):
    """There is no such job."""

    hopeless = True


class JobNameAmbiguous(JobNotFound):
    """Several jobs that have not ended have the name."""


class JobForgotten(JobError):
    """There was such a job, and the cluster no longer knows it."""


class JobFailed(JobError):
    """The job ended badly."""


class JobEnded(JobError):
    """The job has ended, so this cannot be asked of it."""

    hopeless = True


class JobRejected(JobError):
    """The back end refused to start the job."""


class ProgramFailed(JobError):
    """A program has failed, or was cut short, after it had started jobs, which may still run.

    :param sentence: the cause.
    :param jobs: the jobs.
    :param hopeless: whether repeating cannot help.
    """

    def __init__(self, sentence: str, *, jobs: Sequence[Job] = (), **members: Any) -> None:
        super().__init__(sentence, **{"job_id": jobs[0].id if jobs else None, **members})
        self.jobs = tuple(jobs)


class IdUsedUp(JobError):
    """The id is of a program that has ended without starting a job; the next one of the series is free."""


class SubmissionUnclear(JobError):
    """Nobody can say whether the job was started; the next try looks first."""


class JobsNotListed(JobError):
    """A program was started, and its jobs could not be listed; the next try attaches to them.

    :param sentence: the cause.
    :param job_id: the job that the response to the submission named.
    """


class SavepointFailed(JobError):
    """No savepoint was made."""


class StopFailed(JobError):
    """The job was not stopped as asked."""


class CheckpointFailed(JobError):
    """No checkpoint was made."""


class DisposalFailed(JobError):
    """A savepoint was not deleted."""


class StatementFailed(JobError):
    """A SQL statement failed."""


class ConditionNotReachable(JobError):
    """What is waited for can never come."""

    hopeless = True


class BackendTrouble(JobError):
    """The back end cannot be reached, or says no."""
