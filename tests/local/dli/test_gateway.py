from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli import application
from airflow_provider_dli.local.dli.refusals import dli as refused
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.switches import Switches
from tests.local.dli.client import HOST, DliClient, signing_headers

PATH = "/v1.0/{project_id}/things"
INCORRECT = "Incorrect IAM authentication information: "


def things(_: Services) -> APIRouter:
    """A group of operations that tells what reached it."""
    router = APIRouter()

    async def tell(request: Request, project_id: str) -> dict[str, Any]:
        return {
            "user": request.state.caller.user,
            "project_id": project_id,
            "query": request.url.query,
            "size": len(await request.body()),
        }

    def refuse(project_id: str) -> None:
        raise refused("DLI.0001", "No.")

    def fail(project_id: str) -> None:
        raise RuntimeError("secret detail")

    def read(project_id: str, body: dict[str, Any]) -> None:
        pass

    router.add_api_route("/v1.0/{project_id}/things", tell, methods=["GET", "POST"])
    router.add_api_route("/v1.0/{project_id}/things/{name:path}", tell, methods=["GET"])
    router.add_api_route("/v1.0/{project_id}/refusals", refuse, methods=["GET"])
    router.add_api_route("/v1.0/{project_id}/failures", fail, methods=["GET"])
    router.add_api_route("/v1.0/{project_id}/readings", read, methods=["POST"])
    return router


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DliClient]]:
    group = application._group
    monkeypatch.setattr(application, "_group", lambda name: things if name == "things" else group(name))
    made: list[DliClient] = []

    def make(**switches: Any) -> DliClient:
        made.append(DliClient(tmp_path / str(len(made)), groups=("iam", "things"), switches=Switches(**switches)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def dli(make: Callable[..., DliClient]) -> DliClient:
    return make()


def refusal(response: httpx.Response, status: int, code: str) -> str:
    """Return the gateway's sentence, after a look at everything else."""
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"error_code", "error_msg", "request_id"}
    assert body["error_code"] == code
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", body["request_id"])
    return str(body["error_msg"])


def not_authenticated(response: httpx.Response) -> str:
    return refusal(response, 401, "APIGW.0301").removeprefix(INCORRECT)


def temporary_key(dli: DliClient, seconds: int = 900) -> tuple[str, str, str]:
    body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": seconds}}}}
    found = dli.post("/v3.0/OS-CREDENTIAL/securitytokens", body).json()["credential"]
    return found["access"], found["secret"], found["securitytoken"]


def token(dli: DliClient, scope: dict[str, Any] | None = None) -> str:
    settings = dli.settings
    user = {"name": settings.user, "password": settings.password, "domain": {"name": settings.domain}}
    identity = {"methods": ["password"], "password": {"user": user}}
    answer = dli.post("/v3/auth/tokens", {"auth": {"identity": identity, "scope": scope}}, signed=False)
    return answer.headers["X-Subject-Token"]


class TestSignatures:
    def test_who_signs_is_let_in_with_all_that_he_sent(self, dli: DliClient) -> None:
        answer = dli.post(PATH, {"a": 1}, query={"b c": "ä/+", "list": ["2", "1"], "flag": True})
        assert answer.json() == {
            "user": "local-user",
            "project_id": dli.settings.project_id,
            "query": "b%20c=%C3%A4%2F%2B&list=2&list=1&flag=true",
            "size": 8,
        }
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])

    @pytest.mark.parametrize("name", ["a%2Fb.jar", "100%2525", "%E9%98%9F%20x~y", "b/"])
    def test_the_path_counts_as_it_was_sent(self, dli: DliClient, name: str) -> None:
        assert dli.get(f"{PATH}/{name}").status_code == 200

    def test_what_is_uploaded_need_not_be_signed(self, dli: DliClient) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        assert dli.post(PATH, content=b"x" * 10, headers=headers).json()["size"] == 10

    @pytest.mark.parametrize("minutes", [-14, 14])
    def test_clocks_may_differ_a_little(self, dli: DliClient, minutes: int) -> None:
        request = httpx.Request("GET", f"http://{HOST}" + PATH.replace("{project_id}", dli.settings.project_id))
        headers = signing_headers(request, _key(dli), dli.clock() + minutes * 60)
        assert dli.get(PATH, headers=headers, signed=False).status_code == 200

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_clocks_must_not_differ_much(self, dli: DliClient, minutes: int) -> None:
        request = httpx.Request("GET", f"http://{HOST}" + PATH.replace("{project_id}", dli.settings.project_id))
        headers = signing_headers(request, _key(dli), dli.clock() + minutes * 60)
        assert "signature expired" in not_authenticated(dli.get(PATH, headers=headers, signed=False))

    def test_who_shows_nothing(self, dli: DliClient) -> None:
        assert not_authenticated(dli.get(PATH, signed=False)) == "x-auth-token not found"

    def test_a_key_that_is_not_there(self, dli: DliClient) -> None:
        assert not_authenticated(dli.get(PATH, key=("NOBODY", "x"))) == "ak NOBODY not exist"

    def test_a_wrong_secret(self, dli: DliClient) -> None:
        said = not_authenticated(dli.get(PATH, key=(dli.settings.access_key, "wrong")))
        assert said == "verify aksk signature fail"
        assert dli.settings.secret_key not in said

    def test_an_authorization_of_another_kind(self, dli: DliClient) -> None:
        answer = dli.get(PATH, headers={"Authorization": "Basic abc"}, signed=False)
        assert "no SDK-HMAC-SHA256 signature" in not_authenticated(answer)

    @pytest.mark.parametrize("date", [None, "2025-01-02T03:04:05Z", ""])
    def test_a_date_that_is_missing_or_none(self, dli: DliClient, date: str | None) -> None:
        signed = "SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=00"
        headers = {"Authorization": signed} | ({} if date is None else {"X-Sdk-Date": date})
        assert "x-sdk-date" in not_authenticated(dli.get(PATH, headers=headers, signed=False))

    def test_a_signed_header_that_is_not_there(self, dli: DliClient) -> None:
        url = f"http://{HOST}" + PATH.replace("{project_id}", dli.settings.project_id)
        headers = signing_headers(httpx.Request("GET", url), _key(dli), dli.clock(), {"X-More": "1"})
        del headers["X-More"]
        assert "x-more" in not_authenticated(dli.get(PATH, headers=headers, signed=False))

    def test_a_body_that_is_too_large(self, dli: DliClient) -> None:
        largest = 12 * 1024 * 1024
        assert dli.post(PATH, content=b" " * largest).json()["size"] == largest
        assert "too large" in refusal(dli.post(PATH, content=b" " * (largest + 1)), 413, "APIGW.0201")
        assert dli.post(PATH, content=b" " * (largest + 1), token=token(dli)).status_code == 200


