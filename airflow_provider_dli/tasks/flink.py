"""Tasks whose jobs are on a cluster that speaks Flink's REST API."""

from __future__ import annotations

from airflow_provider_dli.tasks.place import Place

FLINK = Place("airflow_provider_dli.hooks.flink.FlinkHook", "flink_conn_id")
