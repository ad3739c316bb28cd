"""Ledger of a task instance in Airflow's task state store."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from airflow_provider_dli.jobs.errors import JobFailed
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.operators.flink.base import FlinkOperator
from airflow_provider_dli.tasks.ledger import KEY, StoreLedger
from tests.airflow_engine import run_task
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

    def set(self, key: str, value: Any, retention: Any = None) -> None:
        self.kept[key] = json.dumps(value)
        self.writes += 1


class Broken(Store):
    """One whose server does not answer."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("no answer")


class Full(Store):
    """One that takes nothing."""

    def set(self, key: str, value: Any, retention: Any = None) -> None:
        raise ValueError("too long")


def ledger(store: Any, try_number: int = 1, generation: str = "g", **members: Any) -> StoreLedger:
    return StoreLedger(store, Identity("d", "r", "t", generation=generation, **members), try_number)


def test_a_later_try_reads_the_entries_of_an_earlier_one() -> None:
    store = Store()
    ledger(store).record({"job_id": "1", "job_url": None})
    ledger(store).record({"savepoint_path": "s3://s/1"})
    ledger(store, 2).record({"savepoint_path": "s3://s/2"})
    later = ledger(store, 3)
    assert later.entries == {"job_id": "1", "savepoint_path": "s3://s/2"}
    assert (later.get("job_id"), later.get("job_url"), later.first_try, later.durable) == ("1", None, 1, True)
    assert list(store.kept) == [KEY]


def test_an_entry_that_exists_is_not_written_again() -> None:
    store = Store()
    for _ in range(3):
        ledger(store).open()
        ledger(store).record({"job_id": "1", "operation_id": None})
    assert store.writes == 2


def test_a_generation_has_entries_of_its_own_and_knows_those_before() -> None:
    store = Store()
    ledger(store).record({"job_id": "1"})
    cleared = ledger(store, 2, generation="h")
    assert (cleared.entries, cleared.first_try, cleared.earlier) == ({}, None, ["g"])
    cleared.record({"job_id": "2"})
    assert (cleared.entries, cleared.first_try, cleared.earlier) == ({"job_id": "2"}, 2, ["g"])
    # A task that was suspended before the clear wakes up.
    ledger(store).record({"state": "late"})
    assert cleared.entries == {"job_id": "2"}


def test_each_execution_in_one_try_has_a_ledger() -> None:
    store = Store()
    ledger(store).record({"job_id": "1"})
    ledger(store, execution=1).record({"job_id": "2"})
    assert (ledger(store).get("job_id"), ledger(store, execution=1).get("job_id")) == ("1", "2")
    assert list(store.kept) == [KEY, f"{KEY}.1"]


def test_the_store_holds_a_limited_number_of_generations() -> None:
    store = Store()
    for number in range(50):
        ledger(store, generation=str(number)).open()
    assert list(ledger(store, generation="new").earlier) == [str(number) for number in range(49, 29, -1)]


def test_an_airflow_without_a_store(caplog: pytest.LogCaptureFixture) -> None:
    none = ledger(None)
    none.open()
    none.record({"job_id": "1"})
    assert (none.durable, none.entries, none.first_try, list(none.earlier)) == (False, {}, None, [])
    assert not caplog.records


@pytest.mark.parametrize(
    "other",
    [
        "text",
        7,
        [],
        {},
        {"version": 1, "known": {"job_id": "1"}},
        {"version": 2},
        {"version": 2, "generations": [3]},
    ],
    ids=str,
)
def test_foreign_values_under_the_key_are_left_out(other: Any) -> None:
    store = Store()
    store.set(KEY, other)
    assert ledger(store).entries == {}
    ledger(store).record({"job_id": "2"})
    assert ledger(store).entries == {"job_id": "2"}


@pytest.mark.parametrize(("kind", "why"), [(Broken, "RuntimeError: no answer"), (Full, "ValueError: too long")])
def test_a_store_that_fails_is_logged_once_and_fails_no_task(
    kind: type[Store], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    failing = StoreLedger(kind(), Identity("d", why, "t"), 1)
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            failing.record({"job_id": str(number)})
            assert failing.entries == {}
    (record,) = caplog.records
    assert record.getMessage().endswith(f"so later tries know less: {why}")
    assert not failing.durable


def test_a_value_that_is_no_json_fails_no_task(caplog: pytest.LogCaptureFixture) -> None:
    StoreLedger(Store(), Identity("d", "no json", "t"), 1).record({"job_id": object()})
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
