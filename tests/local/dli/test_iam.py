from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_dli.local.dli.iam.directory import AGENCY, CONTAINER_TOKEN, ID_TOKEN
from airflow_provider_dli.local.dli.switches import Switches
from tests.local.dli.client import DliClient

PROJECTS = "/v3/projects"
SECURITY_TOKENS = "/v3.0/OS-CREDENTIAL/securitytokens"


def iam_refusal(response: httpx.Response, status: int) -> str:
    """Return the sentence of a refusal in version 3's shape."""
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"error"}
    assert body["error"]["code"] == status
    assert body["error"]["title"]
    assert response.headers["X-Request-Id"]
    return str(body["error"]["message"])


def sts_refusal(response: httpx.Response, status: int) -> str:
    """Return the sentence of a refusal in version 5's shape."""
    body = response.json()
    assert response.status_code == status, body
    assert body["error_code"].startswith("IAM.")
    return str(body["error_msg"])


def seconds_until(written: str, dli: DliClient) -> float:
    moment = datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%f%z")
    return round(moment.timestamp() - dli.clock(), 3)


def is_let_in(dli: DliClient, **credentials: Any) -> bool:
    return dli.get(PROJECTS, **credentials).status_code == 200


class TestTokens:
    def body(self, dli: DliClient, scope: Any = None, **changes: Any) -> dict[str, Any]:
        settings = dli.settings
        user = {"name": settings.user, "password": settings.password, "domain": {"name": settings.domain}}
        identity = {"methods": ["password"], "password": {"user": {**user, **changes}}}
        return {"auth": {"identity": identity, "scope": scope}}

    def ask(self, dli: DliClient, body: Any, **more: Any) -> httpx.Response:
        return dli.post("/v3/auth/tokens", body, signed=False, **more)

    @pytest.mark.parametrize("scope", [{"name": "local-1"}, {"id": "0123456789abcdef0123456789abcdef"}])
    def test_one_for_a_project(self, dli: DliClient, scope: dict[str, str]) -> None:
        answer = self.ask(dli, self.body(dli, {"project": scope}))
        assert answer.status_code == 201
        told = answer.json()["token"]
        assert told["project"]["id"] == dli.settings.project_id
        assert told["project"]["domain"]["name"] == told["user"]["domain"]["name"] == dli.settings.domain
        assert seconds_until(told["expires_at"], dli) == 24 * 60 * 60
        assert {each["name"] for each in told["catalog"]} == {"dli", "iam"}

        token = answer.headers["X-Subject-Token"]
        assert len(token) > 1500
        assert token not in answer.text
        assert is_let_in(dli, token=token)

    def test_one_for_the_account(self, dli: DliClient) -> None:
        told = self.ask(dli, self.body(dli)).json()["token"]
        assert "project" not in told
        assert told["domain"]["name"] == dli.settings.domain

    def test_a_small_answer(self, dli: DliClient) -> None:
        assert "catalog" not in self.ask(dli, self.body(dli), query={"nocatalog": "true"}).json()["token"]

    @pytest.mark.parametrize("change", [{"password": "wrong"}, {"name": "nobody"}, {"domain": {"name": "elsewhere"}}])
    def test_a_wrong_password_or_user(self, dli: DliClient, change: dict[str, Any]) -> None:
        answer = self.ask(dli, self.body(dli, **change))
        assert iam_refusal(answer, 401) == "The username or password is wrong."
        assert "X-Subject-Token" not in answer.headers

    @pytest.mark.parametrize("scope", [{"name": "nowhere"}, {"id": "0"}, {}])
    def test_a_project_that_is_not_there(self, dli: DliClient, scope: dict[str, str]) -> None:
        assert "project" in iam_refusal(self.ask(dli, self.body(dli, {"project": scope})), 401)

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            "text",
            {},
            {"auth": None},
            {"auth": {"identity": []}},
            {"auth": {"identity": {"methods": ["token"]}}},
            {"auth": {"identity": {"methods": ["password"], "password": 1}}},
            {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": 1, "password": 2}}}}},
        ],
    )
    def test_what_cannot_be_meant(self, dli: DliClient, body: Any) -> None:
        assert "invalid" in iam_refusal(self.ask(dli, body), 400)

    def test_other_users_may_be_added_and_removed(self, dli: DliClient) -> None:
        user = {"name": "ada", "password": "analytical"}
        dli.post("/_emulator/iam/users", user)
        assert self.ask(dli, self.body(dli, **user)).status_code == 201
        assert dli.delete("/_emulator/iam/users/ada").status_code == 204
        assert self.ask(dli, self.body(dli, **user)).status_code == 401


