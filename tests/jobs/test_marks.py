"""Marks: what is written into Flink's configuration, and read back from what Flink shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_dli.jobs.flink import marks
from airflow_provider_dli.jobs.flink.marks import GLOBAL_JOB_PARAMETERS, Mark
from airflow_provider_dli.jobs.identity import Identity

PLAIN = Identity("dag", "run", "task")
#: Names as Airflow allows them, with all that Flink's format gives a meaning to.
AWKWARD = Identity("dag.a-b", "manual__2026-12-01T00:00:00+00:00 'x', \"y\": {z}; #1 %3A \\ ü\n", "group.task_1", 3)
#: Forms in which a user may give parameters, that both majors read.
FORMS = ["a:b", "a:b,c:d", "a: b", "a: b,c: d", "a: b, c: d", "'a:b,c',d:e", " a:b , c:d ", "a:b,"]
#: Forms that only a Flink with YAML reads.
YAML = ["{a: b}", "{a: b, c: 'd, e'}", "{}", "a: b\nc: d"]


def written(identity: Identity, given: str = "") -> str:
    return marks.configuration(identity, {GLOBAL_JOB_PARAMETERS: given} if given else {})[GLOBAL_JOB_PARAMETERS]


def pairs(text: str) -> dict[str, str]:
    """Read what has no quotes in it as Flink does."""
    return dict(pair.split(":") for pair in text.split(","))


@pytest.mark.parametrize("identity", [PLAIN, AWKWARD, replace(PLAIN, map_index=0)])
def test_a_mark_is_read_back_as_it_was_written(identity: Identity) -> None:
    mark = marks.read(pairs(written(identity)))
    expected = Mark(identity.dag_id, identity.run_id, identity.task_id, marks.hash_of(identity), identity.map_index)
    assert mark == expected
    assert mark.belongs_to(identity)
    assert not mark.belongs_to(replace(identity, map_index=identity.map_index + 1))


def test_what_a_user_gives_is_kept_and_not_changed() -> None:
    given = {GLOBAL_JOB_PARAMETERS: "region:eu,tier:gold", "parallelism.default": "2"}
    entries = marks.configuration(PLAIN, given)
    assert set(entries) == {GLOBAL_JOB_PARAMETERS}
    parameters = pairs(entries[GLOBAL_JOB_PARAMETERS])
    assert (parameters["region"], parameters["tier"]) == ("eu", "gold")
    assert marks.read(parameters)
    assert given == {GLOBAL_JOB_PARAMETERS: "region:eu,tier:gold", "parallelism.default": "2"}


def test_yaml_stays_yaml() -> None:
    import yaml

    for text in YAML:
        parameters = yaml.safe_load(written(AWKWARD, text))
        mark = marks.read(parameters)
        assert mark
        assert mark.belongs_to(AWKWARD)
        assert {key: value for key, value in parameters.items() if not key.startswith("airflow.")} == yaml.safe_load(
            text
        )


@pytest.mark.parametrize("text", ["{a: b # c\n}", "{a: b", "airflow.dag_id:x", "a:b,airflow.own:x"])
def test_what_cannot_be_extended_safely_is_left_alone(text: str) -> None:
    assert marks.configuration(PLAIN, {GLOBAL_JOB_PARAMETERS: text}) == {}


@pytest.mark.parametrize(
    "user_config",
    [
        None,
        {},
        {"region": "eu"},
        {"airflow.dag_id": "dag"},
        {**pairs(written(PLAIN)), "airflow.map_index": "x"},
        {**pairs(written(PLAIN)), "airflow.identity": ""},
    ],
)
def test_a_job_without_a_whole_mark_has_none(user_config: dict[str, str] | None) -> None:
    assert marks.read(user_config) is None


def test_a_mark_of_a_newer_version_is_read_all_the_same() -> None:
    assert marks.read({**pairs(written(PLAIN)), "airflow.colour": "red"})


def test_what_is_not_known_is_not_written() -> None:
    text = written(PLAIN)
    assert "on_kill" not in text
    entries = marks.configuration(PLAIN, {}, program_id="a" * 32, on_kill="cancel", wait_until="finished")
    mark = marks.read(pairs(entries[GLOBAL_JOB_PARAMETERS]))
    assert mark
    assert (mark.program_id, mark.on_kill, mark.wait_until) == ("a" * 32, "cancel", "finished")


def test_a_mark_names_its_task_for_people() -> None:
    mark = marks.read(pairs(written(AWKWARD)))
    assert str(mark) == f"task dag.a-b.group.task_1[3] of run {AWKWARD.run_id}"
    assert str(marks.read(pairs(written(PLAIN)))) == "task dag.task of run run"
