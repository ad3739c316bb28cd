"""Run, watch, back up, upgrade and stop Flink jobs from Apache Airflow."""

__version__ = "0.1.0"