class TestProjects:
    def names(self, dli: DliClient, **query: str) -> list[str]:
        return [each["name"] for each in dli.get(PROJECTS, query=query).json()["projects"]]

    def test_the_regions_project_has_its_name(self, dli: DliClient) -> None:
        (project,) = dli.get(PROJECTS, query={"name": dli.settings.region}).json()["projects"]
        assert (project["id"], project["enabled"]) == (dli.settings.project_id, True)

    def test_there_may_be_none_or_several(self, dli: DliClient) -> None:
        dli.post("/_emulator/iam/projects", {"name": "local-1_team"})
        dli.post("/_emulator/iam/projects", {"name": "local-1", "id": "second"})
        assert self.names(dli, name="elsewhere") == []
        assert self.names(dli, name="local-1") == ["local-1", "local-1"]
        assert self.names(dli, name="local-1_team") == ["local-1_team"]
        assert len(self.names(dli)) == 3

    def test_nobody_sees_them_without_credentials(self, dli: DliClient) -> None:
        assert dli.get(PROJECTS, signed=False).json()["error_code"] == "APIGW.0301"


class TestSecurityTokens:
    def ask(self, dli: DliClient, method: str, told: dict[str, Any], **more: Any) -> httpx.Response:
        return dli.post(SECURITY_TOKENS, {"auth": {"identity": {"methods": [method], method: told}}}, **more)

    def key(self, answer: httpx.Response) -> tuple[str, str, str]:
        assert answer.status_code == 201, answer.text
        credential = answer.json()["credential"]
        return credential["access"], credential["secret"], credential["securitytoken"]

    @pytest.mark.parametrize(("told", "seconds"), [({}, 900), ({"duration_seconds": 86400}, 86400)])
    def test_for_who_signs(self, dli: DliClient, told: dict[str, Any], seconds: int) -> None:
        answer = self.ask(dli, "token", told)
        assert seconds_until(answer.json()["credential"]["expires_at"], dli) == seconds
        assert is_let_in(dli, key=self.key(answer))

    def test_for_who_shows_a_token_in_header_or_body(self, dli: DliClient) -> None:
        body = TestTokens().body(dli)
        token = dli.post("/v3/auth/tokens", body, signed=False).headers["X-Subject-Token"]
        assert self.key(self.ask(dli, "token", {}, token=token))
        assert self.key(self.ask(dli, "token", {"id": token}, signed=False))
        dli.clock.advance(24 * 60 * 60)
        assert "authentication" in iam_refusal(self.ask(dli, "token", {"id": token}, signed=False), 401)

    @pytest.mark.parametrize("told", [{}, {"id": "nobody's"}, {"id": 1}])
    def test_not_for_others(self, dli: DliClient, told: dict[str, Any]) -> None:
        assert "authentication" in iam_refusal(self.ask(dli, "token", told, signed=False), 401)

    def test_an_agency_that_is_assumed(self, dli: DliClient) -> None:
        told = {"agency_name": AGENCY, "domain_name": dli.settings.domain, "duration_seconds": 3600}
        key = self.key(self.ask(dli, "assume_role", told))
        assert is_let_in(dli, key=key)
        assert dli.get("/_emulator/requests").json()["requests"][-1]["who"] == AGENCY

    @pytest.mark.parametrize("change", [{"agency_name": "none"}, {"domain_name": "none"}, {"domain_id": "none"}])
    def test_an_agency_that_is_not_there(self, dli: DliClient, change: dict[str, str]) -> None:
        told = {"agency_name": AGENCY, "domain_name": dli.settings.domain, **change}
        assert "agency" in iam_refusal(self.ask(dli, "assume_role", told), 404)

    def test_an_agency_needs_a_caller(self, dli: DliClient) -> None:
        told = {"agency_name": AGENCY, "domain_name": dli.settings.domain}
        assert "authentication" in iam_refusal(self.ask(dli, "assume_role", told, signed=False), 401)

    @pytest.mark.parametrize("seconds", [899, 86401, -1, "soon", True, 1.5, []])
    def test_a_duration_out_of_bounds(self, dli: DliClient, seconds: Any) -> None:
        assert "duration_seconds" in iam_refusal(self.ask(dli, "token", {"duration_seconds": seconds}), 400)

    @pytest.mark.parametrize("told", [{}, {"agency_name": AGENCY}, {"domain_name": "local-account"}])
    def test_an_agency_that_is_not_named(self, dli: DliClient, told: dict[str, str]) -> None:
        assert "assume_role needs" in iam_refusal(self.ask(dli, "assume_role", told), 400)

    def test_another_method(self, dli: DliClient) -> None:
        assert "methods" in iam_refusal(self.ask(dli, "password", {}), 400)


