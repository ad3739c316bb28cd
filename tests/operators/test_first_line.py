"""What a person reads at night: the first line of a failed task; and which failures Airflow tries again."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest

from airflow_provider_dli.local.demo_jobs import JAR, SQL_RUNNER, STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from tests.airflow_engine import run_task
from tests.cluster import Cluster

pytestmark = pytest.mark.live

STREAM: dict[str, Any] = {"jar": str(JAR), "entry_class": STREAMING_COUNT, "poll_interval": 0.2}
SQL = b"""CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM numbers;"""
NO_JAR = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"


@pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])
def test_a_job_that_failed_is_told_with_all_that_is_known(cluster: Cluster, deferrable: bool) -> None:
    """The deepest cause, the vertex, the attempt, the restarts, the last completed checkpoint, the job's page."""
    arguments = ["--fail-after", "50", "--restarts", "1", "--checkpoint-interval", "100"]
    task, _ = run_task(
        FlinkRunJarOperator, **STREAM, arguments=arguments, wait_until="finished", deferrable=deferrable, retries=1
    )
    assert (task.state, task.tries) == ("failed", 2)
    assert re.fullmatch(
        r"Job 'streaming count' FAILED: demo\.ToldToFail: told to fail after 50 records "
        r"\(in Count[^()]* \(1/1\) - execution #1 on localhost:\d+; restarts: 1; the last good one is "
        rf"checkpoint \d+,? [^;]*; {cluster.address}/#/job/running/[0-9a-f]{{32}}/overview\)",
        task.first_line,
    ), task.first_line


def test_what_repeating_cannot_heal_is_tried_once(cluster: Cluster) -> None:
    job_id = cluster.running(STREAMING_COUNT)
    savepoint = cluster.savepoint(job_id)["location"]
    cluster.clear()
    for given, told in {
        "no jar": ({"jar": NO_JAR}, rf"{NO_JAR} does not exist\. Upload the jar first: the JobManager has none"),
        "bad class": ({"entry_class": "demo.Nope"}, r"demo\.Nope.*Check entry_class: the jar has no such class\."),
        "no such state": ({"restore_from": "/nowhere/savepoint-1"}, "/nowhere/savepoint-1.*Check restore_from: "),
        "other state": (
            {"restore_from": savepoint, "entry_class": SQL_RUNNER, "arguments": ["--sql", b64encode(SQL).decode()]},
            "Cannot map checkpoint/savepoint state for operator [0-9a-f]{32} to the new.*The state does not fit",
        ),
    }.values():
        task, _ = run_task(FlinkRunJarOperator, **{**STREAM, **given}, retries=1)
        assert (task.state, task.tries) == ("failed", 1), task.error
        assert re.search(told, task.first_line), task.first_line
        assert "\tat " not in task.first_line
    assert not cluster.alive()
