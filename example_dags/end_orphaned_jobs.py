"""Every ten minutes: find jobs whose task has ended while no triggerer could end them, and cancel them.

With ``dry_run`` they are only logged.
"""

from __future__ import annotations

import logging
from typing import Any

import pendulum
from airflow.providers.common.compat.sdk import DAG, Param, task

from airflow_provider_dli.operators.flink import FlinkCancelJobOperator

log = logging.getLogger(__name__)


@task
def orphaned_jobs(params: Any = None) -> list[str]:
    """Return the ids of the jobs to cancel."""
    from airflow_provider_dli.hooks.flink import FlinkHook

    found = FlinkHook().orphaned_jobs()
    for one in found:
        log.warning("Job %r (%s) runs on, and its task %s is %s.", one.job_name, one.job_id, one.task, one.task_state)
    return [] if params["dry_run"] else [one.job_id for one in found]


with DAG(
    "end_orphaned_jobs",
    schedule="*/10 * * * *",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={"dry_run": Param(True, type="boolean", description="only log what would be cancelled")},
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["flink"],
) as dag:
    FlinkCancelJobOperator.partial(task_id="cancel", poll_interval=1).expand(job_id=orphaned_jobs())
