"""The JobManager: its settings, its logs and its threads."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.process import ConfigurationEntry, Environment, LogFiles, ThreadDump
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import several, text


@FLINK.endpoint("GET /jobmanager/config", several(ConfigurationEntry))
def configuration() -> Parts:
    """Ask for the cluster's settings. Most of those that are left at their defaults are not there."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/environment", Environment.read, since="1.16")
def environment() -> Parts:
    """Ask which Java the JobManager runs on, with which options and jars."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/log", text, since="1.9")
def log() -> Parts:
    """Read the JobManager's log, all of it. Where it logs to no file that it knows of, that is a 404."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/stdout", text, since="1.9")
def stdout() -> Parts:
    """Read what the JobManager has printed, all of it. Where that goes to no file, as in a container, it is a 404."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/logs", LogFiles.read, since="1.11")
def logs() -> Parts:
    """List the files in the JobManager's log folder."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/logs/:filename", text, since="1.11")
def log_file(name: str) -> Parts:
    """Read one file of the JobManager's log folder, all of it.

    :param name: its name, as :func:`logs` tells it.
    """
    return Parts([name])


@FLINK.endpoint("GET /jobmanager/thread-dump", ThreadDump.read, since="1.15")
def thread_dump() -> Parts:
    """Ask what each thread of the JobManager is doing right now."""
    return Parts()
