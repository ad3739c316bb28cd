"""What became of each of several jobs that were run, stopped or deleted with one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_dli.dli.complaint import says_no
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.members import several
from airflow_provider_dli.rest.request import Answer


class Outcome(Told):
    """What became of a job; which one, it does not say. A refusal may be among them in the answer to a failed request.

    :param error_code: why it was refused, as in ``DLI.13024``.
    :param error_msg: the same as a sentence.
    """

    error_code: str | None = None
    error_msg: str | None = None

    @property
    def refused(self) -> bool:
        """Whether this job was refused."""
        return bool(self.error_code) or says_no(self.is_success)


class Outcomes(tuple[Outcome, ...]):
    """What became of the jobs of one request: something of each, in the order in which they were named, or one of all.

    That DLI accepted it is all that it says; the jobs' details say more.
    """

    __slots__ = ()

    @classmethod
    def read(cls, answer: Answer) -> Outcomes:
        """Read a list of outcomes, or the one that there is.

        :raises ValueError: when there is neither.
        """
        return cls(several(Outcome)(answer) if isinstance(answer.json(), list) else (Outcome.read(answer),))

    def by_job(self, job_ids: Sequence[int | str]) -> Mapping[int, Outcome | None]:
        """Return what became of each job; None where DLI told of another number of jobs, so that nobody knows.

        :param job_ids: the ids that were sent, in that order.
        """
        paired = self if len(self) == len(job_ids) else [None] * len(job_ids)
        return {int(job_id): outcome for job_id, outcome in zip(job_ids, paired, strict=True)}
