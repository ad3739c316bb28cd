"""Ways to submit a program, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.end import PendingSubmission
from airflow_provider_dli.jobs.flink import swallowed
from airflow_provider_dli.jobs.flink.runs import Runs
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.redaction import shown_path
from airflow_provider_dli.rest.request import FilePart


class Way(Enum):
    """Ways to submit a program."""

    #: One job under the id that was chosen for it: Flink itself refuses a second submission.
    ONE_JOB = "one job"
    #: An application under that id, with all the jobs that its program starts (Flink 2.3+).
    APPLICATION = "application"
    #: All the jobs that the program starts, under ids of Flink; they bear marks (Flink 1.17+).
    MARKED = "marked"

    @property
    def is_one_job(self) -> bool:
        """Whether the program may start one job only."""
        return self is Way.ONE_JOB

    @property
    def is_marked(self) -> bool:
        """Whether its jobs are known by their marks only."""
        return self is Way.MARKED


@dataclass(frozen=True)
class Submission:
    """What is to be submitted, and how.

    :param jar: the id of an uploaded jar, or a file, which is uploaded and deleted again once it has served.
    :param program: how to run it; for :attr:`Way.MARKED` its configuration has the mark.
    :param seconds: how long its ``main`` may take.
    :param way: how to submit it.
    :param tag: 32 hexadecimal digits of the task instance, for the name of the upload; None for an upload without one.
    :param pending: what a kill can withdraw, and gets the upload; None where nothing can be withdrawn.
    """

    jar: str | FilePart
    program: Program
    seconds: float
    way: Way = Way.ONE_JOB
    tag: str | None = None
    pending: PendingSubmission | None = None

    @property
    def described(self) -> str:
        """The program and its initial state, for the log."""
        entry_class = f" ({self.program.entry_class})" if self.program.entry_class else ""
        path = self.program.savepoint_path
        return f"{self.jar}{entry_class}, {f'from {shown_path(path)}' if path else 'without initial state'},"


def choose_way(backend: Runs, several_jobs: bool | None, *, is_bounded: bool, is_upload: bool) -> Flow[Way]:
    """Return how to submit a program.

    :param backend: the cluster.
    :param several_jobs: whether its ``main`` starts several jobs, or one; None where that is not known.
    :param is_bounded: whether the whole program is waited for.
    :param is_upload: whether its jar is uploaded for it.
    :raises NotInThisVersion: when there are several, and the version cannot tell whose its jobs are.
    :raises ValueError: when there are several, and the jar must not be deleted.
    """
    if several_jobs is False or (several_jobs is None and not is_bounded):
        return Way.ONE_JOB
    dialect = yield from backend.gate.dialect()
    if dialect.has_applications and not (several_jobs and (yield from backend.incarnation()).keeps_jobs):
        return Way.APPLICATION
    if several_jobs is None:
        # Run as one job, a program would lose its further jobs, and nothing but the log would show that.
        shows = not (dialect.takes_configuration and is_upload) or (yield from swallowed.can_be_known(backend.gate))
        return Way.ONE_JOB if shows else Way.MARKED
    dialect.require("several_jobs", (1, 17))
    if not is_upload:
        raise ValueError(
            "several_jobs needs a jar that this task uploads by itself: give a file, not the id of an uploaded jar."
        )
    return Way.MARKED
