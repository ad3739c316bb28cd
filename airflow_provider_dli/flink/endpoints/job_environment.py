"""Where a job runs: the JobManager and the TaskManagers of a job.

A cluster answers for itself, whichever job is named; a history server answers for the cluster that the job ran on.
"""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.process import ConfigurationEntry, Environment
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members, several
from airflow_provider_dli.rest.request import Answer


class _LogUrl(Members):
    url: str


def _url(answer: Answer) -> str:
    return _LogUrl.read(answer).url


@FLINK.endpoint("GET /jobs/:jobid/jobmanager/environment", Environment.read, since="1.16")
def environment(job_id: str) -> Parts:
    """Ask which Java a job's JobManager runs on, with which options and jars. It answers for unknown jobs as well.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/jobmanager/config", several(ConfigurationEntry), since="1.16")
def configuration(job_id: str) -> Parts:
    """Ask for the settings of a job's JobManager. It answers for unknown jobs as well.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/jobmanager/log-url", _url, since="1.16")
def jobmanager_log_url(job_id: str) -> Parts:
    """Ask where people find the logs of a job's JobManager: a page of the web UI, or of what the cluster is set to.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/taskmanagers/:taskmanagerid/log-url", _url, since="1.16")
def taskmanager_log_url(job_id: str, taskmanager_id: str) -> Parts:
    """Ask where people find the logs of one of a job's TaskManagers, as with :func:`jobmanager_log_url`.

    :param job_id: the job's id, 32 hex digits.
    :param taskmanager_id: the TaskManager's id, as ``/taskmanagers`` tells it.
    """
    return Parts([job_id, taskmanager_id])
