"""Which triggerer runs which trigger: each registers as a job, under a number, and a trigger names that of its own."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow_provider_dli.local.airflow.api import AIRFLOW
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer


def _first_id(answer: Answer) -> int | None:
    return next((int(job["id"]) for job in answer.json()["jobs"]), None)


def _job_of_trigger(answer: Answer) -> int | None:
    trigger = answer.json()["trigger"]
    return trigger["triggerer_id"] if trigger else None


@AIRFLOW.endpoint("GET /api/v2/jobs", _first_id)
def first_triggerer_since(moment: float) -> Parts:
    """Ask for the job of the first triggerer that has registered since then.

    :param moment: in seconds since the epoch.
    """
    since = datetime.fromtimestamp(moment, timezone.utc).isoformat()
    return Parts(query={"job_type": "TriggererJob", "start_date_gte": since, "order_by": "start_date", "limit": 1})


@AIRFLOW.endpoint("GET /api/v2/dags/:dag/dagRuns/:run/taskInstances/:task", _job_of_trigger)
def triggerer_of(dag_id: str, run_id: str, task_id: str) -> Parts:
    """Ask for the job of the triggerer that runs a task's trigger; None where it has none, or no triggerer yet."""
    return Parts([dag_id, run_id, task_id])
