from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_dli.local.dli.store import Kind, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "deep" / "state.db")
    yield store
    store.close()


@pytest.fixture
def jobs(store: Store) -> Kind:
    return store.kind("jobs")


def test_what_is_written_is_there_under_its_key(jobs: Kind) -> None:
    jobs.put(7, {"name": "ä"})
    assert jobs.get(7) == jobs.get("7") == {"name": "ä"}
    assert jobs.get(8) is None


def test_kinds_do_not_see_each_other(store: Store, jobs: Kind) -> None:
    jobs.put(1, {})
    assert store.kind("queues").all() == []
    assert store.kind("queues").next_number() == jobs.next_number() == 1


def test_the_oldest_comes_first_whatever_was_changed(jobs: Kind) -> None:
    for name in ("b", "a", "c"):
        jobs.put(name, {"name": name})
    jobs.put("b", {"name": "B"})
    assert [job["name"] for job in jobs.all()] == ["B", "a", "c"]


def test_a_change_is_returned(jobs: Kind) -> None:
    jobs.put(1, {"n": 1})
    assert jobs.update(1, lambda job: job.update(n=2)) == jobs.get(1) == {"n": 2}
    assert jobs.update(2, lambda job: job.update(n=2)) is None


def test_what_is_deleted_is_gone_and_its_number_too(jobs: Kind) -> None:
    jobs.put(jobs.next_number(), {})
    assert [jobs.delete(1), jobs.delete(1)] == [True, False]
    assert jobs.all() == []
    assert jobs.next_number() == 2


def test_several_changes_are_made_or_none(store: Store, jobs: Kind) -> None:
    def both() -> None:
        with store.change():
            jobs.put(1, {})
            jobs.update(1, lambda job: job["missing"])

    with pytest.raises(KeyError):
        both()
    assert jobs.all() == []


def test_nothing_is_lost_when_it_is_opened_again(tmp_path: Path) -> None:
    first = Store(tmp_path / "state.db")
    first.kind("jobs").put(first.kind("jobs").next_number(), {"n": 1})
    # Not closed: whoever is killed closes nothing.
    second = Store(tmp_path / "state.db")
    assert second.kind("jobs").all() == [{"n": 1}]
    assert second.kind("jobs").next_number() == 2
    for store in (first, second):
        store.close()


def test_numbers_and_changes_of_many_threads(jobs: Kind) -> None:
    jobs.put("sum", {"n": 0})

    def work(_: int) -> int:
        jobs.update("sum", lambda job: job.update(n=job["n"] + 1))
        return jobs.next_number()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(work, range(200)))
    assert sorted(numbers) == list(range(1, 201))
    assert jobs.get("sum") == {"n": 200}
