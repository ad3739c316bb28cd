"""Deleting a savepoint. Nobody can choose the deletion's id, so a second one may find the first one's work done."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.jobs.backend import Backend
from airflow_provider_dli.jobs.errors import DisposalFailed
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark

# For so many seconds after its end every cluster remembers a deletion; five minutes, unless set otherwise.
_REMEMBERED = 60.0


@dataclass(frozen=True)
class BegunDisposal:
    """The deletion of a savepoint that was begun.

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


def begin_disposal(backend: Backend, *, path: str, again: bool) -> Flow[BegunDisposal]:
    """Begin to delete a savepoint; after an unclear answer once more, as there is no harm in that.

    :param backend: the cluster that can reach it.
    :param path: the savepoint's path.
    :param again: whether an earlier try may have deleted it.
    """
    try:
        return BegunDisposal((yield from backend.dispose_savepoint(path, again=again)), again)
    except RestError as error:
        if again or not error.unclear:
            raise
        yield from remark(f"No clear answer ({error.what}); asking again, also if the savepoint is gone by now.")
    return BegunDisposal((yield from backend.dispose_savepoint(path, again=True)), again=True)


def follow_disposal(
    backend: Backend, *, path: str, operation_id: str, again: bool, missing_ok: bool, poll_interval: float
) -> Flow[Disposal]:
    """Follow the deletion of a savepoint to its end.

    :param backend: the cluster that deletes it.
    :param path: the savepoint's path.
    :param operation_id: the deletion.
    :param again: whether an earlier request may have deleted it.
    :param missing_ok: whether it is all right that it was not there at all.
    :param poll_interval: seconds between two looks.
    :raises DisposalFailed: when it fails.
    """
    while True:
        state = yield from backend.disposal(operation_id)
        wait = poll_interval
        if state is None:
            yield from remark(f"The cluster has forgotten operation {operation_id}; asking again.")
            wait = min(poll_interval, _REMEMBERED)
            operation_id, again = (yield from backend.dispose_savepoint(path, again=True)), True
        elif state.failure and not (state.missing and (again or missing_ok)):
            raise DisposalFailed(_told(path, state.failure, again), hopeless=state.hopeless and not again)
        elif state.done:
            return Disposal(path, was_there=not state.missing)
        yield from pause(wait, f"savepoint {path} is being deleted")


def _told(path: str, failure: str, again: bool) -> str:
    doubt = " An earlier request may have deleted a part of it, or may still be at work." if again else ""
    return f"Savepoint {path} was not deleted: {failure}{doubt}"
