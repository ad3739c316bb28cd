"""The newest state that the jobs of a task instance have left: where it is looked for, and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.jobs.flink.remains import FlinkRemains
from airflow_provider_dli.jobs.identity import Identity
from airflow_provider_dli.jobs.latest import Candidates, find_latest, find_left_by
from airflow_provider_dli.jobs.object_store import Found
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.patience import Patience, patiently
from tests.jobs.script import (
    CHECKPOINTS,
    DETAIL,
    GONE,
    NO_JOB,
    OVERVIEW,
    START,
    Script,
    checkpoint,
    detail,
    history,
    row,
    savepoint,
)

SETTINGS_OF_CLUSTER = "GET /jobmanager/config"
DIRECTORY = "s3://bucket/checkpoints"
GENERATIONS = [Identity("dag", "run", "task", generation=str(number)) for number in (2, 1, 0)]
CLEARED = Attempt(GENERATIONS[0], "run", earlier=tuple(GENERATIONS[1:]))
NOW, BEFORE, AT_FIRST = Candidates.of(CLEARED, tries=1).generations


class Store:
    """An object store with some files in it; notes which folder was opened, and what was looked at."""

    def __init__(self, found: Mapping[str, float] | Exception | None = None) -> None:
        self.found = found or {}
        self.opened: list[str] = []
        self.looked: list[str] = []

    def open(self, directory: str) -> Store:
        self.opened.append(directory)
        return self

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        self.looked.append(path)
        if isinstance(self.found, Exception):
            raise self.found
        return [Found(one, at) for one, at in self.found.items() if one.startswith(f"{path}/")]


def script(*jobs: dict[str, Any], **settings: str) -> Script:
    given = settings or {"state.checkpoints.dir": DIRECTORY}
    entries = [{"key": key, "value": value} for key, value in given.items()]
    return Script().jobs(list(jobs) or GONE).on(SETTINGS_OF_CLUSTER, entries)


def remains(one: Script, settings: Mapping[str, str] | None = None) -> FlinkRemains:
    return FlinkRemains(one.backend, settings or {})


def latest(
    one: Script, store: Store, *, tries: int = 2, settings: Mapping[str, str] | None = None, noted: str | None = None
) -> str | None:
    candidates = Candidates.of(CLEARED, tries)
    return one.run(find_latest(one.backend, remains(one, settings), store.open, candidates, noted))


def dropped(number: int) -> dict[str, Any]:
    return {**checkpoint(number), "discarded": True}


def test_the_first_try_starts_without_state() -> None:
    one, store = script(), Store()
    assert latest(one, store, tries=1) is None
    assert one.told == ["No checkpoint or savepoint of this task's jobs was found: starting without state."]
    assert one.sent == [OVERVIEW, SETTINGS_OF_CLUSTER]


def test_a_retry_that_finds_nothing_is_told_where_it_has_looked() -> None:
    one = script()
    assert latest(one, Store(), tries=2) is None
    assert one.told[0] == f"No checkpoint of this task's jobs lies in {DIRECTORY}, as this worker sees it."


def test_a_job_that_the_cluster_knows() -> None:
    one, store = script(row("FAILED", NOW[0])), Store()
    one.on(CHECKPOINTS, history(checkpoint(8), dropped(7)))
    assert latest(one, store) == "file:/checkpoints/8"
    assert one.told[-1].startswith(f"Starting from file:/checkpoints/8, which job {NOW[0]} completed ")
    assert one.told[-1].endswith(" s ago; it was found where the cluster tells of it.")
    assert (one.sent[-1], store.opened) == (CHECKPOINTS.replace(":id", NOW[0]), [])


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ((checkpoint(9), savepoint(8)), "file:/checkpoints/9"),
        ((dropped(9), savepoint(8)), "file:/savepoints/8"),
        ((checkpoint(9, "FAILED"), checkpoint(8, "IN_PROGRESS"), checkpoint(7)), "file:/checkpoints/7"),
        (({**checkpoint(9), "external_path": "<checkpoint-not-externally-addressable>"},), None),
        ((dropped(9), dropped(8)), None),
        ((), None),
    ],
)
def test_what_counts(made: Sequence[dict[str, Any]], path: str | None) -> None:
    one = script(row("FAILED", NOW[0])).on(CHECKPOINTS, history(*made))
    assert latest(one, Store()) == path


def test_a_job_without_state_leaves_that_of_the_one_before_it() -> None:
    one = script(row("FAILED", NOW[1]), row("FAILED", NOW[0]))
    one.on(CHECKPOINTS, history(), history(checkpoint(3)))
    assert latest(one, Store()) == "file:/checkpoints/3"


@pytest.mark.parametrize("skew", [0, -10, 10, -600, 600])
@pytest.mark.parametrize(("age", "pauses"), [(0, [3.1]), (3.0, [3.1]), (3.2, []), (3600, [])])
def test_a_job_that_has_just_ended_is_read_once_flink_shows_what_it_deleted(
    skew: float, age: float, pauses: list[float]
) -> None:
    """By the cluster's own clock, whatever Airflow's is."""
    ended, now = (int((START + skew + seconds) * 1000) for seconds in (0, age))
    one = script(row("FAILED", NOW[0], end=ended)).on(CHECKPOINTS, history(checkpoint(1)))
    one.on(DETAIL, {**detail("FAILED"), "now": now})
    assert latest(one, Store()) == "file:/checkpoints/1"
    assert one.pauses == pauses


def test_a_flink_that_does_not_give_its_time_is_waited_for() -> None:
    one = script(row("FAILED", NOW[0], end=int(START) * 1000)).on(CHECKPOINTS, history(checkpoint(1)))
    assert latest(one, Store()) == "file:/checkpoints/1"
    assert one.pauses == [3.1]


def test_a_job_that_is_forgotten_meanwhile() -> None:
    one = script().jobs(row("FAILED", NOW[0]), GONE).on(CHECKPOINTS, NO_JOB)
    assert latest(one, Store({f"{NOW[0]}/chk-2": START})) == f"{DIRECTORY}/{NOW[0]}/chk-2"


def test_a_forgotten_job_is_found_where_its_checkpoints_lie() -> None:
    one = script()
    store = Store({f"{NOW[0]}/chk-9": START, f"{NOW[1]}/chk-2": START + 1, f"{BEFORE[0]}/chk-90": START + 2})
    assert latest(one, store) == f"{DIRECTORY}/{NOW[1]}/chk-2"
    assert store.opened == [DIRECTORY]
    assert store.looked == NOW[:3]
    assert one.told[-1].endswith(f"it was found in {DIRECTORY}.")


def test_of_two_the_newer_one_and_not_the_higher_number() -> None:
    """A job that was started anew under the same id counts from 1."""
    store = Store({f"{NOW[0]}/chk-90": START, f"{NOW[0]}/chk-3": START + 1})
    assert latest(script(), store) == f"{DIRECTORY}/{NOW[0]}/chk-3"


def test_a_cleared_task_goes_on_from_what_was_before() -> None:
    one = script(row("FAILED", BEFORE[1]), row("FAILED", AT_FIRST[0])).on(CHECKPOINTS, history(checkpoint(5)))
    store = Store()
    assert latest(one, store, tries=3) == "file:/checkpoints/5"
    assert one.count(CHECKPOINTS) == 1
    assert store.looked == NOW[:4]


def test_a_cleared_task_of_forgotten_jobs() -> None:
    store = Store({f"{AT_FIRST[0]}/chk-5": START})
    assert latest(script(), store) == f"{DIRECTORY}/{AT_FIRST[0]}/chk-5"
    assert store.looked == [*NOW[:3], *BEFORE[:3], *AT_FIRST[:3]]


def test_what_lies_there_of_this_generation_is_newer_than_what_is_told_of_the_one_before() -> None:
    one = script(row("CANCELED", BEFORE[0])).on(CHECKPOINTS, history(checkpoint(5)))
    assert latest(one, Store({f"{NOW[0]}/chk-1": START})) == f"{DIRECTORY}/{NOW[0]}/chk-1"


@pytest.mark.parametrize(
    ("settings", "given", "directory"),
    [
        ({"state.checkpoints.dir": "file:///a/b/"}, {}, "file:///a/b"),
        ({"state.checkpoints.dir": "file:/a/b"}, {}, "file:///a/b"),
        ({"state.checkpoints.dir": "/a/b"}, {}, "file:///a/b"),
        ({"state.checkpoints.dir": "hdfs://name/a"}, {}, "hdfs://name/a"),
        ({"execution.checkpointing.dir": "s3://new", "state.checkpoints.dir": "s3://old"}, {}, "s3://new"),
        ({"state.checkpoints.dir": "s3://cluster"}, {"execution.checkpointing.dir": "s3://job"}, "s3://job"),
        ({"state.checkpoints.dir": "s3://cluster"}, {"state.checkpoints.dir": "s3://job"}, "s3://job"),
        ({"execution.checkpointing.dir": "s3://cluster"}, {"state.checkpoints.dir": "s3://job"}, "s3://job"),
    ],
)
def test_where_checkpoints_lie(settings: dict[str, str], given: dict[str, str], directory: str) -> None:
    one = script(**settings)
    assert one.run(remains(one, given).directory()) == directory


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (
            {"rest.port": "1"},
            "neither flink_configuration nor the cluster's settings have execution.checkpointing.dir.",
        ),
        (
            {"state.checkpoints.dir": "s3://a", "state.checkpoints.create-subdir": "false"},
            "with state.checkpoints.create-subdir=false, checkpoints do not tell whose they are.",
        ),
    ],
)
def test_no_folder_is_known(settings: dict[str, str], why: str) -> None:
    one, store = script(**settings), Store()
    assert latest(one, store) is None
    assert not store.opened
    assert one.told[0] == f"The state of jobs that the cluster has forgotten cannot be looked for: {why}"


@pytest.mark.parametrize("tries", [1, 2])
def test_a_folder_that_cannot_be_opened_is_told_of_once(tries: int) -> None:
    one, store = script(), Store(ValueError("no such scheme: s3"))
    assert latest(one, store, tries=tries) is None
    assert one.told == [
        "The state of jobs that the cluster has forgotten cannot be looked for: no such scheme: s3",
        "No checkpoint or savepoint of this task's jobs was found: starting without state.",
    ]
    assert len(store.looked) == 1


def test_settings_that_nobody_may_see_are_told_of() -> None:
    one = script().on(SETTINGS_OF_CLUSTER, NO_JOB)
    assert latest(one, Store()) is None
    assert one.told[0].startswith("The state of jobs that the cluster has forgotten cannot be looked for: ")


def test_a_store_that_does_not_answer_fails_a_retry_that_would_lose_its_state() -> None:
    trouble = BackendTrouble("Connection reset")
    with pytest.raises(BackendTrouble, match="Connection reset"):
        latest(script(), Store(trouble), tries=2)
    assert latest(script(), Store(trouble), tries=1) is None
    told = script(row("FAILED", BEFORE[0])).on(CHECKPOINTS, history(checkpoint(1)))
    assert latest(told, Store(trouble), tries=2) == "file:/checkpoints/1"


def test_a_cluster_that_does_not_answer() -> None:
    one = script().on(OVERVIEW, NotReachable)
    with pytest.raises(BackendTrouble, match="The state to start from could not be looked for: Something broke"):
        one.run(patiently(_flow(one), Patience(0)))


def _flow(one: Script) -> Any:
    return find_latest(one.backend, remains(one), Store().open, Candidates.of(CLEARED, 2))


def test_a_savepoint_that_an_earlier_try_has_noted_comes_last() -> None:
    one = script()
    assert latest(one, Store(ValueError("no such scheme")), noted="s3://savepoints/1") == "s3://savepoints/1"
    assert one.told[-1] == "Starting from s3://savepoints/1, the savepoint that an earlier try has noted."
    assert latest(script(), Store({f"{NOW[0]}/chk-1": START}), noted="s3://savepoints/1").endswith("chk-1")  # type: ignore[union-attr]


def test_the_candidates_are_the_first_ids_of_each_generation() -> None:
    candidates = Candidates.of(CLEARED, 1)
    assert {len(ids) for ids in candidates.generations} == {20}
    assert [ids[0] for ids in candidates.generations] == [next(one.series("run")) for one in GENERATIONS]


def test_what_a_single_job_has_left() -> None:
    one = script(row("FAILED", NOW[0])).on(CHECKPOINTS, history(checkpoint(8)))
    kept = one.run(find_left_by(one.backend, remains(one), Store().open, NOW[0]))
    assert kept is not None
    assert kept.path == "file:/checkpoints/8"
    store = Store({f"{NOW[0]}/chk-4": time.time() - 60})
    kept = script().run(find_left_by(one.backend, remains(script()), store.open, NOW[1]))
    assert kept is None
    kept = script().run(find_left_by(one.backend, remains(script()), store.open, NOW[0]))
    assert str(kept).startswith(f"{DIRECTORY}/{NOW[0]}/chk-4, which job {NOW[0]} completed 6")
    without = script(**{"rest.port": "1"})
    with pytest.raises(ValueError, match="neither flink_configuration nor"):
        without.run(find_left_by(without.backend, remains(without), store.open, NOW[0]))
