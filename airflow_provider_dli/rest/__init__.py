"""HTTP, spoken once: requests as values, two senders, patience, errors.

This floor knows no Airflow, no Flink and no DLI.
"""
