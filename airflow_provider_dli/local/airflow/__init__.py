"""A real Airflow on this machine, as processes of its own, for the demo and for tests (extra ``[local]``)."""
