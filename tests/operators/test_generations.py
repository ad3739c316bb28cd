"""One generation of a task instance, one job: on a real Flink, with contexts as each line of Airflow gives them."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, JAR
from airflow_provider_dli.operators.flink import FlinkRunJarOperator
from airflow_provider_dli.tasks import identity
from tests.airflow_engine import connect
from tests.cluster import Cluster
from tests.conftest import AIRFLOW_3
from tests.tasks.test_identity import RUN_AFTER, a_try
from tests.tasks.test_ledger import Store

pytestmark = [pytest.mark.live, pytest.mark.one_flink, pytest.mark.airflow_2]

BATCH: dict[str, Any] = {
    "jar": str(JAR),
    "entry_class": BOUNDED_COUNT,
    "arguments": ["--records", "5"],
    "wait_until": "finished",
    "poll_interval": 0.1,
}
LINES = [(3, 3), (3, 2), (3, 1)] if AIRFLOW_3 else [(2, 11)]


@pytest.fixture(params=LINES, ids=lambda line: ".".join(map(str, line)))
def line(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(identity, "_airflow", lambda: request.param)
    # Other tests have run tries with these values.
    monkeypatch.setattr(identity, "_executions", type(identity._executions)())
    monkeypatch.setenv("AIRFLOW__AIRFLOW_PROVIDER_DLI__NAMESPACE", request.node.name)
    return request.param


def execute(context: Any, **arguments: Any) -> str:
    return str(FlinkRunJarOperator(task_id="t", **{**BATCH, **arguments}).execute(context))


def test_tries_of_one_generation_have_one_job(cluster: Cluster, line: tuple[int, int]) -> None:
    store = Store()
    jobs = {execute(a_try(line, number=number, store=store)) for number in (1, 2, 3)}
    assert len(jobs) == 1


def test_a_clear_after_retries_were_lowered_runs_the_program_again(cluster: Cluster, line: tuple[int, int]) -> None:
    """Airflow gives the new try the same `max_tries` as the old one."""
    store = Store()
    before = execute(a_try(line, max_tries=2, store=store), retries=2)
    after = execute(a_try(line, number=2, max_tries=2, carrier="b", clear_number=1, store=store), retries=1)
    assert before != after


def test_a_run_that_is_made_again_under_its_id_runs_the_program_again(
    cluster: Cluster, line: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its first try fails before it has sent anything: then no age decides."""
    before = execute(a_try(line, store=Store()))
    store, values = Store(), {"carrier": "b", "run_after": RUN_AFTER.add(minutes=1), "run_id": 8}
    connect(monkeypatch, "http://127.0.0.1:1")
    with pytest.raises(AirflowException):
        execute(a_try(line, store=store, **values), grace_period=0)
    connect(monkeypatch, cluster.address)
    assert execute(a_try(line, number=2, store=store, **values)) != before


def test_a_scheduled_run_that_is_made_again_runs_the_program_again(cluster: Cluster, line: tuple[int, int]) -> None:
    """Before 3.2 all of its values may be the old ones; its first try takes nothing that has ended."""
    before = execute(a_try(line, store=Store()))
    identity._executions.clear()
    assert execute(a_try(line, carrier="b", store=Store())) != before


def test_two_installations_with_equal_ids_have_jobs_of_their_own(
    cluster: Cluster, line: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 3.2 on by themselves, before by their namespaces."""
    one = execute(a_try(line, store=Store()))
    if line < (3, 2):
        monkeypatch.setenv("AIRFLOW__AIRFLOW_PROVIDER_DLI__NAMESPACE", "staging")
    identity._executions.clear()
    other = execute(a_try(line, number=2, carrier="b", store=Store()))
    assert one != other


def test_operators_that_are_executed_in_one_task_have_jobs_of_their_own_and_find_them_again(
    cluster: Cluster, line: tuple[int, int]
) -> None:
    store = Store()
    first, retry = a_try(line, store=store), a_try(line, number=2, store=store)
    names = ["a", "b"]
    jobs = [execute(first, arguments=["--records", "5", "--name", name]) for name in names]
    assert [cluster.jobs()[job_id]["name"] for job_id in jobs] == names
    assert [execute(retry, arguments=["--records", "5", "--name", name]) for name in names] == jobs
