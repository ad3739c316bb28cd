"""``airflow dags test`` twice with one date, as people run a DAG while they write it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR
from tests.cluster import Cluster
from tests.conftest import AIRFLOW_3

# Airflow 3 takes a minute for it, and makes run ids that differ.
pytestmark = [
    pytest.mark.live,
    pytest.mark.one_flink,
    pytest.mark.airflow_2,
    *([pytest.mark.long] if AIRFLOW_3 else []),
]

DAG_FILE = f"""
import os
import pendulum
from airflow.providers.common.compat.sdk import DAG
from airflow_provider_dli.operators.flink import FlinkRunJarOperator

with DAG("twice", schedule=None, start_date=pendulum.datetime(2026, 1, 1)):
    FlinkRunJarOperator(
        task_id="run", jar={str(JAR)!r}, entry_class={BOUNDED_COUNT!r}, wait_until="finished", poll_interval=0.1,
        arguments=["--records", "5", "--name", os.environ["NAME"]],
    )
"""


def test_each_run_runs_the_program(cluster: Cluster, tmp_path: Path) -> None:
    """Airflow 2.11 gives both runs the same id and the same times."""
    (tmp_path / "twice.py").write_text(DAG_FILE)
    before = set(cluster.jobs())
    for name in ("old code", "new code"):
        environment = {**os.environ, "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path), "NAME": name}
        command = [str(Path(sys.executable).with_name("airflow")), "dags", "test", "twice", "2026-02-05"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    names = [job["name"] for job_id, job in cluster.jobs().items() if job_id not in before]
    assert sorted(names) == ["new code", "old code"]
