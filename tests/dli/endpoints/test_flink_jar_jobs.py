from __future__ import annotations

import json
from inspect import signature

from airflow_provider_dli.dli.endpoints.flink_jar_jobs import create, update
from tests.dli.endpoints.exchanges import answered, sent


def test_a_job_is_its_jar() -> None:
    request = create(
        "counts", entrypoint="obs://bucket/counts.jar", main_class="demo.Count", dependency_jars=["obs://bucket/a.jar"]
    )
    assert (request.method, request.path) == ("POST", "/v1.0/{project_id}/streaming/flink-jobs")
    assert sent(request) == {
        "name": "counts",
        "entrypoint": "obs://bucket/counts.jar",
        "main_class": "demo.Count",
        "dependency_jars": ["obs://bucket/a.jar"],
    }


def test_a_job_takes_the_settings_that_sql_takes() -> None:
    spec = {"cpu": 1.0, "memory": "4G"}
    body = sent(
        create(
            "counts",
            checkpoint_mode="at_least_once",
            runtime_config={"a": "b"},
            tags={"team": "payments"},
            resource_config={"max_slot": 2, "jobmanager_resource_spec": {"cpu": 1.0, "memory": "4G"}},
        )
    )
    assert body["checkpoint_mode"] == 2
    assert json.loads(body["runtime_config"]) == [{"key": "a", "value": "b"}]
    assert body["tags"] == [{"key": "team", "value": "payments"}]
    assert body["resource_config"] == {"max_slot": 2, "jobmanager_resource_spec": spec}


def test_a_bare_true_is_a_success_as_well() -> None:
    assert answered(create("counts"), {"is_success": True, "message": "", "job": {"job_id": "7"}}).job.job_id == 7


def test_a_change_sends_what_is_given_alone() -> None:
    request = update("7", checkpoint_path="obs://bucket/a", resume_checkpoint=False)
    assert (request.method, request.path) == ("PUT", "/v1.0/{project_id}/streaming/flink-jobs/7")
    assert sent(request) == {"checkpoint_path": "obs://bucket/a", "resume_checkpoint": False}
    assert request.repeatable


def test_what_an_operation_takes_can_be_asked_for() -> None:
    parameters = signature(update).parameters
    assert next(iter(parameters)) == "job_id"
    assert parameters["cu_number"].default is None
    for name in ("job_id", "entrypoint", "cu_number"):
        assert f":param {name}:" in (update.__doc__ or "")
    assert (update.__doc__ or "").startswith("Change a Flink job of a jar.")
