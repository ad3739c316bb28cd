"""Clean up every night: back up a stream, then delete all but the newest of its savepoints and of its uploaded jars."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.providers.common.compat.sdk import DAG, ObjectStoragePath, Param, task

from airflow_provider_dli.operators.flink import (
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkTriggerSavepointOperator,
)


@task
def older_savepoints(params: Any = None) -> list[str]:
    """Return all but the newest savepoints in the folder, which worker and cluster must both see."""
    made = ObjectStoragePath(params["savepoints"]).glob("**/_metadata")
    return [str(file.parent) for file in sorted(made, key=lambda file: file.stat().st_mtime)[: -params["keep"]]]


@task
def older_jars(params: Any = None) -> list[str]:
    """Return all but the newest uploads of the jar."""
    from airflow_provider_dli.hooks.flink import FlinkHook

    uploads = [jar for jar in FlinkHook().api.jars.overview().files if jar.name == params["jar"]]
    return [jar.id for jar in sorted(uploads, key=lambda jar: jar.uploaded)[: -params["keep"]]]


with DAG(
    "clean_up",
    schedule="0 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1),
    catchup=False,
    params={
        "stream": Param("orders", type="string"),
        "savepoints": Param(
            "file:///tmp/savepoints/orders", type="string", description="a folder for this stream only"
        ),
        "jar": Param("orders.jar", type="string", description="the name that it was uploaded with"),
        "keep": Param(7, type="integer", minimum=1),
    },
    default_args={"retries": 2},
    doc_md=__doc__,
    tags=["flink"],
) as dag:
    backup = FlinkTriggerSavepointOperator(
        task_id="backup",
        job_name="{{ params.stream }}",
        savepoint_directory="{{ params.savepoints }}",
        timeout=60 * 60,
        deferrable=True,
        poll_interval=2,
    )
    savepoints = older_savepoints()
    FlinkDisposeSavepointOperator.partial(task_id="dispose", poll_interval=1).expand(savepoint_path=savepoints)
    FlinkDeleteJarOperator.partial(task_id="delete").expand(jar_id=older_jars())
    backup >> savepoints
