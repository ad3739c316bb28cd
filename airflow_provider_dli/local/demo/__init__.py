"""The demo: a real Airflow runs the example DAGs on a real Flink and through a DLI, and everybody can watch."""
