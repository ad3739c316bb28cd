"""What operators for Flink share that start a job."""

from __future__ import annotations

from airflow_provider_dli.links.flink import FlinkJobLink
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.tasks.starting_operator import StartingOperator


class FlinkStartingOperator(StartingOperator, FlinkOperator):
    """What operators share that start a job."""

    operator_extra_links = (FlinkJobLink(),)
