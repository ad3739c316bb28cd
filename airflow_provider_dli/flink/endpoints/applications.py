"""Applications: programs that run on the cluster, each with the jobs that it has started (Flink 2.3+)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.jobs import JobSummary
from airflow_provider_dli.flink.endpoints.process import ConfigurationEntry
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Dashed, Members, nothing, several


class ApplicationSummary(Dashed):
    """One row of ``/applications/overview``.

    :param id: the application's id.
    :param name: its name; a job that was run from a jar is ``SingleJobApplication(name)``.
    :param status: its state, in Flink's words; it is ``CANCELING`` here, where a job is ``CANCELLING``.
    :param start_time: when it started.
    :param end_time: when it ended; -1 while it has not.
    :param duration: for how many milliseconds it has run.
    :param jobs: how many of its jobs are in which state, in upper case.
    """

    id: str
    name: str | None = None
    status: str
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    jobs: Mapping[str, int] = Field(default_factory=dict)


class ApplicationsOverview(Members):
    """What ``/applications/overview`` tells.

    :param applications: a row for each application that the cluster remembers.
    """

    applications: tuple[ApplicationSummary, ...]


class ApplicationDetail(Dashed):
    """What ``/applications/:applicationid`` tells.

    :param id: the application's id.
    :param name: its name.
    :param status: its state, in Flink's words; it is ``CANCELING`` here, where a job is ``CANCELLING``.
    :param start_time: when it started.
    :param end_time: when it ended; -1 while it has not.
    :param duration: for how many milliseconds it has run.
    :param timestamps: when it came to each state; 0 where it did not.
    :param jobs: its jobs.
    """

    id: str
    name: str | None = None
    status: str
    start_time: int | None = None
    end_time: int | None = None
    duration: int | None = None
    timestamps: Mapping[str, int] = Field(default_factory=dict)
    jobs: tuple[JobSummary, ...]


class ApplicationException(Camel):
    """One entry of an application's exception history.

    :param exception_name: the whole name of its class.
    :param stacktrace: as Flink wrote it.
    :param timestamp: when it was thrown.
    :param job_id: the job that failed; None where the program itself did.
    """

    exception_name: str | None = None
    stacktrace: str
    timestamp: int | None = None
    job_id: str | None = None


class ApplicationExceptionHistory(Camel):
    """The exceptions of an application.

    :param entries: the exceptions; none where it has not failed.
    """

    entries: tuple[ApplicationException, ...] = ()


class ApplicationExceptions(Camel):
    """What ``/applications/:applicationid/exceptions`` tells.

    :param exception_history: the exceptions.
    """

    exception_history: ApplicationExceptionHistory


@FLINK.endpoint("GET /applications/overview", ApplicationsOverview.read, since="2.3")
def overview() -> Parts:
    """List all applications that the cluster remembers."""
    return Parts()


@FLINK.endpoint("GET /applications/:applicationid", ApplicationDetail.read, since="2.3")
def detail(application_id: str) -> Parts:
    """Ask for one application and its jobs. An unknown one is a 500, and not a 404.

    :param application_id: the application's id, 32 hex digits.
    """
    return Parts([application_id])


@FLINK.endpoint("GET /applications/:applicationid/jobmanager/config", several(ConfigurationEntry), since="2.3")
def configuration(application_id: str) -> Parts:
    """Ask for the settings of the JobManager that runs an application.

    :param application_id: the application's id, 32 hex digits.
    """
    return Parts([application_id])


@FLINK.endpoint("GET /applications/:applicationid/exceptions", ApplicationExceptions.read, since="2.3")
def exceptions(application_id: str) -> Parts:
    """Ask what has failed in an application, the failure of its program included.

    :param application_id: the application's id, 32 hex digits.
    """
    return Parts([application_id])


@FLINK.endpoint("POST /applications/:applicationid/cancel", nothing, success=202, since="2.3")
def cancel(application_id: str) -> Parts:
    """Cancel an application with its jobs. Sent twice, it does no more than sent once.

    It also cancels a job that was run from a jar: its application has the job's id. One that has ended in another way
    is a 409.

    :param application_id: the application's id, 32 hex digits.
    """
    return Parts([application_id], repeatable=True)