class TestAgencies:
    def told(self, dli: DliClient, **changes: Any) -> dict[str, Any]:
        agency = dli.store.kind("iam_agencies").get(AGENCY)
        assert agency
        return {"agency_urn": agency["urn"], "agency_session_name": "airflow", **changes}

    def assume(self, dli: DliClient, told: dict[str, Any], **more: Any) -> httpx.Response:
        return dli.post("/v5/agencies/assume", told, **more)

    def with_oidc(self, dli: DliClient, **changes: Any) -> httpx.Response:
        identity = {"provider_urn": "iam::x:oidcProvider:local", "id_token": ID_TOKEN}
        told = self.told(dli, **identity) | changes
        return dli.post("/v5/agencies/assume-with-oidc", told, signed=False)

    def key(self, answer: httpx.Response) -> tuple[str, str, str]:
        assert answer.status_code == 200, answer.text
        found = answer.json()["credentials"]
        return found["access_key_id"], found["secret_access_key"], found["security_token"]

    @pytest.mark.parametrize(("change", "seconds"), [({}, 3600), ({"duration_seconds": 43200}, 43200)])
    def test_one_is_assumed(self, dli: DliClient, change: dict[str, int], seconds: int) -> None:
        answer = self.assume(dli, self.told(dli, **change))
        assert seconds_until(answer.json()["credentials"]["expiration"], dli) == seconds
        assert is_let_in(dli, key=self.key(answer))

    def test_a_chain_of_them_gets_an_hour_at_most(self, dli: DliClient) -> None:
        key = self.key(self.assume(dli, self.told(dli)))
        assert self.key(self.assume(dli, self.told(dli), key=key))
        answer = self.assume(dli, self.told(dli, duration_seconds=3601), key=key)
        assert "3600" in sts_refusal(answer, 400)

    def test_it_is_assumed_with_an_identity_token(self, dli: DliClient) -> None:
        assert is_let_in(dli, key=self.key(self.with_oidc(dli)))

    def test_identity_tokens_change(self, dli: DliClient) -> None:
        dli.post("/_emulator/iam/oidc_tokens", {"token": "a/b.c", "expires_at": dli.clock() + 60})
        assert self.with_oidc(dli, id_token="a/b.c").status_code == 200
        dli.clock.advance(60)
        assert "id_token" in sts_refusal(self.with_oidc(dli, id_token="a/b.c"), 401)
        assert dli.delete(f"/_emulator/iam/oidc_tokens/{ID_TOKEN}").status_code == 204
        assert "id_token" in sts_refusal(self.with_oidc(dli), 401)

    @pytest.mark.parametrize(
        ("change", "status", "word"),
        [
            ({"agency_urn": None}, 400, "agency_urn"),
            ({"agency_urn": "iam::x:agency:none"}, 403, "iam::x:agency:none"),
            ({"agency_session_name": None}, 400, "agency_session_name"),
            ({"agency_session_name": "a b"}, 400, "agency_session_name"),
            ({"duration_seconds": 43201}, 400, "duration_seconds"),
        ],
    )
    def test_what_cannot_be_assumed(self, dli: DliClient, change: dict[str, Any], status: int, word: str) -> None:
        assert word in sts_refusal(self.assume(dli, self.told(dli, **change)), status)
        assert word in sts_refusal(self.with_oidc(dli, **change), status)

    @pytest.mark.parametrize(("change", "status"), [({"provider_urn": None}, 400), ({"id_token": None}, 401)])
    def test_an_identity_that_is_not_told(self, dli: DliClient, change: dict[str, Any], status: int) -> None:
        told = self.told(dli, provider_urn="iam::x:oidcProvider:local", id_token=ID_TOKEN) | change
        sts_refusal(dli.post("/v5/agencies/assume-with-oidc", told, signed=False), status)

    def test_nobody_assumes_without_credentials(self, dli: DliClient) -> None:
        answer = self.assume(dli, self.told(dli), signed=False)
        assert answer.json()["error_code"] == "APIGW.0301"


