"""Savepoints of DLI's Flink jobs. DLI gives them no id: a folder of the task instance's own identifies one.

Whether a savepoint is complete is read from the job's status and the path that DLI names. Where the object store can be
read, its ``_metadata`` file is the proof.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from airflow_provider_dli.dli.endpoints import flink_savepoints
from airflow_provider_dli.dli.endpoints.flink_job import Job as Detail
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.dli.flink_jobs import FlinkJobs
from airflow_provider_dli.jobs.dli.object_store import plain
from airflow_provider_dli.jobs.dli.states import is_active, may_run
from airflow_provider_dli.jobs.dli.verdicts import is_no, refused
from airflow_provider_dli.jobs.errors import BackendTrouble, JobEnded, JobRejected, SavepointFailed
from airflow_provider_dli.jobs.look import brought_back, look, sought, wait_while, why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState, Savepoint
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, pause, remark
from airflow_provider_dli.rest.redaction import shown_path

# Lookups for what a request without a clear response did; seconds between them.
_LOOKS_AFTER_UNCLEAR: Final = (1, 1, 2, 3, 5, 5, 5, 10, 10)
# What an earlier try has requested just before it died may not show yet; seconds between lookups.
_LOOKS_IN_A_RETRY: Final = (1, 2, 3, 5)
# Lookups once DLI no longer makes a savepoint, as it may name the path late.
_LOOKS_AFTER_SAVEPOINTING: Final = 5
# Lookups once DLI gives a reason why there is no savepoint.
_LOOKS_AFTER_A_REASON: Final = 1
# Lookups for the proof in the object store once DLI names the savepoint.
_LOOKS_FOR_PROOF: Final = 3
# Seconds without a sign of a savepoint after which none is in the making. DLI may make a quick one without showing it.
_LONGEST_WITHOUT_A_SIGN: Final = 600.0


@dataclass(frozen=True)
class BegunSavepoint:
    """A savepoint that was requested.

    :param others: savepoints that lay in its folder before.
    :param described: the job's ``status_desc`` before.
    """

    others: tuple[str, ...] = ()
    described: str = ""


@dataclass(frozen=True)
class _Folder:
    """The folder that a savepoint is written to.

    :param path: the folder, as ``bucket/key``.
    :param others: savepoints in it that are not meant.
    """

    path: str
    others: Collection[str] = ()

    def named(self, detail: Detail) -> str | None:
        """Return the savepoint in this folder that DLI names for a job."""
        path = plain(detail.savepoint_path or "")
        return path if f"{path}/".startswith(f"{self.path}/") and path not in self.others else None

    def stored(self, backend: FlinkJobs) -> Flow[str | None]:
        """Return the newest complete savepoint in this folder, as the object store shows it."""
        found = [one for one in (yield from backend.stored(self.path)) if one.path not in self.others]
        return max(found, key=lambda one: one.completed).path if found else None


@dataclass(frozen=True)
class _Signs:
    """What shows whether a savepoint is complete.

    :param proof: its path, where that is certain.
    :param named: its path, as DLI names it.
    :param described: the job's ``status_desc``.
    """

    proof: str | None = None
    named: str | None = None
    described: str = ""


def begin_savepoint(
    backend: FlinkJobs,
    *,
    job_id: str,
    folder: str,
    attempt: Attempt,
    poll_interval: float,
    recovery: float = 0.0,
) -> Flow[BegunSavepoint]:
    """Trigger a savepoint of a running job, unless an earlier try has.

    :param backend: where the job runs.
    :param job_id: its id.
    :param folder: where it is written; nobody else writes there.
    :param attempt: this try; its ledger tells whether an earlier try has requested it.
    :param poll_interval: seconds between two lookups.
    :param recovery: seconds that DLI has to restart a job that has failed.
    :raises JobEnded: when the job does not run.
    :raises SavepointFailed: when DLI refuses.
    """
    requested = attempt.recall("requested")
    begun = BegunSavepoint(tuple(requested["others"]), requested["described"]) if requested else BegunSavepoint()
    own = _Folder(plain(folder), begun.others)
    may_have_requested = requested or (attempt.is_retry and not attempt.ledger.durable)
    if may_have_requested and (yield from _made_before(backend, job_id, own, poll_interval)):
        yield from remark(f"An earlier try has made the savepoint of job {job_id} in {own.path}.")
        return begun
    yield from _until_it_runs(backend, job_id, poll_interval, recovery)
    begun = yield from _before(backend, job_id, own.path)
    yield from attempt.record(requested={"others": list(begun.others), "described": begun.described})
    yield from remark(f"The savepoint of job {job_id} is to be written into {shown_path(folder)}.")
    try:
        yield from backend.gate.ask(flink_savepoints.trigger(job_id, savepoint_path=folder))
    except RestError as error:
        if is_no(error):
            raise refused(error, SavepointFailed, job_id) from error
        yield from remark(f"No clear response ({error.what}); looking up what it did to the job.")
        yield from _taken_up(backend, job_id, _Folder(own.path, begun.others), error)
    return begun


def follow_dli_savepoint(
    backend: FlinkJobs,
    *,
    job_id: str,
    folder: str,
    poll_interval: float,
    others: Sequence[str] = (),
    described: str = "",
) -> Flow[Savepoint]:
    """Follow a savepoint to its end.

    :param backend: where the job runs.
    :param job_id: its id.
    :param folder: where it is written.
    :param poll_interval: seconds between two lookups.
    :param others: savepoints that lay in the folder before.
    :param described: the job's ``status_desc`` before.
    :raises SavepointFailed: when there is none, and none is in the making; names DLI's reason.
    """
    own, wait = _Folder(plain(folder), others), _Wait(poll_interval, described)
    job: Job | None = None
    while True:
        before, job = job, (yield from look(backend, job_id, job))
        signs = yield from _signs(backend, job, own)
        path = signs.proof or (yield from wait.trusted(signs, own))
        if path:
            return Savepoint(job_id, path, own.path.rpartition("/")[2], job.status)
        if wait.is_over(before, job, signs):
            raise _none(job, own, signs)
        yield from pause(poll_interval, f"{job}; waiting for a complete savepoint in {own.path}")


def import_savepoint(backend: FlinkJobs, *, job_id: str, path: str, recovery: float = 0.0) -> Flow[None]:
    """Import a savepoint or checkpoint for a job that does not run; it starts from there when it resumes.

    A second import of the same path changes nothing.

    :param backend: where the job is.
    :param job_id: its id.
    :param path: the folder that holds ``_metadata``.
    :param recovery: seconds that DLI has to restart a job that has failed, before the import.
    :raises JobRejected: when the job runs or may run, or DLI refuses.
    """
    job = yield from brought_back(backend, (yield from look(backend, job_id)), recovery)
    if may_run(job):
        raise JobRejected(
            f"{job}: a savepoint can only be imported while it does not run.", job_id=job_id, hopeless=True
        )
    try:
        yield from backend.gate.ask(flink_savepoints.import_savepoint(job_id, savepoint_path=path))
    except RestError as error:
        raise refused(error, JobRejected, job_id) from error


class _Wait:
    """The lookups that are left for a savepoint.

    :param poll_interval: seconds between two of them.
    :param described: the job's ``status_desc`` before.
    """

    def __init__(self, poll_interval: float, described: str) -> None:
        self._described = described
        self._left = self._most = ceil(_LONGEST_WITHOUT_A_SIGN / poll_interval)
        self._left_for_proof = _LOOKS_FOR_PROOF

    def trusted(self, signs: _Signs, own: _Folder) -> Flow[str | None]:
        """Return the path that DLI names, once the object store has had time to show it and does not."""
        if signs.named is None:
            return None
        self._left_for_proof -= 1
        if self._left_for_proof >= 0:
            return None
        yield from remark(
            f"DLI names the savepoint {signs.named}, but the object store shows no _metadata in {own.path}. "
            "Check object_store in the connection's extra."
        )
        return signs.named

    def is_over(self, before: Job | None, job: Job, signs: _Signs) -> bool:
        """Count a lookup; tell whether it was the last one."""
        if job.state is JobState.SAVEPOINTING:
            self._left = self._most
            return False
        if before and before.state is JobState.SAVEPOINTING:
            self._left = _LOOKS_AFTER_SAVEPOINTING
        if signs.described and signs.described != self._described:
            self._left = min(self._left, _LOOKS_AFTER_A_REASON)
        self._left -= 1
        return self._left < 0 or not may_run(job)


def _signs(backend: FlinkJobs, job: Job, own: _Folder) -> Flow[_Signs]:
    """Look for a savepoint: in what DLI says of its job, and in the object store where that can be read."""
    if job.state is JobState.SAVEPOINTING:
        return _Signs()
    detail = yield from backend.known(job.id)
    named, described = own.named(detail), (detail.status_desc or "").strip()
    if not backend.sees_store:
        return _Signs(named, named, described)
    try:
        return _Signs((yield from own.stored(backend)), named, described)
    except (BackendTrouble, ValueError) as error:
        if named:
            yield from remark(f"{error} The path that DLI names is taken as it is: {named}.")
        return _Signs(named, named, described)


def _before(backend: FlinkJobs, job_id: str, folder: str) -> Flow[BegunSavepoint]:
    """Note what is there before a savepoint is requested: a deleted DAG run may have had the same folder."""
    signs = yield from _signs(backend, Job(job_id, "", JobState.UNKNOWN, ""), _Folder(folder))
    others = dict.fromkeys(path for path in (signs.proof, signs.named) if path)
    return BegunSavepoint(tuple(others), signs.described)


def _made_before(backend: FlinkJobs, job_id: str, own: _Folder, poll_interval: float) -> Flow[bool]:
    """Return whether an earlier try has made the savepoint; while one is being made, wait for what it is."""
    made = yield from sought(
        lambda: _made_or_making(backend, job_id, own, poll_interval),
        _LOOKS_IN_A_RETRY,
        f"an earlier try may have requested a savepoint of job {job_id}; looking for it",
        found=lambda made: made is not None,
    )
    return bool(made)


def _made_or_making(backend: FlinkJobs, job_id: str, own: _Folder, poll_interval: float) -> Flow[bool | None]:
    """Return whether a savepoint is in a folder, once none is in the making; None where none was."""
    first = yield from look(backend, job_id)
    why = "an earlier try may have requested it"
    job = yield from wait_while(backend, first, {JobState.SAVEPOINTING}, poll_interval, why)
    signs = yield from _signs(backend, job, own)
    if signs.proof or signs.named:
        return True
    return False if first.state is JobState.SAVEPOINTING or not may_run(job) else None


def _until_it_runs(backend: FlinkJobs, job_id: str, poll_interval: float, recovery: float) -> Flow[None]:
    """Wait until a job runs that was started or restarts, and until no other savepoint of it is being made."""
    job: Job | None = None
    unknown_left = ceil(recovery / poll_interval)
    while True:
        job = yield from brought_back(backend, (yield from look(backend, job_id, job)), recovery)
        unknown_left -= not job.is_known_status
        # A job whose stop has failed may run, and so may one in a status that stays unknown; DLI decides.
        if job.stop_failed or unknown_left < 0:
            return
        if job.state is JobState.RUNNING and (yield from backend.tasks_run(job)):
            return
        if job.state is JobState.FAILED:
            raise (yield from why_it_ended(backend, job))
        if not is_active(job.state):
            raise JobEnded(f"{job}: it does not run, so no savepoint can be made.", job_id=job_id)
        yield from pause(poll_interval, f"{job}; waiting until a savepoint can be made")


def _taken_up(backend: FlinkJobs, job_id: str, own: _Folder, error: RestError) -> Flow[None]:
    """Look up whether a request without a clear response has begun a savepoint."""

    def probe() -> Flow[tuple[Job, bool]]:
        job = yield from look(backend, job_id)
        signs = yield from _signs(backend, job, own)
        return job, job.state is JobState.SAVEPOINTING or bool(signs.proof or signs.named)

    _, begun = yield from sought(
        probe,
        _LOOKS_AFTER_UNCLEAR,
        lambda probed: f"{probed[0]}; looking for a savepoint in {own.path}; DLI's response: {error.what}",
        found=lambda probed: probed[1],
    )
    if begun:
        return
    raise SavepointFailed(
        f"No clear answer to the request for a savepoint, and {sum(_LOOKS_AFTER_UNCLEAR)} s later none in "
        f"{own.path}: {error} The next try looks for it before it asks again.",
        job_id=job_id,
    ) from error


def _none(job: Job, own: _Folder, signs: _Signs) -> SavepointFailed:
    """Return the error for a savepoint that was requested and is not there; DLI may say why in the job's status."""
    why = signs.described or "DLI gives no reason"
    sentence = f"{job}, and there is no complete savepoint in {own.path}: {why.rstrip('.')}."
    return SavepointFailed(sentence, job_id=job.id, savepoint_path=signs.named)
