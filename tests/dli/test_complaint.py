"""What answers complain of, in all the shapes that they have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.complaint import complaint, says_no
from airflow_provider_dli.rest.request import Answer


def of(body: Any) -> tuple[str, str] | None:
    return complaint(Answer(400, {}, body if isinstance(body, bytes) else json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ({"error_code": "DLI.0001", "error_msg": " Bad name. "}, "DLI.0001", "Bad name."),
        ([{"error_code": "DLI.13024", "error_msg": "No queue."}], "DLI.13024", "No queue."),
        ([{"is_success": "true"}, {"error_code": "DLI.0001", "error_msg": "Bad."}], "DLI.0001", "Bad."),
        ([{"is_success": "true"}, {"is_success": "false", "message": "Bad."}], "", "Bad."),
        ({"error_code": "APIGW.0301", "error_msg": "Who?", "request_id": "r"}, "APIGW.0301", "Who?"),
        ({"error": {"code": 401, "message": "Who?", "title": "Unauthorized"}}, "401", "Who?"),
        ({"error": {"code": 401, "title": "Unauthorized"}}, "401", "Unauthorized"),
        ({"error_code": "IAM.0001", "error_msg": "Who?"}, "IAM.0001", "Who?"),
        ({"is_success": False, "message": "Bad SQL.", "error_code": "DLI.0004"}, "DLI.0004", "Bad SQL."),
        ({"is_success": False, "message": "Bad."}, "", "Bad."),
        ({"is_success": "false", "message": "Bad."}, "", "Bad."),
        ({"is_success": "False ", "message": ""}, "", "no further word"),
        ({"error_code": "DLI.0001"}, "DLI.0001", "no further word"),
        ({"is_success": True, "message": '{"is_success":"false","message":"Inner."}'}, "", "Inner."),
        ({"is_success": True, "message": '{"is_success":false}'}, "", "no further word"),
        ({"message": '{"is_success":"false","error_code":"DLI.9","error_msg":"Inner."}'}, "DLI.9", "Inner."),
    ],
    ids=str,
)
def test_a_complaint(body: Any, code: str, sentence: str) -> None:
    assert of(body) == (code, sentence)
    assert str(complaint(Answer(400, {}, json.dumps(body).encode()))) == (f"{code}: {sentence}" if code else sentence)


@pytest.mark.parametrize(
    "body",
    [
        {"is_success": "true", "message": ""},
        {"is_success": True},
        {"is_success": "TRUE"},
        {"is_success": None, "message": "Bad?"},
        {},
        [],
        [{"is_success": "true", "message": ""}] * 2,
        {"is_success": True, "message": '{"is_success":"true","message":"api.msg.deal_savepoint_success"}'},
        {"is_success": True, "message": '{"some":"JSON"}'},
        {"is_success": True, "message": "[1]"},
        {"is_success": True, "message": "{broken"},
        # What a job says, and not what became of the question.
        {"is_success": True, "status": "FAILED", "message": '{"is_success":"false","message":"x"}'},
        {"id": "1", "error": "text"},
        {"error_code": None, "error_code2": ""},
        "text",
        3,
        None,
        b"<html>502</html>",
        b"",
        b"\xff\xfe",
    ],
    ids=str,
)
def test_none(body: Any) -> None:
    assert of(body) is None


@pytest.mark.parametrize(
    ("flag", "no"),
    [(True, False), ("true", False), (" True ", False), (None, False), (False, True), ("false", True), ("no", True)],
)
def test_flags(flag: Any, no: bool) -> None:
    assert says_no(flag) is no
