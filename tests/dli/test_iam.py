"""What IAM, STS and machines are asked, and how their answers are read; no answer's secret is ever shown."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from airflow_provider_dli.dli.iam.api import IAM, METADATA, STS
from airflow_provider_dli.dli.iam.keys import assume_agency, assume_agency_with_oidc, assume_role, read_keys
from airflow_provider_dli.dli.iam.machine import container_keys, keys_in, session_of
from airflow_provider_dli.dli.iam.projects import Project, list_projects
from airflow_provider_dli.dli.iam.tokens import create_token
from airflow_provider_dli.rest.errors import BadRequest, NotAuthenticated, RestError, UnexpectedAnswer
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.request import Request
from tests.dli.cloud import answer

IAM_ADDRESS = "https://iam.example.com"
TOKEN = create_token("me", "pa55-s3cret", "account", {"name": "cn-north-4"})


def body_of(request: Request[Any]) -> Any:
    return json.loads(request.json or b"null")


def test_the_operations() -> None:
    operations = [each.availability.operation for api in (IAM, STS, METADATA) for each in api.endpoints]
    assert sorted(operations) == [
        "GET /openstack/latest/securitykey",
        "GET /v3/projects",
        "POST /v3.0/OS-CREDENTIAL/securitytokens",
        "POST /v3/auth/tokens",
        "POST /v5/agencies/assume",
        "POST /v5/agencies/assume-with-oidc",
        "PUT /meta-data/latest/api/token",
    ]


def test_a_token_is_asked_for() -> None:
    assert (TOKEN.method, TOKEN.path, TOKEN.query) == ("POST", "/v3/auth/tokens", (("nocatalog", "true"),))
    user = {"name": "me", "password": "pa55-s3cret", "domain": {"name": "account"}}
    assert body_of(TOKEN) == {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "cn-north-4"}},
        }
    }
    assert "s3cret" not in repr(TOKEN)


def test_a_token_is_read() -> None:
    told = {"token": {"expires_at": "2019-02-13T06:52:13.855000Z", "project": {"id": "p1", "name": "cn-north-4"}}}
    issued = read(TOKEN, IAM_ADDRESS, answer(told, 201, **{"x-subject-token": "t0ken"}))
    assert issued.value == "t0ken"
    assert issued.expires_at
    assert issued.expires_at.timestamp() == 1550040733.855
    assert issued.project
    assert issued.project.id == "p1"
    assert "t0ken" not in repr(issued)


def test_a_token_for_a_whole_account_has_no_project() -> None:
    told = {"token": {"domain": {"id": "d"}}}
    issued = read(TOKEN, IAM_ADDRESS, answer(told, 201, **{"x-subject-token": "t0ken"}))
    assert (issued.project, issued.expires_at) == (None, None)


def test_an_agency_is_assumed() -> None:
    by_name = assume_role("dli", domain_name="other", duration_seconds=900)
    role = {"agency_name": "dli", "domain_name": "other", "duration_seconds": 900}
    assert body_of(by_name) == {"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}}
    by_id = body_of(assume_role("dli", domain_id="0" * 32))["auth"]["identity"]["assume_role"]
    assert by_id == {"agency_name": "dli", "domain_id": "0" * 32}


def test_a_trust_agency_is_assumed() -> None:
    asked = {"agency_urn": "urn", "agency_session_name": "airflow"}
    assert body_of(assume_agency("urn", "airflow")) == asked
    workload = assume_agency_with_oidc("provider", "urn", "airflow", "id-s3cret", duration_seconds=1000)
    assert body_of(workload) == {
        **asked,
        "provider_urn": "provider",
        "id_token": "id-s3cret",
        "duration_seconds": 1000,
    }
    assert "s3cret" not in repr(workload)


END = "2020-01-08T03:50:07.574000Z"


@pytest.mark.parametrize(
    "told",
    [
        {"credential": {"access": "AK", "secret": "s3cret", "securitytoken": "t0ken", "expires_at": END}},
        {
            "credentials": {
                "access_key_id": "AK",
                "secret_access_key": "s3cret",
                "security_token": "t0ken",
                "expiration": END,
            },
            "assumed_agency": {"urn": "urn"},
        },
        {
            "credentials": {
                "accessKeyId": "AK",
                "secretAccessKey": "s3cret",
                "securityToken": "t0ken",
                "expiration": END,
            },
            "subject": {"namespace": ""},
        },
    ],
    ids=["IAM and machines", "STS", "containers"],
)
def test_keys_are_read_however_they_are_spelled(told: Any) -> None:
    keys = read_keys(answer(told))
    assert (keys.access_key, keys.secret_key, keys.security_token) == ("AK", "s3cret", "t0ken")
    assert keys.expires_at
    assert keys.expires_at.timestamp() == 1578455407.574
    assert not {"s3cret", "t0ken"} & set(repr(keys).replace("'", " ").split())


def test_a_machine_is_asked() -> None:
    assert (session_of().method, session_of().path) == ("PUT", "/meta-data/latest/api/token")
    assert session_of().headers == (("X-Metadata-Token-Ttl-Seconds", "21600"),)
    assert keys_in("session").headers == (("X-Metadata-Token", "session"),)
    assert keys_in(None).headers == ()


def test_a_container_asks() -> None:
    address, request = container_keys("http://169.254.170.23:80/v1/credentials?a=b", "t0ken")
    assert address == "http://169.254.170.23:80"
    assert (request.method, request.path, request.json) == ("POST", "/v1/credentials?a=b", b"{}")
    assert request.headers == (("Authorization", "t0ken"),)
    assert "t0ken" not in repr(request)
    assert container_keys("http://localhost", "t")[1].path == "/"


def test_projects_are_listed() -> None:
    request = list_projects(name="cn-north-4")
    assert (request.method, request.path, request.query) == ("GET", "/v3/projects", (("name", "cn-north-4"),))
    told = {"projects": [{"id": "p1", "name": "cn-north-4", "enabled": True}], "links": {}}
    assert read(request, IAM_ADDRESS, answer(told)).projects == (Project(id="p1", name="cn-north-4", enabled=True),)


@pytest.mark.parametrize(
    ("told", "status", "kind", "said"),
    [
        ({"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}, 401,
         NotAuthenticated, "The server answered 401: 401: The username or password is wrong."),
        ({"error_code": "IAM.0001", "error_msg": "Not valid"}, 400, BadRequest,
         "The server answered 400: IAM.0001: Not valid"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_service_says(told: Any, status: int, kind: type[RestError], said: str) -> None:
    with pytest.raises(kind) as caught:
        read(TOKEN, IAM_ADDRESS, answer(told, status))
    assert caught.value.what == said.rstrip(".")


@pytest.mark.parametrize(
    ("request_", "told", "headers"),
    [
        (TOKEN, {"token": {"expires_at": "s3cret"}}, {"x-subject-token": "s3cret-token"}),
        (TOKEN, {"token": {"expires_at": None, "s3cret": "s3cret"}}, {}),
        (TOKEN, {"tokn": "s3cret"}, {"x-subject-token": "s3cret-token"}),
        (TOKEN, "s3cret", {"x-subject-token": "s3cret"}),
        (assume_role("dli"), {"credential": {"access": "AK", "secret": ["s3cret"]}}, {}),
        (assume_role("dli"), {"credential": {"secret": "s3cret", "securitytoken": "s3cret"}}, {}),
        (assume_agency("urn", "me"), {"credentials": {"secret_access_key": "s3cret"}}, {}),
        (keys_in("s"), {"credential": "s3cret"}, {}),
        (container_keys("http://localhost/x", "t")[1], {"secretAccessKey": "s3cret"}, {}),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_shown(request_: Request[Any], told: Any, headers: dict[str, str]) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read(request_, IAM_ADDRESS, answer(told, 201 if request_ is TOKEN else 200, **headers))
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    error: BaseException | None = caught.value
    while error:
        assert "s3cret" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
