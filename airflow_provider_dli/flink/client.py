"""Flink's REST API as methods: what a person who scripts a cluster types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_provider_dli.flink.endpoints import (
    accumulators,
    applications,
    checkpoint_settings,
    checkpoint_tasks,
    checkpoints,
    cluster,
    coordinators,
    datasets,
    exceptions,
    execution_result,
    jars,
    job_environment,
    job_graph,
    job_settings,
    job_signals,
    jobmanager,
    jobs,
    legacy,
    metrics,
    profiler,
    rescales,
    rescaling,
    savepoints,
    subtasks,
    taskmanagers,
    vertices,
)
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.client import GatedClient, Group, method, spoken
from airflow_provider_dli.rest.flow import Flow


class Cluster(Group):
    """The cluster as a whole."""

    configuration = method(cluster.configuration)
    overview = method(cluster.overview)
    shutdown = method(cluster.shutdown)


class JobManager(Group):
    """The JobManager: its settings, its logs and its threads."""

    configuration = method(jobmanager.configuration)
    environment = method(jobmanager.environment)
    log = method(jobmanager.log)
    stdout = method(jobmanager.stdout)
    logs = method(jobmanager.logs)
    log_file = method(jobmanager.log_file)
    thread_dump = method(jobmanager.thread_dump)


class TaskManagers(Group):
    """TaskManagers: their slots, their logs and their threads."""

    overview = method(taskmanagers.overview)
    detail = method(taskmanagers.detail)
    log = method(taskmanagers.log)
    stdout = method(taskmanagers.stdout)
    logs = method(taskmanagers.logs)
    log_file = method(taskmanagers.log_file)
    thread_dump = method(taskmanagers.thread_dump)


class Profiler(Group):
    """Flink's profiler, on the JobManager or on a TaskManager."""

    start_on_jobmanager = method(profiler.start_on_jobmanager)
    of_jobmanager = method(profiler.of_jobmanager)
    file_of_jobmanager = method(profiler.file_of_jobmanager)
    start_on_taskmanager = method(profiler.start_on_taskmanager)
    of_taskmanager = method(profiler.of_taskmanager)
    file_of_taskmanager = method(profiler.file_of_taskmanager)


class Datasets(Group):
    """What batch jobs have left on the TaskManagers for later jobs."""

    overview = method(datasets.overview)
    delete = method(datasets.delete)
    deletion = method(datasets.deletion)


class Applications(Group):
    """Programs that run on the cluster, with their jobs."""

    overview = method(applications.overview)
    detail = method(applications.detail)
    configuration = method(applications.configuration)
    exceptions = method(applications.exceptions)
    cancel = method(applications.cancel)


class Jobs(Group):
    """Jobs."""

    ids = method(jobs.ids)
    overview = method(jobs.overview)
    detail = method(jobs.detail)
    status = method(jobs.status)
    exceptions = spoken(exceptions.exceptions)
    plan = method(job_settings.plan)
    configuration = method(job_settings.configuration)
    accumulators = method(accumulators.accumulators)
    execution_result = method(execution_result.execution_result)
    heartbeat = method(job_signals.heartbeat)
    submit = spoken(job_graph.submit)
    jobmanager_environment = method(job_environment.environment)
    jobmanager_configuration = method(job_environment.configuration)
    jobmanager_log_url = method(job_environment.jobmanager_log_url)
    taskmanager_log_url = method(job_environment.taskmanager_log_url)
    cancel = method(jobs.cancel)
    cancel_by_get = method(jobs.cancel_by_get)
    stop_by_patch = method(jobs.stop_by_patch)
    stop_by_get = method(job_signals.stop_by_get)


class Jars(Group):
    """Jars on the JobManager."""

    overview = method(jars.overview)
    upload = method(jars.upload)
    delete = method(jars.delete)
    run = spoken(jars.run)
    run_application = spoken(jars.run_application)
    plan = spoken(jars.plan)
    plan_by_get = method(jars.plan_by_get)


