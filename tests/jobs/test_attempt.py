"""What one try of a task instance may take for its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.identity import Identity

IDENTITY = Identity("dag", "manual__2026-11-21", "task", generation=2)
BEGAN = 1_800_000_000.0
#: What a script makes without Airflow.
PLAIN = Attempt(IDENTITY, "run")
TIMED = replace(PLAIN, dag_run_began=BEGAN)


def test_its_ids_are_those_of_the_identity() -> None:
    assert list(PLAIN.ids[:3]) == list(islice(IDENTITY.series("run"), 3))
    assert PLAIN.ids is PLAIN.ids
    assert len(set(PLAIN.ids)) == len(PLAIN.ids) == 1000


def test_another_operation_has_other_ids() -> None:
    assert not set(PLAIN.ids) & set(replace(PLAIN, operation="stop").ids)


def test_without_airflow_nothing_is_known_of_time_and_of_kills_and_clears() -> None:
    assert PLAIN.nothing_before is PLAIN.since is PLAIN.kill_id is None
    assert not PLAIN.ids_before_clears


@pytest.mark.parametrize(
    ("is_first", "is_retry", "nothing_before", "since"),
    [
        (True, False, BEGAN, None),
        (False, True, None, BEGAN),
        (False, False, None, None),
        # Where retries were given to a task after its run began: to look for more costs nothing but requests.
        (True, True, BEGAN, BEGAN),
    ],
    ids=["the very first try", "a retry", "the first try after a clear", "a first try that seems to be a retry"],
)
def test_the_time_tells_in_the_very_first_try_and_in_a_retry(
    is_first: bool, is_retry: bool, nothing_before: float | None, since: float | None
) -> None:
    attempt = replace(TIMED, is_first=is_first, is_retry=is_retry)
    assert (attempt.nothing_before, attempt.since) == (nothing_before, since)


def test_a_stop_by_a_kill_has_an_id_where_a_kill_stops_the_job() -> None:
    assert replace(PLAIN, owns_job=True, stopped_by_kill=True).kill_id == next(IDENTITY.series("on_kill"))
    assert replace(TIMED, owns_job=True, is_retry=True).kill_id is None


def test_jobs_from_before_a_clear_have_ids_of_older_generations() -> None:
    older = replace(PLAIN, owns_job=True).ids_before_clears
    assert {next(replace(IDENTITY, generation=number).series("run")) for number in (0, 1)} <= older
    assert not older & set(PLAIN.ids)
    assert not replace(PLAIN, identity=replace(IDENTITY, generation=0), owns_job=True).ids_before_clears
    # Where it may be retried, the generation of the very first try is none that a clear has made.
    assert not replace(PLAIN, owns_job=True, is_first=True).ids_before_clears
