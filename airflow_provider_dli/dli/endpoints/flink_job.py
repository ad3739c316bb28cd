"""A Flink job, as DLI tells of it: in its list and in its detail."""

from __future__ import annotations

from airflow_provider_dli.dli.members import Decoded, Names
from airflow_provider_dli.rest.members import Members


class ResourceSpec(Members):
    """The resources of one process.

    :param cpu: cores.
    :param memory: memory, with its unit, as in ``4G``.
    """

    cpu: float | None = None
    memory: str | None = None


class ResourceConfig(Members):
    """The resources of a job in the second model.

    :param max_slot: task slots of a TaskManager.
    :param parallel_number: the parallelism.
    :param jobmanager_resource_spec: resources of the JobManager.
    :param taskmanager_resource_spec: resources of a TaskManager.
    """

    max_slot: int | None = None
    parallel_number: int | None = None
    jobmanager_resource_spec: ResourceSpec | None = None
    taskmanager_resource_spec: ResourceSpec | None = None


class JobConfig(Members):
    """What a job is set to. What was never set is None.

    :param checkpoint_enabled: whether it makes checkpoints by itself.
    :param checkpoint_mode: ``exactly_once`` or ``at_least_once``; requests may say the same with a number.
    :param checkpoint_interval: seconds between checkpoints.
    :param log_enabled: whether its logs are kept in ``obs_bucket``.
    :param obs_bucket: the bucket for checkpoints, savepoints and logs.
    :param smn_topic: the topic of SMN that is told when it fails.
    :param edge_group_ids: ids of the groups of edge nodes that it runs on.
    :param root_id: the id of the edge job that it is a part of; -1 where there is none.
    :param manager_cu_number: CUs of the JobManager.
    :param cu_number: CUs in all.
    :param parallel_number: the parallelism.
    :param restart_when_exception: whether DLI restarts it when it fails.
    :param idle_state_retention: seconds for which idle state is kept; old regions count hours.
    :param udf_jar_url: the jar with functions for its SQL.
    :param dirty_data_strategy: what is done with records that cannot be read: ``0`` ignored, ``1`` the job fails,
        ``2:`` and a directory where they are kept.
    :param entrypoint: its jar.
    :param dependency_jars: more jars.
    :param dependency_files: files.
    :param executor_number: nodes that it uses.
    :param executor_cu_number: CUs of these nodes.
    :param execution_agency_urn: the name of the agency that it acts as.
    :param resume_checkpoint: whether a restart of DLI's goes on from the newest checkpoint.
    :param runtime_config: Flink's own options, objects with ``key`` and ``value``; DLI sends JSON in a text, and here
        stands what that says.
    :param flink_log_config: levels of its logs; decoded in the same way.
    :param graph_editor_enabled: whether its stream graph can be edited.
    :param graph_editor_data: what the editor of that graph keeps.
    :param resume_max_num: how many restarts of DLI's there may be within an hour; -1 for any number.
    :param checkpoint_path: where the program in its jar keeps its checkpoints.
    :param config_url: where in OBS an uploaded configuration lies.
    :param tm_cus: CUs of a TaskManager.
    :param tm_slot_num: task slots of a TaskManager.
    :param image: the image of one's own that it runs in.
    :param feature: ``basic`` or ``custom``: whether it runs in such an image.
    :param flink_version: the version of Flink; old regions tell this, ``image`` and ``feature`` beside the job's name.
    :param operator_config: the parallelism of each operator; decoded in the same way.
    :param static_estimator_config: rates and hits of each operator; decoded in the same way.
    :param real_cu_number: CUs that it really uses.
    :param resource_config_version: ``v1``, or ``v2`` where ``resource_config`` tells the resources.
    :param resource_config: its resources in the second model.
    :param auto_scaling_enable: whether DLI changes its parallelism by itself.
    :param auto_scaling_interval: how often; the unit is not documented.
    :param max_parallelism: the highest parallelism.
    """

    checkpoint_enabled: bool | None = None
    checkpoint_mode: str | int | None = None
    checkpoint_interval: int | None = None
    log_enabled: bool | None = None
    obs_bucket: str | None = None
    smn_topic: str | None = None
    edge_group_ids: Names | None = None
    root_id: int | None = None
    manager_cu_number: int | None = None
    cu_number: int | None = None
    parallel_number: int | None = None
    restart_when_exception: bool | None = None
    idle_state_retention: int | None = None
    udf_jar_url: str | None = None
    dirty_data_strategy: str | int | None = None
    entrypoint: str | None = None
    dependency_jars: Names | None = None
    dependency_files: Names | None = None
    executor_number: int | None = None
    executor_cu_number: int | None = None
    execution_agency_urn: str | None = None
    resume_checkpoint: bool | None = None
    runtime_config: Decoded = None
    flink_log_config: Decoded = None
    graph_editor_enabled: bool | None = None
    graph_editor_data: str | None = None
    resume_max_num: int | None = None
    checkpoint_path: str | None = None
    config_url: str | None = None
    tm_cus: int | None = None
    tm_slot_num: int | None = None
    image: str | None = None
    feature: str | None = None
    flink_version: str | None = None
    operator_config: Decoded = None
    static_estimator_config: Decoded = None
    real_cu_number: float | None = None
    resource_config_version: str | None = None
    resource_config: ResourceConfig | None = None
    auto_scaling_enable: bool | None = None
    auto_scaling_interval: int | None = None
    max_parallelism: int | None = None


