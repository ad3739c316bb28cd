"""Spark batches. They are Livy's, nearly: no answer says whether it is a success, but its status does."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.endpoints.spark_settings import SparkBatch
from airflow_provider_dli.dli.members import Decoded
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import NEEDED, Members


class BatchState(Members):
    """How far a batch has come.

    :param id: its id, a UUID.
    :param state: ``starting``, ``running``, ``recovering``, ``success`` or ``dead``, which is failed or cancelled; not
        always in small letters.
    """

    id: str
    state: str | None = None


class Batch(BatchState):
    """A batch.

    :param app_id: the id of Spark's application, which is not the batch's.
    :param name: its name.
    :param owner: the user whose it is.
    :param proxy_user: the tenant of its resources.
    :param kind: its kind.
    :param queue: the queue that it runs on.
    :param cluster_name: the same by an older name.
    :param sc_type: its size: ``A``, ``B`` or ``C``, or ``CUSTOMIZED``.
    :param image: the image of one's own that it runs in.
    :param feature: ``basic``, ``ai`` or ``custom``.
    :param spark_version: the version of Spark.
    :param log: the last 10 lines of its log.
    :param req_body: how it was created; DLI sends JSON in a text, and here stands what that says.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param update_time: when it was changed.
    :param duration: milliseconds that it has run.
    """

    app_id: str | None = Field(None, alias="appId")
    name: str | None = None
    owner: str | None = None
    proxy_user: str | None = Field(None, alias="proxyUser")
    kind: str | None = None
    queue: str | None = None
    cluster_name: str | None = None
    sc_type: str | None = None
    image: str | None = None
    feature: str | None = None
    spark_version: str | None = None
    log: tuple[str, ...] | None = None
    req_body: Decoded = None
    create_time: int | None = None
    update_time: int | None = None
    duration: int | None = None


class Batches(Members):
    """A page of the list of batches.

    :param from_: how many batches come before this page.
    :param total: how many batches there are, on all pages.
    :param sessions: those of this page.
    :param create_time: when the list was made, in milliseconds since the epoch.
    """

    from_: int | None = Field(None, alias="from")
    total: int | None = None
    sessions: Annotated[tuple[Batch, ...] | None, NEEDED] = None
    create_time: int | None = None


class Cancelled(Members):
    """The answer to a cancellation.

    :param msg: ``deleted``.
    """

    msg: str | None = None


class BatchLog(Members):
    """Lines of a log.

    :param id: the batch's id.
    :param from_: how many lines come before these.
    :param total: how many lines there are.
    :param log: the lines.
    """

    id: str | None = None
    from_: int | None = Field(None, alias="from")
    total: int | None = None
    log: tuple[str, ...] | None = None


@DLI.endpoint("POST /v2.0/{project_id}/batches", Batch.read)
@takes(SparkBatch)
def create(batch: SparkBatch) -> Parts:
    """Create a Spark batch and start it. There is no draft, and nothing keeps a second creation from a second run."""
    return Parts(json=batch.body())


@DLI.endpoint("GET /v2.0/{project_id}/batches", Batches.read)
def list_batches(
    *,
    job_name: str | None = None,
    job_id: str | None = None,
    state: str | None = None,
    queue_name: str | None = None,
    cluster_name: str | None = None,
    start: int | None = None,
    end: int | None = None,
    order: str | None = None,
    size: int = 100,
    from_: int | None = None,
) -> Parts:
    """List Spark batches, a page of them.

    :param job_name: only those of this name.
    :param job_id: only the one that has this id.
    :param state: only those in this state, as in ``running``.
    :param queue_name: only those on this queue.
    :param cluster_name: the same by an older name.
    :param start: only those started after this time, in milliseconds since the epoch.
    :param end: only those started before this time, in milliseconds since the epoch.
    :param order: ``CREATE_TIME_DESC``, ``CREATE_TIME_ASC``, ``DURATION_DESC`` or ``DURATION_ASC``.
    :param size: how many batches a page has.
    :param from_: how many batches to skip.
    """
    query = {
        "job_name": job_name,
        "job-id": job_id,
        "state": state,
        "queue_name": queue_name,
        "cluster_name": cluster_name,
        "start": start,
        "end": end,
        "order": order,
        "size": size,
        "from": from_,
    }
    return Parts(query=query)


@DLI.endpoint("GET /v2.0/{project_id}/batches/:batch_id", Batch.read)
def detail(batch_id: str) -> Parts:
    """Ask for a Spark batch.

    :param batch_id: its id, a UUID; not its ``app_id``.
    """
    return Parts([batch_id])


@DLI.endpoint("GET /v2.0/{project_id}/batches/:batch_id/state", BatchState.read)
def state(batch_id: str) -> Parts:
    """Ask how far a Spark batch has come.

    :param batch_id: its id, a UUID.
    """
    return Parts([batch_id])


@DLI.endpoint("DELETE /v2.0/{project_id}/batches/:batch_id", Cancelled.read)
def cancel(batch_id: str) -> Parts:
    """Cancel a Spark batch; it has ended when its state is ``dead``. One that has ended already is refused.

    :param batch_id: its id, a UUID.
    """
    return Parts([batch_id])


@DLI.endpoint("GET /v2.0/{project_id}/batches/:batch_id/log", BatchLog.read)
def log(
    batch_id: str,
    *,
    from_: int | None = None,
    size: int | None = None,
    type: str | None = None,
    index: int | None = None,
) -> Parts:
    """Ask for the log of a Spark batch.

    :param batch_id: its id, a UUID.
    :param from_: how many lines to skip; the last 100 lines come where this is left out.
    :param size: how many lines.
    :param type: ``driver`` for the driver's log; the one of its submission comes where this is left out.
    :param index: which log of the driver, where the batch was run again.
    """
    return Parts([batch_id], query={"from": from_, "size": size, "type": type, "index": index})
