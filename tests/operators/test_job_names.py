"""A retry by name means the job that an earlier try has found, though another job has the name by now."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.local.demo_jobs import STREAMING_COUNT
from airflow_provider_dli.operators.flink import FlinkStopJobOperator, FlinkTriggerSavepointOperator
from tests.airflow_engine import context_of
from tests.cluster import Cluster
from tests.tasks.test_ledger import Store

pytestmark = [pytest.mark.live, pytest.mark.one_flink]

KINDS = [FlinkTriggerSavepointOperator, FlinkStopJobOperator]


def die(*given: Any) -> None:
    raise AirflowException("The worker has lost its power.")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("has_store", [True, False], ids=["with a store", "without a store"])
def test_a_retry_leaves_the_new_job_of_the_name_alone(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, kind: Any, has_store: bool
) -> None:
    old = cluster.running(STREAMING_COUNT, "--name", "orders")
    store = Store() if has_store else None
    task = kind(task_id="it", job_name="orders", poll_interval=0.1, retries=1)
    who = {"dag_id": f"names {kind.__name__} {has_store}", "run_id": old, "max_tries": 1}
    first, retry = ({**context_of(task, **who, try_number=number), "task_state_store": store} for number in (1, 2))
    with monkeypatch.context() as dying:
        dying.setattr(kind, "complete", die)
        with pytest.raises(AirflowException, match="lost its power"):
            task.execute(first)
    if old in cluster.alive():
        cluster.cancel(old)
    cluster.comes_to_rest()
    new = cluster.running(STREAMING_COUNT, "--name", "orders")

    path = kind(task_id="it", job_name="orders", poll_interval=0.1, retries=1).execute(retry)
    assert f"savepoint-{old[:6]}-" in path
    assert cluster.alive() == [new]
    assert cluster.savepoints_of(new) == []
