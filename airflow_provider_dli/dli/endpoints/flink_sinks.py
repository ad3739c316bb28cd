"""Where Flink jobs write to through the API gateway, in the form of 2021."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class SinkAttribute(Members):
    """A column of a sink.

    :param name: its name.
    :param type: its type.
    """

    name: str | None = None
    type: str | None = None


class GatewaySink(Members):
    """A sink behind the API gateway.

    :param app_id: the id of the application that may read it.
    :param name: its name.
    :param url: its address.
    :param encode: its format, as in ``csv``.
    :param delimiter: what stands between two values.
    :param attrs: its columns.
    """

    app_id: str | None = None
    name: str | None = None
    url: str | None = None
    encode: str | None = None
    delimiter: str | None = None
    attrs: tuple[SinkAttribute, ...] | None = None


class GatewaySinks(Members):
    """Sinks behind the API gateway.

    :param sinks: the sinks.
    """

    sinks: tuple[GatewaySink, ...] | None = None


class GatewaySinksOfJob(Told):
    """The sinks of a job.

    :param apig_sinks: the sinks.
    """

    apig_sinks: GatewaySinks | None = None


@DLI.endpoint("GET /v1.0/{project_id}/streaming/jobs/:job_id/apig-sinks", GatewaySinksOfJob.read)
def apig_sinks(job_id: int | str) -> Parts:
    """Ask for the addresses of a Flink job's sinks behind the API gateway; newer regions do not have this.

    :param job_id: its id.
    """
    return Parts([str(job_id)])
