"""What DLI tells of queues: a list and a detail spell some members differently, and each tells more."""

from __future__ import annotations

from pydantic import Field

from airflow_provider_dli.dli.members import Decoded, Told
from airflow_provider_dli.rest.members import Members


class QueueMembers(Members):
    """What a queue is, wherever it is told.

    :param queue_id: its id.
    :param description: what it is for.
    :param owner: the user whose it is.
    :param create_time: when it was created, in milliseconds since the epoch.
    :param resource_id: its id as a resource of the cloud.
    :param resource_mode: 0 shared, 1 dedicated.
    :param enterprise_project_id: the enterprise project's id; ``0`` for the default one.
    :param cu_spec: its size in CUs: the prepaid part, or the first size of one that is paid by the hour.
    :param cu_scale_out_limit: the most CUs that it may grow to.
    :param cu_scale_in_limit: the fewest CUs that it may shrink to.
    :param elastic_resource_pool_name: the pool that it belongs to.
    :param support_spark_versions: the versions of Spark that it can run.
    :param default_spark_version: the one that it runs where a job names none.
    :param support_hetu_engine_versions: the versions of HetuEngine that it can run.
    :param default_hetu_engine_version: the one that it runs where a job names none.
    :param support_flink_sql_versions: the versions of Flink that its SQL jobs can have.
    :param default_flink_sql_version: the one that they have where they name none.
    :param support_flink_jar_versions: the versions of Flink that its jar jobs can have.
    :param default_flink_jar_version: the one that they have where they name none.
    """

    queue_id: int | None = None
    description: str | None = None
    owner: str | None = None
    create_time: int | None = None
    resource_id: str | None = None
    resource_mode: int | None = None
    enterprise_project_id: str | None = None
    cu_spec: int | None = None
    cu_scale_out_limit: int | None = None
    cu_scale_in_limit: int | None = None
    elastic_resource_pool_name: str | None = None
    support_spark_versions: tuple[str, ...] | None = None
    default_spark_version: str | None = None
    support_hetu_engine_versions: tuple[str, ...] | None = None
    default_hetu_engine_version: str | None = None
    support_flink_sql_versions: tuple[str, ...] | None = None
    default_flink_sql_version: str | None = None
    support_flink_jar_versions: tuple[str, ...] | None = None
    default_flink_jar_version: str | None = None


class Queue(QueueMembers):
    """A row of the list of queues.

    :param queue_name: its name.
    :param queue_type: ``sql``, ``general`` or ``all``.
    :param cu_count: its size in CUs.
    :param used_cu: how many CUs are in use.
    :param charging_mode: 1 paid by the CU hour, 2 by the month or year.
    :param engine: ``spark`` or ``hetuEngine``.
    :param support_opensource_flink_versions: the versions of open-source Flink that it can run.
    :param cidr_in_vpc: its address range in the VPC.
    :param cidr_in_mgntsubnet: its address range in the management subnet.
    :param cidr_in_subnet: its address range in the subnet.
    :param platform: ``x86_64`` or ``aarch64``.
    :param is_restarting: whether it is just restarting.
    :param labels: more about it; DLI sends JSON in a text, and here stands what that says.
    :param feature: ``basic`` or ``ai``.
    :param queue_resource_type: ``vm`` or ``container``.
    """

    queue_name: str | None = None
    queue_type: str | None = None
    cu_count: int | None = None
    used_cu: float | None = None
    charging_mode: int | None = None
    engine: str | None = None
    support_opensource_flink_versions: tuple[str, ...] | None = None
    cidr_in_vpc: str | None = None
    cidr_in_mgntsubnet: str | None = None
    cidr_in_subnet: str | None = None
    platform: str | None = None
    is_restarting: bool | None = None
    labels: Decoded = None
    feature: str | None = None
    queue_resource_type: str | None = None


class Queues(Told):
    """The list of queues.

    :param queues: a row for each.
    """

    queues: tuple[Queue, ...] | None = None


class QueueDetail(QueueMembers, Told):
    """One queue. Four members are spelled as nowhere else, as in ``queueName``.

    :param queue_name: its name.
    :param queue_type: ``sql``, ``general`` or ``all``.
    :param cu_count: its size in CUs.
    :param charging_mode: 1 paid by the CU hour, 2 by the month or year.
    :param resource_type: ``vm`` or ``container``.
    """

    queue_name: str | None = Field(None, alias="queueName")
    queue_type: str | None = Field(None, alias="queueType")
    cu_count: int | None = Field(None, alias="cuCount")
    charging_mode: int | None = Field(None, alias="chargingMode")
    resource_type: str | None = None


class Named(Told):
    """A queue that has been created.

    :param queue_name: its name, as DLI stores it.
    """

    queue_name: str | None = None


class Acted(Told):
    """What became of an action on a queue.

    :param queue_name: the queue's name.
    :param job_id: the id of the SQL job that restarts it, to be followed; only where it was forced.
    :param result: whether scaling was accepted.
    """

    queue_name: str | None = None
    job_id: str | None = None
    result: bool | None = None