class Vertices(Group):
    """The vertices of a job's graph."""

    detail = method(vertices.detail)
    accumulators = method(vertices.accumulators)
    backpressure = method(vertices.backpressure)
    flame_graph = spoken(vertices.flame_graph)
    watermarks = method(vertices.watermarks)
    taskmanagers = method(vertices.taskmanagers)
    subtask_times = method(vertices.subtask_times)


class Subtasks(Group):
    """The tasks of a vertex, one by one."""

    accumulators = method(subtasks.accumulators)
    detail = method(subtasks.detail)
    attempt = method(subtasks.attempt)
    attempt_accumulators = method(subtasks.attempt_accumulators)


class Checkpoints(Group):
    """Checkpoints of a job."""

    statistics = method(checkpoints.statistics)
    settings = method(checkpoint_settings.settings)
    detail = method(checkpoints.detail)
    of_vertex = method(checkpoint_tasks.of_vertex)
    trigger = method(checkpoints.trigger)
    operation = method(checkpoints.operation)


class Savepoints(Group):
    """Savepoints, and stopping with one."""

    trigger = spoken(savepoints.trigger)
    stop = spoken(savepoints.stop)
    operation = method(savepoints.operation)
    dispose = method(savepoints.dispose)
    disposal = method(savepoints.disposal)


class Metrics(Group):
    """Metrics of everything that has some."""

    of_jobmanager = method(metrics.of_jobmanager)
    of_taskmanagers = spoken(metrics.of_taskmanagers)
    of_taskmanager = method(metrics.of_taskmanager)
    of_jobs = spoken(metrics.of_jobs)
    of_job = method(metrics.of_job)
    of_vertex = method(metrics.of_vertex)
    of_subtasks = spoken(metrics.of_subtasks)
    of_subtask = method(metrics.of_subtask)
    of_coordinators = method(metrics.of_coordinators)


class Rescaling(Group):
    """Changing a job's parallelism while it runs."""

    requirements = method(rescaling.requirements)
    set_requirements = method(rescaling.set_requirements)
    trigger = method(rescaling.trigger)
    operation = method(rescaling.operation)


class Rescales(Group):
    """What the adaptive scheduler has rescaled."""

    overview = method(rescales.overview)
    history = method(rescales.history)
    summary = method(rescales.summary)
    configuration = method(rescales.configuration)
    detail = method(rescales.detail)


class Coordinators(Group):
    """What coordinates an operator, for who speaks serialized Java."""

    send_by_operator_id = method(coordinators.send_by_operator_id)
    send = method(coordinators.send)


class Legacy(Group):
    """What Flink 1.7 serves in its legacy mode alone."""

    vertices = method(legacy.vertices)
    cancel = method(legacy.cancel)
    cancel_with_savepoint = method(legacy.cancel_with_savepoint)
    cancel_with_savepoint_to = method(legacy.cancel_with_savepoint_to)
    cancel_with_savepoint_progress = method(legacy.cancel_with_savepoint_progress)


class Flink(GatedClient[Dialect]):
    """A cluster, every operation of its REST API a method.

    :param run: runs a flow to its end, as :meth:`.rest.sync.Driver.run` does.
    :param gate: what is known of the cluster's version.
    """

    def __init__(self, run: Callable[[Flow[Any]], Any], gate: Gate | None = None) -> None:
        super().__init__(run, gate or Gate())
        self.cluster = Cluster(self)
        self.jobmanager = JobManager(self)
        self.taskmanagers = TaskManagers(self)
        self.profiler = Profiler(self)
        self.datasets = Datasets(self)
        self.applications = Applications(self)
        self.jars = Jars(self)
        self.jobs = Jobs(self)
        self.vertices = Vertices(self)
        self.subtasks = Subtasks(self)
        self.checkpoints = Checkpoints(self)
        self.savepoints = Savepoints(self)
        self.metrics = Metrics(self)
        self.rescaling = Rescaling(self)
        self.rescales = Rescales(self)
        self.coordinators = Coordinators(self)
        self.legacy = Legacy(self)
