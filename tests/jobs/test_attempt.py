"""The part of a cluster's jobs and operations that one try may take as its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.rest.flow import Flow, Work, drive

IDENTITY = Identity("dag", "manual__2026-11-21", "task", generation="now")
BEFORE = replace(IDENTITY, generation="before")
#: What a script makes without Airflow.
PLAIN = Attempt(IDENTITY, "run")


def run(flow: Flow[None]) -> None:
    def perform(step: Any) -> Any:
        assert isinstance(step, Work)
        return step.do()

    drive(flow, perform)


def job(state: JobState, age: float | None = None) -> Job:
    return Job("1", "count", state, state.name, age=age)


def test_its_ids_are_those_of_the_identity() -> None:
    assert list(PLAIN.ids[:3]) == list(islice(IDENTITY.series("run"), 3))
    assert PLAIN.ids is PLAIN.ids
    assert len(set(PLAIN.ids)) == len(PLAIN.ids) == 1000
    assert (PLAIN.ids[-1], PLAIN.ids[-2:]) == (list(PLAIN.ids)[999], list(PLAIN.ids)[998:])
    with pytest.raises(IndexError):
        PLAIN.ids[1000]


def test_another_operation_has_other_ids() -> None:
    assert not set(PLAIN.ids) & set(replace(PLAIN, operation="stop").ids)


def test_without_airflow_all_that_has_an_id_is_its_own() -> None:
    assert PLAIN.kill_id is None
    assert not PLAIN.ids_before_clears
    assert not any(PLAIN.predates(job(state, age=1e9)) for state in JobState)


@pytest.mark.parametrize(
    ("found", "predates"),
    [
        (job(JobState.RUNNING, age=59), False),
        (job(JobState.RUNNING, age=60.5), False),
        (job(JobState.RUNNING, age=62), True),
        (job(JobState.RUNNING), False),
        (job(JobState.FINISHED), True),
        (job(JobState.FAILED), True),
    ],
    ids=["younger", "rounded", "older", "no age", "finished", "failed"],
)
def test_the_very_first_try_owns_neither_ended_nor_older_jobs_where_ids_recur(found: Job, predates: bool) -> None:
    assert replace(PLAIN, run_age=lambda: 60.0).predates(found) is predates


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.FINISHED])
def test_a_try_that_follows_a_success_does_not_own_what_has_ended(state: JobState) -> None:
    assert replace(PLAIN, follows_success=True).predates(job(state)) is (state is JobState.FINISHED)


def test_a_stop_by_a_kill_has_an_id_where_a_kill_stops_the_job() -> None:
    assert replace(PLAIN, owns_job=True, stopped_by_kill=True).kill_id == next(IDENTITY.series("on_kill"))
    assert replace(PLAIN, owns_job=True, is_retry=True).kill_id is None


def test_jobs_from_before_a_clear_have_ids_of_earlier_generations() -> None:
    cleared = replace(PLAIN, owns_job=True, earlier=(BEFORE,))
    assert next(BEFORE.series("run")) in cleared.ids_before_clears
    assert not cleared.ids_before_clears & set(cleared.ids)
    assert not replace(cleared, owns_job=False).ids_before_clears
    assert [ids[0] for ids in cleared.generations] == [next(one.series("run")) for one in (IDENTITY, BEFORE)]


def test_ledger_entries_belong_to_one_operation() -> None:
    ledger = VolatileLedger()
    starting, stopping = (Attempt(IDENTITY, operation, ledger=ledger) for operation in ("run", "stop"))
    run(starting.record(id="1", none=None))
    run(stopping.record(id="2"))
    assert (starting.recall("id"), stopping.recall("id"), starting.recall("none")) == ("1", "2", None)
    assert ledger.get("run.id") == "1"


def test_a_ledger_is_written_by_the_driver_only() -> None:
    written: list[Mapping[str, Any]] = []

    class Notes(VolatileLedger):
        def record(self, entries: Mapping[str, Any]) -> None:
            written.append(entries)

    flow = Attempt(IDENTITY, "run", ledger=Notes()).record(id="1")
    next(flow)
    assert not written
