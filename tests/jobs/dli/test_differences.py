"""What differs between a job and its definition, however either is written."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints.flink_job import Job
from airflow_provider_dli.jobs.dli.definition import JAR, SQL, Definition
from airflow_provider_dli.jobs.dli.differences import between
from tests.jobs.dli.script import seen

AS_TEXT = '[{"key": "a.b", "value": "1"}, {"key": "c", "value": "true"}]'


def differing(told: dict[str, Any], wanted: dict[str, Any], kind: str = JAR) -> list[str]:
    """Compare what DLI tells with what a person has written, on the way that both take."""
    at_job = {"queue_name", "main_class", "entrypoint_args", "sql_body", "desc", "run_mode"}
    config = {name: value for name, value in told.items() if name not in at_job}
    job = Job.model_validate(seen("job_init", **{k: told[k] for k in told.keys() & at_job}, job_config=config))
    return [str(one) for one in Definition(kind, "count", wanted).differing(job)]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"checkpoint_mode": "exactly_once"}, {"checkpoint_mode": 1}),
        ({"checkpoint_mode": "exactly_once"}, {"checkpoint_mode": "exactly_once"}),
        ({"checkpoint_mode": 1}, {"checkpoint_mode": "exactly_once"}),
        ({"checkpoint_mode": "2"}, {"checkpoint_mode": "at_least_once"}),
        ({"runtime_config": AS_TEXT}, {"runtime_config": {"a.b": 1, "c": True}}),
        ({"runtime_config": AS_TEXT}, {"runtime_config": {"c": "true", "a.b": "1"}}),
        ({"runtime_config": '{"a.b": "1", "c": "true"}'}, {"runtime_config": {"a.b": 1, "c": True}}),
        ({"runtime_config": AS_TEXT}, {"runtime_config": AS_TEXT.replace(" ", "")}),
        ({"runtime_config": "not JSON"}, {"runtime_config": "not JSON"}),
        ({"runtime_config": None}, {"runtime_config": {}}),
        ({"desc": None}, {"desc": ""}),
        ({"desc": ""}, {"desc": None}),
        ({"dependency_jars": None}, {"dependency_jars": []}),
        ({"dependency_jars": ["a", "b"]}, {"dependency_jars": ("a", "b")}),
        ({"log_enabled": None}, {"log_enabled": False}),
        ({"log_enabled": True}, {"log_enabled": True}),
        ({"cu_number": 2}, {"cu_number": "2"}),
        ({"cu_number": 2}, {"cu_number": 2}),
        (
            {"resource_config": {"taskmanager_resource_spec": {"cpu": 1.0, "memory": "4G"}}},
            {"resource_config": {"taskmanager_resource_spec": {"cpu": 1}}},
        ),
        ({"resource_config": {"max_slot": 1, "parallel_number": 2}}, {"resource_config": {"parallel_number": 2}}),
        ({"flink_log_config": '{"level": "INFO"}'}, {"flink_log_config": {"level": "INFO"}}),
        ({"queue_name": "q", "main_class": "Main"}, {"queue_name": "q", "main_class": "Main"}),
        ({"tm_cus": 3, "queue_name": "q"}, {}),
        ({"some_new_member": 3}, {"queue_name": None}),
    ],
    ids=str,
)
def test_equal(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert differing(told, wanted) == []


@pytest.mark.parametrize(
    ("told", "wanted", "said"),
    [
        ({"checkpoint_mode": "exactly_once"}, {"checkpoint_mode": 2}, "checkpoint_mode 'exactly_once' -> 2"),
        ({"cu_number": 2}, {"cu_number": 3}, "cu_number 2 -> 3"),
        ({"cu_number": None}, {"cu_number": 3}, "cu_number None -> 3"),
        ({"log_enabled": True}, {"log_enabled": False}, "log_enabled True -> False"),
        ({"log_enabled": None}, {"log_enabled": True}, "log_enabled None -> True"),
        ({"queue_name": "q"}, {"queue_name": "p"}, "queue_name 'q' -> 'p'"),
        ({"dependency_jars": ["a"]}, {"dependency_jars": ["a", "b"]}, "dependency_jars ('a',) -> ['a', 'b']"),
        ({"dependency_jars": ["a"]}, {"dependency_jars": []}, "dependency_jars ('a',) -> []"),
        (
            {"resource_config": {"max_slot": 1}},
            {"resource_config": {"max_slot": 2}},
            "resource_config {'max_slot': 1} -> {'max_slot': 2}",
        ),
        (
            {"resource_config": None},
            {"resource_config": {"max_slot": 2}},
            "resource_config None -> {'max_slot': 2}",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_different(told: dict[str, Any], wanted: dict[str, Any], said: str) -> None:
    assert differing(told, wanted) == [said]


@pytest.mark.parametrize(
    ("kind", "told", "wanted"),
    [
        (SQL, {"sql_body": "s3cr3t"}, {"sql_body": "SELECT 's3cr3t'"}),
        (JAR, {"entrypoint_args": "--key s3cr3t"}, {"entrypoint_args": "--key s3cr3t2"}),
        (JAR, {"runtime_config": AS_TEXT}, {"runtime_config": {"a.b": "s3cr3t"}}),
        (JAR, {"runtime_config": AS_TEXT}, {"runtime_config": {"a.b": "1"}}),
        (JAR, {"flink_log_config": None}, {"flink_log_config": {"key": "s3cr3t"}}),
    ],
    ids=str,
)
def test_what_may_hold_a_secret_is_not_shown(kind: str, told: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert differing(told, wanted, kind) == [*wanted]


def test_members_that_stand_at_either_place() -> None:
    job = Job.model_validate(seen("job_init", flink_version="1.15", image="i", job_config={"feature": "basic"}))
    wanted = {"flink_version": "1.15", "image": "i", "feature": "basic"}
    assert between(job, wanted) == []
    assert [one.member for one in between(job, {"image": "j", "feature": "ai"})] == ["image", "feature"]