class Job(Members):
    """A Flink job. The list leaves out some of this, and regions differ in what.

    :param job_id: its id.
    :param name: its name.
    :param desc: what it is for.
    :param user_name: the user whose it is.
    :param user_id: that user's id.
    :param project_id: the project's id.
    :param job_type: ``flink_sql_job``, ``flink_opensource_sql_job``, ``flink_sql_edge_job`` or ``flink_jar_job``.
    :param status: its status, as in ``job_running``; there may be some that no documentation lists.
    :param status_desc: why it is in this status.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param start_time: when it was started; None or 0 where it never was.
    :param update_time: when it was changed.
    :param duration: milliseconds that it has run.
    :param root_id: the id of the edge job that it is a part of; -1 where there is none.
    :param sql_body: its statements.
    :param run_mode: ``shared_cluster``, ``exclusive_cluster`` or ``edge_node``.
    :param main_class: the class whose ``main`` runs.
    :param entrypoint_args: the arguments of ``main``.
    :param execution_graph: its plan; DLI sends JSON in a text, and here stands what that says.
    :param graph_editor_enabled: whether its stream graph can be edited.
    :param has_savepoint: whether there is a savepoint of it.
    :param savepoint_path: the directory of its savepoint.
    :param queue_name: the queue that it runs on.
    :param edge_group_ids: ids of the groups of edge nodes that it runs on.
    :param restart_times: how many times DLI has restarted it.
    :param job_config: what it is set to.
    :param feature: ``basic`` or ``custom``; old regions tell this and the next two here, new ones in ``job_config``.
    :param flink_version: the version of Flink.
    :param image: the image of one's own that it runs in.
    """

    job_id: int
    name: str | None = None
    desc: str | None = None
    user_name: str | None = None
    user_id: str | None = None
    project_id: str | None = None
    job_type: str | None = None
    status: str | None = None
    status_desc: str | None = None
    create_time: int | None = None
    start_time: int | None = None
    update_time: int | None = None
    duration: int | None = None
    root_id: int | None = None
    sql_body: str | None = None
    run_mode: str | None = None
    main_class: str | None = None
    entrypoint_args: str | None = None
    execution_graph: Decoded = None
    graph_editor_enabled: bool | None = None
    has_savepoint: bool | None = None
    savepoint_path: str | None = None
    queue_name: str | None = None
    edge_group_ids: Names | None = None
    restart_times: int | None = None
    job_config: JobConfig | None = None
    feature: str | None = None
    flink_version: str | None = None
    image: str | None = None
