"""What DLI's refusals are, told by their codes: their statuses say 400 to nearly everything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.api import code_of, explain, meant_status
from airflow_provider_dli.dli.endpoints import flink_jobs
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Answer

KINDS: list[tuple[int, str, type[errors.RestError]]] = [
    (400, "DLI.0001", errors.BadRequest),
    (400, "DLI.0002", errors.NotFound),
    (400, "DLI.0003", errors.BadRequest),
    (400, "DLI.0006", errors.Conflict),
    (400, "DLI.0007", errors.BadRequest),
    (400, "DLI.0012", errors.ServerError),
    (400, "DLI.0013", errors.NotAuthenticated),
    (401, "DLI.0014", errors.NotAuthenticated),
    (400, "DLI.0015", errors.NotAuthenticated),
    (400, "DLI.0016", errors.NotAuthenticated),
    (400, "DLI.0019", errors.ServerError),
    (404, "DLI.0023", errors.NotFound),
    (400, "DLI.0100", errors.BadRequest),
    (400, "DLI.0999", errors.ServerError),
    (400, "DLI.10001", errors.ServerError),
    (400, "DLI.12004", errors.NotFound),
    (400, "DLI.13024", errors.BadRequest),
    (400, "DLI.16001", errors.NotFound),
    (200, "DLI.0001", errors.BadRequest),
    (200, "DLI.16001", errors.NotFound),
    (404, "APIGW.0101", errors.NotFound),
    (413, "APIGW.0201", errors.Refused),
    (401, "APIGW.0301", errors.NotAuthenticated),
    (403, "APIGW.0302", errors.Forbidden),
    (429, "APIGW.0308", errors.TooManyRequests),
    (400, "APIG.0308", errors.TooManyRequests),
    (500, "DLI.77777", errors.ServerError),
]


def answered(body: Any, status: int = 200, content: str = "application/json") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {"content-type": content}, raw)


def refused(answer: Answer) -> errors.RestError:
    with pytest.raises(errors.RestError) as caught:
        read(flink_jobs.detail(1), "https://dli.example.com", answer)
    return caught.value


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(("status", "code", "kind"), KINDS)
def test_a_code_has_a_kind(status: int, code: str, kind: type[errors.RestError], several: bool) -> None:
    body = {"error_code": code, "error_msg": "没有。"}
    error = refused(answered([body] if several else body, status))
    assert (type(error), error.status, code_of(error.answer)) == (kind, status, code)
    assert error.what == f"The server answered {status}: {code}: 没有。"


@pytest.mark.parametrize("flag", [False, "false"])
def test_a_success_that_denies_itself(flag: Any) -> None:
    error = refused(answered({"is_success": flag, "message": "No."}))
    assert (type(error), code_of(error.answer)) == (errors.BadRequest, "")
    assert error.what == "The server answered 200: No"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, errors.NotAuthenticated), (404, errors.Intercepted), (502, errors.ServerError), (504, errors.ServerError)],
)
def test_a_proxy_speaks(status: int, kind: type[errors.RestError]) -> None:
    error = refused(answered(b"<html>...</html>", status, "text/html"))
    assert type(error) is kind
    assert "an HTML page, which is not from the API itself" in error.what
    assert type(refused(answered(b"", status))) is kind


def test_iam_speaks() -> None:
    error = refused(answered({"error": {"code": 401, "message": "Expired.", "title": "Unauthorized"}}, 401))
    assert (type(error), error.what) == (errors.NotAuthenticated, "The server answered 401: 401: Expired")


@pytest.mark.parametrize("flag", [True, "true", None])
def test_a_success(flag: Any) -> None:
    told = {"job_detail": {"job_id": 1, "status": "job_init"}} | ({} if flag is None else {"is_success": flag})
    answer = answered(told)
    assert meant_status(answer) == 200
    assert read(flink_jobs.detail(1), "https://dli.example.com", answer).job_detail.status == "job_init"


def test_a_success_is_not_shown() -> None:
    """It may hold what is secret, as a global variable's value."""
    error = refused(answered({"is_success": True, "value": "s3cr3t"}))
    assert type(error) is errors.UnexpectedAnswer
    assert "s3cr3t" not in str(error)
    assert explain(answered({"value": "s3cr3t"})) == "19 bytes"


def test_without_an_answer_there_is_no_code() -> None:
    assert code_of(None) == ""
    assert code_of(answered(b"<html>", 502)) == ""
