"""DLI's REST API as methods: what a person who scripts the service types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_provider_dli.dli import job_groups, resource_groups
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.rest.client import GatedClient
from airflow_provider_dli.rest.flow import Flow


class Dli(GatedClient[None]):
    """DLI in one project, every operation of its REST API a method.

    :param run: runs a flow to its end, as :meth:`.rest.sync.Driver.run` does.
    :param gate: puts the project into requests.
    """

    def __init__(self, run: Callable[[Flow[Any]], Any], gate: Gate) -> None:
        super().__init__(run, gate)
        self.flink_jobs = job_groups.FlinkJobs(self)
        self.flink_templates = job_groups.FlinkTemplates(self)
        self.edge = job_groups.Edge(self)
        self.spark = job_groups.Spark(self)
        self.spark_templates = job_groups.SparkTemplates(self)
        self.sql = job_groups.Sql(self)
        self.sql_templates = job_groups.SqlTemplates(self)
        self.queues = resource_groups.Queues(self)
        self.queue_properties = resource_groups.QueueProperties(self)
        self.queue_plans = resource_groups.QueuePlans(self)
        self.connectivity = resource_groups.Connectivity(self)
        self.elastic_resource_pools = resource_groups.ElasticResourcePools(self)
        self.pool_queues = resource_groups.PoolQueues(self)
        self.resources = resource_groups.Resources(self)
        self.buckets = resource_groups.Buckets(self)
        self.agency = resource_groups.Agency(self)
        self.global_variables = resource_groups.GlobalVariables(self)
        self.permissions = resource_groups.Permissions(self)
        self.tags = resource_groups.Tags(self)
        self.quotas = resource_groups.Quotas(self)
