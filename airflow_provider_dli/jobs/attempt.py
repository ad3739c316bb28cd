"""Attempts: what one try of a task instance may take for its own, of all that it finds on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from airflow_provider_dli.jobs.identity import Identity

# How many ids of a series can be used up; no task is tried as often.
_LONGEST_SERIES = 1000


@dataclass(frozen=True)
class Attempt:
    """One try of a task instance at one operation.

    What an earlier try began is found by its id; where that alone cannot tell whose it is, or the cluster has forgotten
    it, the time says more. With an identity and an operation alone, as in a script without Airflow, nothing is known of
    time, and what has one of the ids is the script's own.

    :param identity: who tries.
    :param operation: what, as in ``run`` or ``savepoint``; each has a series of ids of its own.
    :param dag_run_began: when the DAG run began, in seconds since the epoch; None where nobody can say.
    :param is_first: whether it is the very first try of the task instance, before any retry and any clear.
    :param is_retry: whether there was an earlier try of this identity.
    :param owns_job: whether the job that it starts is the task's own, to be ended when the task is killed; one that
        takes another job's place, as after a rescale, is not.
    :param stopped_by_kill: whether a kill stops that job, with a savepoint.
    """

    identity: Identity
    operation: str
    dag_run_began: float | None = None
    is_first: bool = False
    is_retry: bool = False
    owns_job: bool = False
    stopped_by_kill: bool = False

    @cached_property
    def ids(self) -> Sequence[str]:
        """The ids for the operation, in order: the first one, and the next for each that was used up by a bad end."""
        return tuple(islice(self.identity.series(self.operation), _LONGEST_SERIES))

    @property
    def nothing_before(self) -> float | None:
        """A moment before which the task instance can have begun nothing; None where an earlier try may have.

        Identities come again where a DAG run is deleted and another one gets its id: what is older is of the deleted
        one. Only the very first try may tell by the time whose a job is: a clock that is wrong must not make a retry
        start a second one.
        """
        return self.dag_run_began if self.is_first else None

    @property
    def since(self) -> float | None:
        """A moment from which on an earlier try may have begun something; None where there was no earlier try.

        What is as new may be that try's, although the cluster has forgotten under which id it was begun.
        """
        return self.dag_run_began if self.is_retry else None

    @property
    def kill_id(self) -> str | None:
        """The id of the stop with which a kill ends the job; None where it stops none.

        A job that an earlier try's kill has stopped so has not done its work.
        """
        return self.identity.kill_id if self.stopped_by_kill else None

    @property
    def ids_before_clears(self) -> frozenset[str]:
        """The ids that the task's own jobs may have had before a person cleared it; such jobs are left alone."""
        may_have_some = self.owns_job and not self.is_first
        return frozenset(chain(*self.identity.generations(self.operation)[1:])) if may_have_some else frozenset()