def _key(dli: DliClient) -> tuple[str, str]:
    return dli.settings.access_key, dli.settings.secret_key


class TestLock:
    def test_five_wrong_signatures_lock_a_key_for_five_minutes(self, dli: DliClient) -> None:
        wrong = (dli.settings.access_key, "wrong")
        said = [not_authenticated(dli.get(PATH, key=wrong)) for _ in range(6)]
        assert said[:5] == ["verify aksk signature fail"] * 5
        assert said[5] == "AK access failed to reach the limit,forbidden"
        assert not_authenticated(dli.get(PATH)) == "AK access failed to reach the limit,forbidden"
        assert dli.get(PATH, token=token(dli)).status_code == 200

        dli.clock.advance(301)
        assert dli.get(PATH).status_code == 200

    def test_a_good_signature_wipes_the_slate(self, dli: DliClient) -> None:
        for _ in range(3):
            for _ in range(4):
                dli.get(PATH, key=(dli.settings.access_key, "wrong"))
            assert dli.get(PATH).status_code == 200

    def test_each_key_has_a_lock_of_its_own(self, dli: DliClient) -> None:
        other = temporary_key(dli)
        for _ in range(5):
            dli.get(PATH, key=(other[0], "wrong", other[2]))
        assert "limit" in not_authenticated(dli.get(PATH, key=other))
        assert dli.get(PATH).status_code == 200


class TestTemporaryKeys:
    def test_one_is_good_until_it_expires(self, dli: DliClient) -> None:
        key = temporary_key(dli)
        assert dli.get(PATH, key=key).status_code == 200
        dli.clock.advance(901)
        assert not_authenticated(dli.get(PATH, key=key)).startswith("security token expires")

    def test_without_its_security_token(self, dli: DliClient) -> None:
        access, secret, _ = temporary_key(dli)
        assert "x-security-token not found" in not_authenticated(dli.get(PATH, key=(access, secret)))

    def test_with_anothers_security_token(self, dli: DliClient) -> None:
        (access, secret, _), (*_, other) = temporary_key(dli), temporary_key(dli)
        assert "is not that of" in not_authenticated(dli.get(PATH, key=(access, secret, other)))

    def test_a_security_token_that_is_not_signed(self, dli: DliClient) -> None:
        access, secret, security_token = temporary_key(dli)
        url = f"http://{HOST}" + PATH.replace("{project_id}", dli.settings.project_id)
        headers = signing_headers(httpx.Request("GET", url), (access, secret), dli.clock())
        headers["X-Security-Token"] = security_token
        answer = dli.get(PATH, headers=headers, signed=False)
        assert not_authenticated(answer) == "x-security-token is not among the signed headers"

    def test_a_permanent_key_has_none(self, dli: DliClient) -> None:
        assert "permanent" in not_authenticated(dli.get(PATH, key=(*_key(dli), "token")))


