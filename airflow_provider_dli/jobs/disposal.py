"""Deleting a savepoint. Nobody can choose the deletion's id, so a second one may find the first one's work done."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.jobs.backend import OperatingBackend
from airflow_provider_dli.jobs.errors import DisposalFailed
from airflow_provider_dli.jobs.model import DisposalState
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.redaction import shown_path

# Seconds between two polls at most: five minutes after its end Flink forgets a deletion.
_LONGEST_PAUSE = 60.0
# The most deletions that are started while an earlier one may be in progress, or is forgotten.
_MOST_OFTEN = 10


@dataclass(frozen=True)
class BegunDisposal:
    """A deletion of a savepoint that was started.

    :param operation_id: its id.
    :param again: whether an earlier one may have deleted the savepoint.
    """

    operation_id: str
    again: bool


@dataclass(frozen=True)
class Disposal:
    """A savepoint that is not there any more.

    :param path: where it lay.
    :param was_there: whether this deletion has found it.
    """

    path: str
    was_there: bool


def begin_disposal(backend: OperatingBackend, *, path: str, again: bool) -> Flow[BegunDisposal]:
    """Start the deletion of a savepoint; repeat it after an unclear response, as that does no harm.

    :param backend: the cluster that can reach it.
    :param path: the savepoint's path.
    :param again: whether an earlier try may have deleted it.
    """
    try:
        operation_id = yield from backend.dispose_savepoint(path, again=again)
    except RestError as error:
        if again or not error.unclear:
            raise
        yield from remark(f"No clear response ({error.what}); repeating the request, in case the savepoint exists.")
        again = True
        operation_id = yield from backend.dispose_savepoint(path, again=True)
    yield from remark(f"Operation {operation_id} deletes savepoint {shown_path(path)}.")
    return BegunDisposal(operation_id, again)


def follow_disposal(
    backend: OperatingBackend, *, path: str, operation_id: str, again: bool, missing_ok: bool, poll_interval: float
) -> Flow[Disposal]:
    """Follow the deletion of a savepoint to its end.

    :param backend: the cluster that deletes it.
    :param path: the savepoint's path.
    :param operation_id: the deletion.
    :param again: whether an earlier request may have deleted it.
    :param missing_ok: whether it is all right that it was not there at all.
    :param poll_interval: seconds between two polls.
    :raises DisposalFailed: when it fails.
    """
    seconds = min(poll_interval, _LONGEST_PAUSE)
    for left in reversed(range(_MOST_OFTEN)):
        state = yield from _end(backend, path, operation_id, seconds)
        if not state.failure or (state.missing and (again or missing_ok)):
            return Disposal(path, was_there=not state.missing)
        again = again or state.forgotten
        if not again or not left:
            raise DisposalFailed(_told(path, state.failure, again), hopeless=state.hopeless and not again)
        # Of two deletions at once, the second one fails until the first one is done.
        yield from pause(seconds, f"{state.failure} An earlier request may still be at work on savepoint {path}")
        operation_id = yield from backend.dispose_savepoint(path, again=True)
    raise AssertionError("the last round ends the flow")


def _end(backend: OperatingBackend, path: str, operation_id: str, seconds: float) -> Flow[DisposalState]:
    """Wait until a deletion has ended, or is forgotten."""
    while True:
        state = yield from backend.disposal(operation_id)
        if state is None:
            return DisposalState(True, f"The cluster has forgotten operation {operation_id}.", forgotten=True)
        if state.done:
            return state
        yield from pause(seconds, f"savepoint {path} is being deleted")


def _told(path: str, failure: str, again: bool) -> str:
    doubt = " An earlier request may have deleted a part of it: look at what is left." if again else ""
    return f"Savepoint {path} was not deleted: {failure}{doubt}"
