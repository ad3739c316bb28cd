"""Flink's profiler: what the JobManager or a TaskManager spends its time on, as a flame graph.

A cluster offers it where ``rest.profiling.enabled`` is set; elsewhere each of these is a 404.
"""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, content


class Profile(Camel):
    """One run of the profiler.

    :param status: ``RUNNING``, ``FINISHED`` or ``FAILED``.
    :param mode: what it looks at: ``CPU``, ``ALLOC``, ``LOCK``, ``WALL`` or ``ITIMER``.
    :param profiling_mode: the same.
    :param trigger_time: when it was started.
    :param finished_time: when it ended; None while it has not.
    :param duration: how many seconds it was asked to take.
    :param message: how it ended, in Flink's words; None while it has not.
    :param output_file: the name of the file that it made; None where it made none.
    """

    status: str
    mode: str | None = None
    profiling_mode: str | None = None
    trigger_time: int | None = None
    finished_time: int | None = None
    duration: int | None = None
    message: str | None = None
    output_file: str | None = None


class Profiles(Camel):
    """The runs of the profiler that are kept.

    :param profiling_list: the last runs, 10 unless the cluster is set otherwise.
    """

    profiling_list: tuple[Profile, ...] = ()


@FLINK.endpoint("POST /jobmanager/profiler", Profile.read, since="1.19")
def start_on_jobmanager(mode: str, duration: int) -> Parts:
    """Start the profiler on the JobManager; it goes on by itself. One at a time: a second is refused with a 500.

    It is a 404 where the cluster has not set ``rest.profiling.enabled``.

    :param mode: what to look at: ``CPU``, ``ALLOC``, ``LOCK``, ``WALL`` or ``ITIMER``, which is ``CPU`` without the
        kernel.
    :param duration: for how many seconds, from 1 to 300 unless the cluster has set ``rest.profiling.duration-max``.
    """
    return Parts(json={"mode": mode, "duration": duration})


@FLINK.endpoint("GET /jobmanager/profiler", Profiles.read, since="1.19")
def of_jobmanager() -> Parts:
    """List the profiler's runs on the JobManager. A 404 where the cluster has not set ``rest.profiling.enabled``."""
    return Parts()


@FLINK.endpoint("GET /jobmanager/profiler/:filename", content, since="1.19")
def file_of_jobmanager(name: str) -> Parts:
    """Read what a run on the JobManager has made, an HTML page.

    It is a 404 where the cluster has not set ``rest.profiling.enabled``.

    :param name: the file's name, as :attr:`Profile.output_file` tells it.
    """
    return Parts([name])


@FLINK.endpoint("POST /taskmanagers/:taskmanagerid/profiler", Profile.read, since="1.19")
def start_on_taskmanager(taskmanager_id: str, mode: str, duration: int) -> Parts:
    """Start the profiler on a TaskManager; it goes on by itself. One at a time: a second is refused with a 500.

    It is a 404 where the cluster has not set ``rest.profiling.enabled``.

    :param taskmanager_id: the TaskManager's id, as ``/taskmanagers`` tells it.
    :param mode: what to look at: ``CPU``, ``ALLOC``, ``LOCK``, ``WALL`` or ``ITIMER``, which is ``CPU`` without the
        kernel.
    :param duration: for how many seconds, from 1 to 300 unless the cluster has set ``rest.profiling.duration-max``.
    """
    return Parts([taskmanager_id], json={"mode": mode, "duration": duration})


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/profiler", Profiles.read, since="1.19")
def of_taskmanager(taskmanager_id: str) -> Parts:
    """List the profiler's runs on a TaskManager. A 404 where the cluster has not set ``rest.profiling.enabled``.

    :param taskmanager_id: the TaskManager's id, as ``/taskmanagers`` tells it.
    """
    return Parts([taskmanager_id])


@FLINK.endpoint("GET /taskmanagers/:taskmanagerid/profiler/:filename", content, since="1.19")
def file_of_taskmanager(taskmanager_id: str, name: str) -> Parts:
    """Read what a run on a TaskManager has made, an HTML page.

    It is a 404 where the cluster has not set ``rest.profiling.enabled``.

    :param taskmanager_id: the TaskManager's id, as ``/taskmanagers`` tells it.
    :param name: the file's name, as :attr:`Profile.output_file` tells it.
    """
    return Parts([taskmanager_id, name])
