"""TaskManagers: which there are, how much of them is free, their logs and their threads."""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.process import LogFiles, ThreadDump
from airflow_provider_dli.flink.endpoints.taskmanager_memory import (
    Hardware,
    MemoryConfiguration,
    Resources,
    TaskManagerMetrics,
)
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, Members, text


class TaskManager(Camel):
    """One row of ``/taskmanagers``.

    :param id: its id, any text; standalone ones are called ``host:port-suffix``.
    :param path: its address within the cluster.
    :param data_port: the port that other TaskManagers fetch records from.
    :param jmx_port: the port of its JMX server; -1 where it has none (Flink 1.12+).
    :param time_since_last_heartbeat: when it last reported to the JobManager, a time in spite of its name; 0 before the
        first time.
    :param slots_number: how many slots it has.
    :param free_slots: how many of these are free.
    :param assigned_tasks: how many tasks it runs (Flink 2.3+).
    :param total_resource: what it can give to slots (Flink 1.11+).
    :param free_resource: how much of that is free (Flink 1.11+).
    :param hardware: the machine that it runs on.
    :param memory_configuration: how its memory was split up at its start (Flink 1.12+).
    :param blocked: whether it takes no more tasks; told only where that is so (Flink 1.16+).
    """

    id: str
    path: str | None = None
    data_port: int | None = None
    jmx_port: int | None = None
    time_since_last_heartbeat: int | None = None
    slots_number: int | None = None
    free_slots: int | None = None
    assigned_tasks: int | None = None
    total_resource: Resources | None = None
    free_resource: Resources | None = None
    hardware: Hardware | None = None
    memory_configuration: MemoryConfiguration | None = None
    blocked: bool | None = None


class TaskManagers(Members):
    """What ``/taskmanagers`` tells.

    :param taskmanagers: a row for each TaskManager that is registered.
    """

    taskmanagers: tuple[TaskManager, ...]


class AllocatedSlot(Camel):
    """A slot that a job has.

    :param job_id: the job's id.
    :param resource: what the slot has been given.
    :param assigned_tasks: how many tasks run in it (Flink 2.3+).
    """

    job_id: str
    resource: Resources | None = None
    assigned_tasks: int | None = None


class TaskManagerDetail(TaskManager):
    """What ``/taskmanagers/:taskmanagerid`` tells: a row of ``/taskmanagers``, and more.

    :param allocated_slots: the slots that jobs have (Flink 1.13+).
    :param metrics: how much memory it uses.
    """

    allocated_slots: tuple[AllocatedSlot, ...] | None = None
    metrics: TaskManagerMetrics | None = None


@FLINK.endpoint("GET /taskmanagers", TaskManagers.read)
def overview() -> Parts:
    """List the TaskManagers that are registered, with their slots."""
    return Parts()


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid", TaskManagerDetail.read)
def detail(taskmanager_id: str) -> Parts:
    """Ask for one TaskManager, its slots and its memory. An unknown one is a 500, and not a 404.

    :param taskmanager_id: its id, as :func:`overview` tells it.
    """
    return Parts([taskmanager_id])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/log", text, since="1.9")
def log(taskmanager_id: str) -> Parts:
    """Read a TaskManager's log, all of it. Where it logs to no file that it knows of, that is an error.

    :param taskmanager_id: its id, as :func:`overview` tells it.
    """
    return Parts([taskmanager_id])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/stdout", text, since="1.9")
def stdout(taskmanager_id: str) -> Parts:
    """Read what a TaskManager has printed, all of it. Where that goes to no file, as in a container, it is an error.

    :param taskmanager_id: its id, as :func:`overview` tells it.
    """
    return Parts([taskmanager_id])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/logs", LogFiles.read, since="1.11")
def logs(taskmanager_id: str) -> Parts:
    """List the files in a TaskManager's log folder.

    :param taskmanager_id: its id, as :func:`overview` tells it.
    """
    return Parts([taskmanager_id])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/logs/:filename", text, since="1.11")
def log_file(taskmanager_id: str, name: str) -> Parts:
    """Read one file of a TaskManager's log folder, all of it. An unknown one is a 500, and not a 404.

    :param taskmanager_id: the TaskManager's id, as :func:`overview` tells it.
    :param name: the file's name, as :func:`logs` tells it.
    """
    return Parts([taskmanager_id, name])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/thread-dump", ThreadDump.read, since="1.11")
def thread_dump(taskmanager_id: str) -> Parts:
    """Ask what each thread of a TaskManager is doing right now.

    :param taskmanager_id: its id, as :func:`overview` tells it.
    """
    return Parts([taskmanager_id])
