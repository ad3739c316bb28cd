"""Savepoints, and stopping with one: ``/jobs/:jobid/savepoints`` and ``/jobs/:jobid/stop``."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer


@dataclass(frozen=True)
class Operation:
    """How far a savepoint, or a stop with one, has come.

    :param done: whether it has ended, well or badly.
    :param location: the savepoint's path, when it ended well.
    :param failure: the stack trace, when it ended badly.
    """

    done: bool
    location: str | None
    failure: str | None

    @classmethod
    def read(cls, answer: Answer) -> Operation:
        """Read the answer of a status call. ``COMPLETED`` alone is not success."""
        told = answer.json()
        operation = told.get("operation") or {}
        cause = operation.get("failure-cause") or {}
        return cls(told["status"]["id"] == "COMPLETED", operation.get("location"), cause.get("stack-trace"))


def _trigger_id(answer: Answer) -> str:
    trigger_id: str = answer.json()["request-id"]
    return trigger_id


@FLINK.endpoint("POST /jobs/:jobid/savepoints", _trigger_id, success=202)
def trigger_savepoint(
    job_id: str, dialect: Dialect, *, directory: str | None, savepoint_format: str | None, trigger_id: str
) -> Parts:
    """Start a savepoint of a running job, and return the operation's id. Accepted even for a job that is not there.

    :param job_id: the job's id, 32 hex digits.
    :param dialect: how the cluster's version wants to be spoken to.
    :param directory: where to write it; None for the cluster's default.
    :param savepoint_format: ``CANONICAL`` or ``NATIVE`` (Flink 1.15+); None for the cluster's default.
    :param trigger_id: the id that the operation shall have, 32 hex digits; not sent to Flink before 1.15, which
        chooses its own. With it, sending twice makes one savepoint.
    """
    body: dict[str, object] = {"target-directory": directory, **_trigger(dialect, savepoint_format, trigger_id)}
    if dialect.must_send_flags:
        body["cancel-job"] = False
    return Parts([job_id], json=body, repeatable=dialect.own_trigger_id)


@FLINK.endpoint("POST /jobs/:jobid/stop", _trigger_id, success=202, since="1.9")
def stop(
    job_id: str,
    dialect: Dialect,
    *,
    directory: str | None,
    savepoint_format: str | None,
    drain: bool,
    trigger_id: str,
) -> Parts:
    """Stop a running job with a savepoint, and return the operation's id. The job ends as ``FINISHED``.

    A second stop under another id, while this one runs, destroys its savepoint and fails the job.

    :param job_id: the job's id, 32 hex digits.
    :param dialect: how the cluster's version wants to be spoken to.
    :param directory: where to write the savepoint; None for the cluster's default.
    :param savepoint_format: ``CANONICAL`` or ``NATIVE`` (Flink 1.15+); None for the cluster's default.
    :param drain: whether to send the end of all event time first, so that windows fire.
    :param trigger_id: the id that the operation shall have, 32 hex digits; not sent to Flink before 1.15.
    """
    trigger = _trigger(dialect, savepoint_format, trigger_id)
    return Parts(
        [job_id],
        json={"targetDirectory": directory, "drain": drain, **trigger},
        repeatable=dialect.own_trigger_id,
    )


@FLINK.endpoint("GET /jobs/:jobid/savepoints/:triggerid", Operation.read)
def operation(job_id: str, trigger_id: str) -> Parts:
    """Ask how far a savepoint or a stop has come. Forgotten, so a 404, five minutes after it ended.

    :param job_id: the job's id, 32 hex digits.
    :param trigger_id: the operation's id, 32 hex digits.
    """
    return Parts([job_id, trigger_id])


def _trigger(dialect: Dialect, savepoint_format: str | None, trigger_id: str) -> dict[str, object]:
    if savepoint_format:
        dialect.require("savepoint_format", (1, 15))
    return {"formatType": savepoint_format, "triggerId": trigger_id if dialect.own_trigger_id else None}
