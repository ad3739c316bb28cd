"""What the adaptive scheduler has rescaled: ``/jobs/:jobid/rescales``, of Flink 2.3 and newer.

All of it is empty unless the cluster's ``web.adaptive-scheduler.rescale-history.size`` is more than 0.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.endpoints.checkpoints import Spread
from airflow_provider_dli.flink.endpoints.taskmanager_memory import Resources
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel, several


class VertexRescale(Camel):
    """What a rescale does to a vertex.

    :param job_vertex_id: the vertex's id.
    :param job_vertex_name: the names of its operators.
    :param slot_sharing_group_id: the id of the group that it shares slots with.
    :param slot_sharing_group_name: the name of that group.
    :param desired_parallelism: how many tasks it should have.
    :param sufficient_parallelism: how many tasks are enough.
    :param pre_rescale_parallelism: how many it had; None where it had not run yet.
    :param post_rescale_parallelism: how many it has got; None while the rescale goes on.
    """

    job_vertex_id: str
    job_vertex_name: str | None = None
    slot_sharing_group_id: str | None = None
    slot_sharing_group_name: str | None = None
    desired_parallelism: int | None = None
    sufficient_parallelism: int | None = None
    pre_rescale_parallelism: int | None = None
    post_rescale_parallelism: int | None = None


class SlotRescale(Camel):
    """What a rescale does to a group of vertices that share slots.

    :param slot_sharing_group_id: the group's id.
    :param slot_sharing_group_name: the group's name.
    :param request_resource_profile: how big its slots should be; -1 where that is left open.
    :param desired_slots: how many it should have.
    :param minimal_required_slots: how many it must have.
    :param pre_rescale_slots: how many it had; None where it had not run yet.
    :param post_rescale_slots: how many it has got; None while the rescale goes on.
    :param acquired_resource_profile: how big its slots are; -1 where that is left open.
    """

    slot_sharing_group_id: str
    slot_sharing_group_name: str | None = None
    request_resource_profile: Resources | None = None
    desired_slots: int | None = None
    minimal_required_slots: int | None = None
    pre_rescale_slots: int | None = None
    post_rescale_slots: int | None = None
    acquired_resource_profile: Resources | None = None


class SchedulerState(Camel):
    """A state that the scheduler was in during a rescale.

    :param state: its name.
    :param enter_timestamp_in_millis: when it was entered.
    :param leave_timestamp_in_millis: when it was left; None while it has not been.
    :param duration_in_millis: for how many milliseconds it lasted.
    :param stringified_exception: what was thrown in it.
    """

    state: str
    enter_timestamp_in_millis: int | None = None
    leave_timestamp_in_millis: int | None = None
    duration_in_millis: int | None = None
    stringified_exception: str | None = None


class Rescale(Camel):
    """One rescale. Only :func:`detail` tells of its vertices, slots and states; elsewhere they are empty.

    :param rescale_uuid: its id, 32 hex digits.
    :param resource_requirements_uuid: the id of the requirements that it is to meet.
    :param rescale_attempt_id: which attempt at meeting them it is, from 1.
    :param vertices: what it does to the vertices, by their ids.
    :param slots: what it does to the groups that share slots, by their ids.
    :param scheduler_states: the states that the scheduler went through.
    :param start_timestamp_in_millis: when it began.
    :param end_timestamp_in_millis: when it ended; None while it goes on.
    :param terminal_state: ``COMPLETED``, ``FAILED`` or ``IGNORED``; None while it goes on.
    :param trigger_cause: why it began, as in ``UPDATE_REQUIREMENT`` or ``NEW_RESOURCE_AVAILABLE``.
    :param terminated_reason: why it ended, as in ``SUCCEEDED`` or ``RESOURCE_REQUIREMENTS_UPDATED``.
    """

    rescale_uuid: str
    resource_requirements_uuid: str | None = None
    rescale_attempt_id: int | None = None
    vertices: Mapping[str, VertexRescale] = Field(default_factory=dict)
    slots: Mapping[str, SlotRescale] = Field(default_factory=dict)
    scheduler_states: tuple[SchedulerState, ...] = ()
    start_timestamp_in_millis: int | None = None
    end_timestamp_in_millis: int | None = None
    terminal_state: str | None = None
    trigger_cause: str | None = None
    terminated_reason: str | None = None


class RescalesCounts(Camel):
    """How many rescales there were.

    :param ignored: how many were not needed after all.
    :param in_progress: how many go on.
    :param completed: how many ended well.
    :param failed: how many did not.
    """

    ignored: int | None = None
    in_progress: int | None = None
    completed: int | None = None
    failed: int | None = None


class LatestRescales(Camel):
    """The last rescale of each kind; None where there was none.

    :param completed: that ended well.
    :param failed: that did not.
    :param ignored: that was not needed after all.
    """

    completed: Rescale | None = None
    failed: Rescale | None = None
    ignored: Rescale | None = None


class RescalesOverview(Camel):
    """How many rescales there were, and which came last.

    :param rescales_counts: how many there were.
    :param latest: which came last.
    """

    rescales_counts: RescalesCounts
    latest: LatestRescales


class RescalesSummary(Camel):
    """How many rescales there were, and how many milliseconds they took.

    :param rescales_counts: how many there were.
    :param rescales_duration_stats_in_millis: how long all took.
    :param completed_rescales_duration_stats_in_millis: how long those took that ended well.
    :param ignored_rescales_duration_stats_in_millis: how long those took that were not needed after all.
    :param failed_rescales_duration_stats_in_millis: how long those took that did not end well.
    """

    rescales_counts: RescalesCounts
    rescales_duration_stats_in_millis: Spread | None = None
    completed_rescales_duration_stats_in_millis: Spread | None = None
    ignored_rescales_duration_stats_in_millis: Spread | None = None
    failed_rescales_duration_stats_in_millis: Spread | None = None


class RescalesConfiguration(Camel):
    """How the adaptive scheduler goes about a job; times are milliseconds.

    :param rescale_history_max: how many rescales it remembers.
    :param scheduler_execution_mode: ``REACTIVE``, or None.
    :param submission_resource_wait_timeout_in_millis: how long a new job waits for slots.
    :param submission_resource_stabilization_timeout_in_millis: how long it then waits for more.
    :param slot_idle_timeout_in_millis: how long a slot is kept idle.
    :param executing_cooldown_timeout_in_millis: how long a job runs at least before it is rescaled again.
    :param executing_resource_stabilization_timeout_in_millis: how long a running job waits for more slots.
    :param maximum_delay_for_triggering_rescale_in_millis: how long a rescale waits for a checkpoint.
    :param rescale_on_failed_checkpoint_count: after how many failed checkpoints it waits no longer.
    """

    rescale_history_max: int
    scheduler_execution_mode: str | None = None
    submission_resource_wait_timeout_in_millis: int | None = None
    submission_resource_stabilization_timeout_in_millis: int | None = None
    slot_idle_timeout_in_millis: int | None = None
    executing_cooldown_timeout_in_millis: int | None = None
    executing_resource_stabilization_timeout_in_millis: int | None = None
    maximum_delay_for_triggering_rescale_in_millis: int | None = None
    rescale_on_failed_checkpoint_count: int | None = None


@FLINK.endpoint("GET /jobs/:jobid/rescales/overview", RescalesOverview.read, since="2.3")
def overview(job_id: str) -> Parts:
    """Ask how often a job was rescaled, and for the last rescale of each kind.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/rescales/history", several(Rescale), since="2.3")
def history(job_id: str) -> Parts:
    """List the rescales of a job that the cluster remembers, the newest first.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/rescales/summary", RescalesSummary.read, since="2.3")
def summary(job_id: str) -> Parts:
    """Ask how often a job was rescaled, and how long that took.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/rescales/config", RescalesConfiguration.read, since="2.3")
def configuration(job_id: str) -> Parts:
    """Ask how the adaptive scheduler goes about a job.

    :param job_id: the job's id, 32 hex digits.
    """
    return Parts([job_id])


@FLINK.endpoint("GET /jobs/:jobid/rescales/details/:rescaleuuid", Rescale.read, since="2.3")
def detail(job_id: str, rescale_uuid: str) -> Parts:
    """Ask for one rescale of a job, with its vertices and slots.

    :param job_id: the job's id, 32 hex digits.
    :param rescale_uuid: the rescale's id, 32 hex digits.
    """
    return Parts([job_id, rescale_uuid])
