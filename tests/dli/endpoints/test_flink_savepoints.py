from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import sql_jobs
from airflow_provider_dli.dli.endpoints.flink_savepoints import import_savepoint, trigger
from airflow_provider_dli.rest.errors import BadRequest
from airflow_provider_dli.rest.request import Request
from tests.dli.endpoints.exchanges import answered, sent

PATH = "bucket/savepoints/"
BOTH = pytest.mark.parametrize("request_", [trigger(104, PATH), import_savepoint(104, PATH)], ids=str)


def passed_on(**inner: object) -> object:
    return {"is_success": True, "message": json.dumps(inner)}


def test_a_savepoint_is_triggered() -> None:
    request = trigger("104", PATH)
    assert (request.method, request.path) == ("POST", "/v1.0/{project_id}/streaming/jobs/104/savepoint")
    assert sent(request) == {"action": "TRIGGER", "savepoint_path": PATH}
    assert not request.repeatable


def test_an_import_names_the_job_twice() -> None:
    request = import_savepoint("104", PATH)
    assert request.path == "/v1.0/{project_id}/streaming/jobs/104/import-savepoint"
    assert sent(request) == {"job_id": 104, "savepoint_path": PATH}


def test_a_name_is_no_id() -> None:
    with pytest.raises(ValueError, match="'counts' is no id"):
        import_savepoint("counts", PATH)


@BOTH
def test_what_flink_answered_is_read(request_: Request[Any]) -> None:
    told = answered(request_, passed_on(is_success="true", message="api.msg.deal_savepoint_success"))
    assert told.message == {"is_success": "true", "message": "api.msg.deal_savepoint_success"}


@BOTH
@pytest.mark.parametrize("flag", [False, "false", "False"])
def test_that_flink_denies_it_is_a_refusal(request_: Request[Any], flag: object) -> None:
    with pytest.raises(BadRequest, match="checkpoint is running"):
        answered(request_, passed_on(is_success=flag, message="checkpoint is running"))


def test_a_refusal_that_is_passed_on_keeps_its_code() -> None:
    with pytest.raises(BadRequest, match=r"DLI\.0007: not now"):
        answered(trigger(104, PATH), passed_on(is_success=False, error_code="DLI.0007", error_msg="not now"))


@BOTH
@pytest.mark.parametrize("message", [None, "", "done", "{", "7", "[]", '{"done":1}', '{"is_success":'])
def test_any_other_message_is_none(request_: Request[Any], message: str | None) -> None:
    assert answered(request_, {"is_success": "true", "message": message}).is_success == "true"


def test_what_is_told_of_a_job_is_no_refusal() -> None:
    why = json.dumps({"is_success": "false", "message": "no such table"})
    status = {"is_success": True, "message": why, "job_id": "1", "status": "FAILED"}
    assert answered(sql_jobs.status("1"), status).message == why
