"""The demo: a real Airflow runs the example DAGs on a real Flink, and everybody can watch."""
