"""Attempts: the part of a cluster's jobs and operations that one try of a task instance may take as its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from typing import Any

from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.ledger import Ledger, VolatileLedger, record_in
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.rest.flow import Flow

# Ids of a series that can be used up; no task is tried as often.
_LONGEST_SERIES = 1000
# Ids of an earlier generation that are looked for.
_SHORT_SERIES = 20
# Seconds by which the start of a job can lie before the DAG run's, though the job is the run's own: rounding.
_MARGIN = 1.0


@dataclass(frozen=True)
class Attempt:
    """One try of a task instance at one operation.

    A script without Airflow needs an identity and an operation only; then all that has one of the ids is its own.

    :param identity: the task instance.
    :param operation: name of the operation, as in ``run`` or ``savepoint``; each has a series of ids of its own.
    :param ledger: entries of this and earlier tries.
    :param earlier: the task instance before clears, newest first, as far as known.
    :param is_first: whether it is the very first try of the task instance, before any retry and any clear.
    :param is_retry: whether an earlier try of this identity may have started something.
    :param follows_success: whether the try before has succeeded, so that a clear lies between, though the identity may
        be the same.
    :param run_age: for the very first try under an identity that can recur: returns the seconds since the DAG run
        began, by Airflow's clock; None otherwise.
    :param owns_job: whether the job that it starts is the task's own, to be ended when the task is killed; one that
        replaces another job, as in a rescale, is not.
    :param stopped_by_kill: whether a kill stops that job with a savepoint.
    """

    identity: Identity
    operation: str
    ledger: Ledger = field(default_factory=VolatileLedger)
    earlier: tuple[Identity, ...] = ()
    is_first: bool = False
    is_retry: bool = False
    follows_success: bool = False
    run_age: Callable[[], float] | None = None
    owns_job: bool = False
    stopped_by_kill: bool = False

    @cached_property
    def ids(self) -> Sequence[str]:
        """The ids for the operation, in order: the first id, and the next one for each that a failure has used up."""
        return _Ids(self.identity, self.operation)

    @property
    def kill_id(self) -> str | None:
        """The id of the stop with which a kill ends the job; None where it stops none.

        A job that the kill of an earlier try has stopped has not done its work.
        """
        return self.identity.kill_id if self.stopped_by_kill else None

    @property
    def ids_before_clears(self) -> frozenset[str]:
        """The ids that the task's own jobs may have had before clears, as far as known; such jobs are left alone."""
        return frozenset(chain(*self.generations[1:])) if self.owns_job else frozenset()

    @property
    def generations(self) -> Sequence[Sequence[str]]:
        """The first ids for the operation, and those from before clears, newest first, as far as known."""
        return [list(islice(one.series(self.operation), _SHORT_SERIES)) for one in (self.identity, *self.earlier)]

    def recall(self, name: str) -> Any:
        """Return a ledger entry of this operation; None where there is none."""
        return self.ledger.get(self._key(name))

    def record(self, **entries: Any) -> Flow[None]:
        """Write ledger entries of this operation.

        :param entries: names and values, plain JSON; None is left out.
        """
        return record_in(self.ledger, {self._key(name): value for name, value in entries.items()})

    def predates(self, job: Job) -> bool:
        """Tell whether a job under one of the ids is from before this generation, and not its own.

        This is for the first lookup of a try, before it has sent anything. Identities recur only before Airflow 3.2.
        Then the very first try cannot own a job that has ended, nor one that is older than the DAG run. Each age is
        measured by one clock: the job's by the cluster's, the DAG run's by Airflow's.

        :param job: the job that was found.
        """
        if self.follows_success and job.has_ended:
            return True
        if self.run_age is None:
            return False
        # The run's age is read now: a worker may have been suspended since the try began.
        return job.has_ended or (job.age is not None and job.age > self.run_age() + _MARGIN)

    def _key(self, name: str) -> str:
        return f"{self.operation}.{name}"


class _Ids(Sequence[str]):
    """A series of ids, each derived when it is first read."""

    def __init__(self, identity: Identity, operation: str) -> None:
        self._series = islice(identity.series(operation), _LONGEST_SERIES)
        self._known: list[str] = []

    def __len__(self) -> int:
        return _LONGEST_SERIES

    def __getitem__(self, index: Any) -> Any:
        last = index.stop if isinstance(index, slice) else index
        wanted = _LONGEST_SERIES if last is None or last < 0 else min(last + 1, _LONGEST_SERIES)
        self._known.extend(islice(self._series, max(0, wanted - len(self._known))))
        return self._known[index]
