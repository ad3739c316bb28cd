"""Savepoints: taking one, stopping with one, deleting one."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.operations import Disposal, SavepointOperation, triggered
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts


@FLINK.endpoint("POST /jobs/:jobid/savepoints", triggered, success=202)
def trigger(
    dialect: Dialect,
    job_id: str,
    *,
    directory: str | None = None,
    savepoint_format: str | None = None,
    cancel_job: bool = False,
    trigger_id: str | None = None,
) -> Parts:
    """Start a savepoint of a running job, and return the operation's id. Accepted even for a job that is not there.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the job's id, 32 hex digits.
    :param directory: where to write it; None for the cluster's default.
    :param savepoint_format: ``CANONICAL`` or ``NATIVE`` (Flink 1.15+); None for the cluster's default.
    :param cancel_job: whether to cancel the job afterwards; :func:`stop` loses fewer records on the way.
    :param trigger_id: the id that the operation shall have, 32 hex digits; not sent to Flink before 1.15, which
        chooses its own. With it, sending twice makes one savepoint.
    """
    body: dict[str, object] = {"target-directory": directory, **_operation(dialect, savepoint_format, trigger_id)}
    if cancel_job or dialect.must_send_flags:
        body["cancel-job"] = cancel_job
    return Parts([job_id], json=body, repeatable="triggerId" in body)


@FLINK.endpoint("POST /jobs/:jobid/stop", triggered, success=202, since="1.9")
def stop(
    dialect: Dialect,
    job_id: str,
    *,
    directory: str | None = None,
    savepoint_format: str | None = None,
    drain: bool = False,
    trigger_id: str | None = None,
) -> Parts:
    """Stop a running job with a savepoint, and return the operation's id. The job ends as ``FINISHED``.

    A second stop under another id, while this one runs, destroys its savepoint and fails the job.

    :param dialect: how the cluster's version wants to be spoken to.
    :param job_id: the job's id, 32 hex digits.
    :param directory: where to write the savepoint; None for the cluster's default.
    :param savepoint_format: ``CANONICAL`` or ``NATIVE`` (Flink 1.15+); None for the cluster's default.
    :param drain: whether to send the end of all event time first, so that windows fire.
    :param trigger_id: the id that the operation shall have, 32 hex digits; not sent to Flink before 1.15.
    """
    body = {"targetDirectory": directory, "drain": drain, **_operation(dialect, savepoint_format, trigger_id)}
    return Parts([job_id], json=body, repeatable="triggerId" in body)


@FLINK.endpoint("GET /jobs/:jobid/savepoints/:triggerid", SavepointOperation.read)
def operation(job_id: str, trigger_id: str) -> Parts:
    """Ask how far a savepoint or a stop has come. Forgotten, so a 404, five minutes after it ended.

    :param job_id: the job's id, 32 hex digits.
    :param trigger_id: the operation's id, 32 hex digits.
    """
    return Parts([job_id, trigger_id])


@FLINK.endpoint("POST /savepoint-disposal", triggered)
def dispose(path: str) -> Parts:
    """Start to delete a savepoint from where it lies, and return the operation's id.

    Sent twice, the second one fails where the first one has succeeded: there is nothing left to delete.

    :param path: the savepoint's path.
    """
    return Parts(json={"savepoint-path": path})


@FLINK.endpoint("GET /savepoint-disposal/:triggerid", Disposal.read)
def disposal(trigger_id: str) -> Parts:
    """Ask how far the deletion of a savepoint has come.

    :param trigger_id: the operation's id, 32 hex digits.
    """
    return Parts([trigger_id])


def _operation(dialect: Dialect, savepoint_format: str | None, trigger_id: str | None) -> dict[str, object]:
    if savepoint_format:
        dialect.require("savepoint_format", (1, 15))
    own_id = {"triggerId": trigger_id} if trigger_id and dialect.own_trigger_id else {}
    return {"formatType": savepoint_format, **own_id}
