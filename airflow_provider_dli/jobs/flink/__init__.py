"""Flink's REST API as a back end."""

from airflow_provider_dli.jobs.flink.backend import FlinkBackend

__all__ = ["FlinkBackend"]
