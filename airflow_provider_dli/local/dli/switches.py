"""How the emulator behaves where nobody knows how the cloud does. Each default is what is likeliest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Switches:
    """How the emulator behaves where nobody knows how the cloud does.

    :param quoted_success: whether ``is_success`` of the Flink and edge groups is a text, as Huawei's own tools read it.
    :param missing_queue: the code where there is no such queue; older documents have ``DLI.0008``.
    :param creation_seconds: how long queues, pools and packages take to be there after they were created.
    :param confirm_topic_required: whether an edge report has to say ``msg_confirm_topic``, as older documents have it.
    :param authorize_buckets_by_hand: whether DLI may use only those buckets that were authorized; else it may use all.
    :param duplicate_job_name: the code where a Flink job's name is taken; empty where names may be taken twice.
    :param run_shows_after: seconds after which a job's status shows that it was asked to run.
    :param stop_shows_after: seconds after which a job's status shows that it was asked to stop.
    :param slow_start: seconds that a job is being submitted before it is; a new queue takes 6 to 10 minutes.
    :param savepointing_shows: seconds that a savepoint takes at least.
    :param refuse_run_of_running: whether it is an error to run a Flink job that runs.
    :param refuse_stop_of_stopped: whether it is an error to stop a Flink job that does not run.
    :param refuse_savepoint_of_stopped: whether it is an error to ask such a job for a savepoint.
    :param partly_wrong_batch_status: the HTTP status where some jobs of a batch are wrong; its elements tell which.
    :param restarts_show: whether a job that restarts by itself is a ``job_running_exception`` meanwhile.
    :param stop_savepoint_is_deleted_on_start: whether the savepoint of a stop is gone once the job runs again.
    :param metrics_without_data_are_listed: whether a job that does not run is among the metrics, with empty lists.
    :param graphs_of_new_flink: whether stream graphs are made for Flink 1.15 and newer.
    :param speaks_chinese_unless_asked: whether the gateway speaks Chinese where ``X-Language`` does not say otherwise.
    :param metadata_is_old: whether the metadata of a machine knows no tokens, as on older hosts.
    """

    quoted_success: bool = True
    missing_queue: str = "DLI.0002"
    creation_seconds: float = 0.2
    confirm_topic_required: bool = False
    authorize_buckets_by_hand: bool = False
    duplicate_job_name: str = "DLI.0006"
    run_shows_after: float = 0.2
    stop_shows_after: float = 0.2
    slow_start: float = 0
    savepointing_shows: float = 0
    refuse_run_of_running: bool = True
    refuse_stop_of_stopped: bool = True
    refuse_savepoint_of_stopped: bool = True
    partly_wrong_batch_status: int = 200
    restarts_show: bool = False
    stop_savepoint_is_deleted_on_start: bool = True
    metrics_without_data_are_listed: bool = False
    graphs_of_new_flink: bool = False
    speaks_chinese_unless_asked: bool = False
    metadata_is_old: bool = False