class TestMachine:
    KEY = "/openstack/latest/securitykey"
    TOKEN = "/meta-data/latest/api/token"

    def token(self, dli: DliClient, seconds: object = 21600) -> httpx.Response:
        return dli.put(self.TOKEN, headers={"X-Metadata-Token-Ttl-Seconds": str(seconds)}, signed=False)

    def key(self, dli: DliClient, token: str | None = None) -> httpx.Response:
        return dli.get(self.KEY, headers={"X-Metadata-Token": token} if token else {}, signed=False)

    def test_a_key_for_who_fetched_a_token(self, dli: DliClient) -> None:
        found = self.key(dli, self.token(dli).text).json()["credential"]
        assert seconds_until(found["expires_at"], dli) > 0
        assert is_let_in(dli, key=(found["access"], found["secret"], found["securitytoken"]))

    def test_no_key_without_a_token_or_after_it(self, dli: DliClient) -> None:
        assert "X-Metadata-Token" in iam_refusal(self.key(dli), 401)
        assert "X-Metadata-Token" in iam_refusal(self.key(dli, "made-up"), 401)
        token = self.token(dli, 60).text
        dli.clock.advance(60)
        assert "X-Metadata-Token" in iam_refusal(self.key(dli, token), 401)

    @pytest.mark.parametrize("seconds", ["0", "21601", "soon", ""])
    def test_a_token_for_too_long(self, dli: DliClient, seconds: str) -> None:
        assert "21600" in iam_refusal(self.token(dli, seconds), 400)

    def test_an_old_host_knows_no_tokens(self, tmp_path: Path) -> None:
        dli = DliClient(tmp_path, switches=Switches(metadata_is_old=True))
        iam_refusal(self.token(dli), 404)
        assert self.key(dli).json()["credential"]["securitytoken"]
        dli.close()

    def test_a_pod(self, dli: DliClient) -> None:
        headers = {"Authorization": CONTAINER_TOKEN}
        found = dli.post("/container/credentials", {}, headers=headers, signed=False).json()["credentials"]
        assert seconds_until(found["expiration"], dli) == 3600
        assert is_let_in(dli, key=(found["accessKeyId"], found["secretAccessKey"], found["securityToken"]))

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "made-up"}])
    def test_no_pod(self, dli: DliClient, headers: dict[str, str]) -> None:
        sts_refusal(dli.post("/container/credentials", {}, headers=headers, signed=False), 401)


class TestAdministration:
    @pytest.mark.parametrize(
        ("kind", "body", "status"),
        [
            ("keys", {"access": "A"}, 400),
            ("keys", [], 400),
            ("users", {"name": "x", "password": 1}, 400),
            ("x", {}, 404),
        ],
    )
    def test_what_cannot_be_added(self, dli: DliClient, kind: str, body: Any, status: int) -> None:
        assert dli.post(f"/_emulator/iam/{kind}", body).status_code == status

    def test_what_cannot_be_removed(self, dli: DliClient) -> None:
        assert dli.delete("/_emulator/iam/users/nobody").status_code == 404
        assert dli.delete("/_emulator/iam/nothing/nobody").status_code == 404

    def test_a_key_that_is_removed_is_no_longer_good(self, dli: DliClient) -> None:
        dli.post("/_emulator/iam/keys", {"access": "OTHER", "secret": "s"})
        assert is_let_in(dli, key=("OTHER", "s"))
        dli.delete("/_emulator/iam/keys/OTHER")
        assert not is_let_in(dli, key=("OTHER", "s"))

    def test_it_shows_no_secret(self, dli: DliClient) -> None:
        for kind in ("keys", "users"):
            assert dli.get(f"/_emulator/iam/{kind}").status_code in (404, 405)


def test_what_was_issued_is_good_after_a_restart(dli: DliClient, tmp_path: Path) -> None:
    key = TestSecurityTokens().key(TestSecurityTokens().ask(dli, "token", {}))
    token = dli.post("/v3/auth/tokens", TestTokens().body(dli), signed=False).headers["X-Subject-Token"]
    again = DliClient(dli.settings.folder)
    assert is_let_in(again, key=key)
    assert is_let_in(again, token=token)
    again.close()
