"""Huawei Cloud Data Lake Insight (DLI): its REST API, one small function an operation.

Knows no Airflow and no jobs.
"""