class TestTokens:
    def test_one_is_good_until_it_expires(self, dli: DliClient) -> None:
        issued = token(dli, {"project": {"name": dli.settings.region}})
        assert dli.get(PATH, token=issued).json()["user"] == "local-user"
        dli.clock.advance(24 * 60 * 60)
        assert not_authenticated(dli.get(PATH, token=issued)).startswith("token expires")

    def test_one_that_nobody_issued(self, dli: DliClient) -> None:
        assert not_authenticated(dli.get(PATH, token="x" * 2000)) == "decrypt token fail"


class TestProjects:
    def test_a_path_with_another_project(self, dli: DliClient) -> None:
        answer = dli.get("/v1.0/ffffffffffffffffffffffffffffffff/things")
        assert "no project ffffffffffffffffffffffffffffffff" in refusal(answer, 403, "APIGW.0302")

    def test_a_token_for_another_project(self, dli: DliClient) -> None:
        dli.post("/_emulator/iam/projects", {"name": "local-1_team", "id": "team"})
        issued = token(dli, {"project": {"name": "local-1_team"}})
        said = refusal(dli.get(PATH, token=issued), 403, "APIGW.0302")
        assert "the token is for project team" in said

    def test_a_header_that_names_another_project(self, dli: DliClient) -> None:
        assert "X-Project-Id" in refusal(dli.get(PATH, headers={"X-Project-Id": "other"}), 403, "APIGW.0302")
        assert dli.get(PATH, headers={"X-Project-Id": dli.settings.project_id}).status_code == 200

    def test_a_project_header_that_is_not_signed(self, dli: DliClient) -> None:
        url = f"http://{HOST}" + PATH.replace("{project_id}", dli.settings.project_id)
        headers = signing_headers(httpx.Request("GET", url), _key(dli), dli.clock())
        headers["X-Project-Id"] = dli.settings.project_id
        assert "not among the signed" in not_authenticated(dli.get(PATH, headers=headers, signed=False))


class TestAnswers:
    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/v1.0/{project_id}/nothing"), ("DELETE", PATH), ("GET", "/x"), ("GET", "/v9")]
    )
    def test_what_is_not_there(self, dli: DliClient, method: str, path: str) -> None:
        for signed in (True, False):
            assert "does not exist" in refusal(dli.request(method, path, signed=signed), 404, "APIGW.0101")

    def test_an_operations_own_refusal_has_a_request_id_only_in_its_header(self, dli: DliClient) -> None:
        answer = dli.get("/v1.0/{project_id}/refusals")
        assert (answer.status_code, answer.json()) == (400, {"error_code": "DLI.0001", "error_msg": "No."})
        assert answer.headers["X-Request-Id"]

    @pytest.mark.parametrize("body", [b"{", b"[]", b""])
    def test_a_body_that_cannot_be_read_is_refused_as_dli_does(self, dli: DliClient, body: bytes) -> None:
        answer = dli.post("/v1.0/{project_id}/readings", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "DLI.0001")

    def test_a_fault_of_the_emulator_itself_is_told_as_one(self, dli: DliClient) -> None:
        dli.raises_failures(False)
        answer = dli.get("/v1.0/{project_id}/failures")
        assert (answer.status_code, answer.json()["error_code"]) == (500, "DLI.10001")
        assert "secret detail" not in answer.text

    @pytest.mark.parametrize(
        ("unless_asked", "asked", "is_chinese"),
        [
            (False, None, False),
            (False, "en-us", False),
            (False, "zh-cn", True),
            (True, None, True),
            (True, "en-us", False),
        ],
    )
    def test_its_language(
        self, make: Callable[..., DliClient], unless_asked: bool, asked: str | None, is_chinese: bool
    ) -> None:
        dli = make(speaks_chinese_unless_asked=unless_asked)
        headers = {"X-Language": asked} if asked else {}
        said = refusal(dli.get("/v9", headers=headers), 404, "APIGW.0101")
        assert said.isascii() is not is_chinese

    def test_the_log_of_requests_has_no_secret(self, dli: DliClient) -> None:
        issued = token(dli)
        dli.get(PATH, query={"limit": 1})
        dli.get(PATH, token=issued)
        rejected = dli.get(PATH, signed=False)
        log = dli.get("/_emulator/requests", signed=False)
        assert [(each["method"], each["status"], each["who"]) for each in log.json()["requests"]] == [
            ("POST", 201, None),
            ("GET", 200, "local-user"),
            ("GET", 200, "local-user"),
            ("GET", 401, None),
        ]
        assert log.json()["requests"][1]["query"] == "limit=1"
        assert log.json()["requests"][-1]["request_id"] == rejected.headers["X-Request-Id"]
        for secret in (issued, dli.settings.secret_key, dli.settings.password):
            assert secret not in log.text
