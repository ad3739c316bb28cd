"""What a task has learnt, kept for its later tries."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import JobFailed
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.tasks.memory import KEY, recalled, remember
from tests.airflow_engine import FakeTi, run_task
from tests.conftest import AIRFLOW_3


class Store:
    """Airflow's task state store, of which one process has one; falsy, as any mapping without entries is."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.writes = 0

    def __len__(self) -> int:
        return 0

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)
        self.writes += 1


class Broken(Store):
    """One whose server does not answer."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("no answer")


class Full(Store):
    """One that takes nothing."""

    def set(self, key: str, value: Any) -> None:
        raise ValueError("too long")


def a_try(store: Any, **members: Any) -> Any:
    return {"ti": FakeTi(dag_id="d", max_tries=1, **members), "task_state_store": store}


def test_what_a_try_has_learnt_a_later_one_knows() -> None:
    store = Store()
    remember(a_try(store), job_id="1", job_url=None)
    remember(a_try(store), savepoint_path="s3://s/1")
    remember(a_try(store, try_number=2), savepoint_path="s3://s/2")
    assert recalled(a_try(store, try_number=3)) == {"job_id": "1", "savepoint_path": "s3://s/2"}
    assert list(store.kept) == [KEY]


def test_what_is_known_is_not_written_again() -> None:
    store = Store()
    for _ in range(3):
        remember(a_try(store), job_id="1", operation_id=None)
    assert store.writes == 1


def test_a_task_that_a_person_cleared_starts_afresh() -> None:
    store = Store()
    remember(a_try(store), job_id="1", savepoint_path="s3://s/1")
    cleared: Any = {"ti": FakeTi(max_tries=2, try_number=2), "task_state_store": store}
    assert recalled(cleared) == {}
    remember(cleared, job_id="2")
    assert recalled(cleared) == {"job_id": "2"}


@pytest.mark.parametrize(
    "context", [{"ti": FakeTi()}, {"ti": FakeTi(), "task_state_store": None}], ids=["none", "no store"]
)
def test_an_airflow_without_a_store(context: Any, caplog: pytest.LogCaptureFixture) -> None:
    remember(context, job_id="1")
    assert recalled(context) == {}
    assert not caplog.records


@pytest.mark.parametrize(
    "other", ["text", 7, [], {}, {"version": 2, "known": {"job_id": "1"}}, {"version": 1}], ids=str
)
def test_what_is_not_ours_is_left_out(other: Any) -> None:
    store = Store()
    store.set(KEY, other)
    assert recalled(a_try(store)) == {}
    remember(a_try(store), job_id="2")
    assert recalled(a_try(store)) == {"job_id": "2"}


@pytest.mark.parametrize(("kind", "why"), [(Broken, "RuntimeError: no answer"), (Full, "ValueError: too long")])
def test_a_store_that_fails_is_told_once_and_fails_no_task(
    kind: type[Store], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    context = a_try(kind(), run_id=why)
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            remember(context, job_id=str(number))
            assert recalled(context) == {}
    (record,) = caplog.records
    assert record.getMessage().endswith(f"so that later tries know less: {why}")


def test_what_is_no_json_fails_no_task(caplog: pytest.LogCaptureFixture) -> None:
    context = a_try(Store(), run_id="no json")
    remember(context, job_id=object())
    assert "TypeError" in caplog.text


class Learns(FlinkOperator):
    """Learns something, and fails."""

    def begin(self, context: Any, deadline: float | None) -> Any:
        self.make_known(context, operation_id="7", savepoint_path="s3://s/1", checkpoint=None)
        raise JobFailed("Disk full.")


def test_a_retry_begins_with_what_an_earlier_try_has_left(airflow_db: None) -> None:
    """On Airflow's engine, with its own store where it has one."""
    task, log = run_task(Learns, retries=1)
    assert (task.state, task.tries) == ("failed", 2)
    assert log.count("An earlier try has left: operation_id 7, savepoint_path s3://s/1.") == (1 if AIRFLOW_3 else 0)
    assert task.xcoms["savepoint_path"] == "s3://s/1"
