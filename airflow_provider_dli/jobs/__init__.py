"""What a job is, written once for all back ends, and the flows: submit or attach, wait, savepoint, stop.

This floor knows no Airflow.
"""
