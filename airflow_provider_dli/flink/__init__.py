"""Flink's REST API: one small function an endpoint, arguments in, a request out; answers as typed values.

This floor knows no Airflow.
"""
