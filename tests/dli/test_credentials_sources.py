"""Where keys and tokens come from: what each source asks for, and what it makes of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.dli.credentials.agencies import AgencyKeys, TrustAgencyKeys, WorkloadKeys
from airflow_provider_dli.dli.credentials.environment import EnvironmentKeys, keys_of
from airflow_provider_dli.dli.credentials.machines import ContainerKeys, MachineKeys
from airflow_provider_dli.dli.credentials.sources import GivenKeys, GivenToken, PasswordToken
from airflow_provider_dli.dli.credentials.values import Credentials, Token
from airflow_provider_dli.dli.credentials.ways import Signed, WithToken
from airflow_provider_dli.rest.authentication import Anonymous
from airflow_provider_dli.rest.errors import Forbidden, NotAuthenticated, ServerError
from airflow_provider_dli.rest.request import Answer
from tests.dli.cloud import FINE, START, Cloud, answer, refused

IAM, STS, METADATA = "https://iam.example.com", "https://sts.example.com", "http://169.254.169.254"
END = "2027-01-15T08:00:00.500000Z"
V3 = answer({"credential": {"access": "AK", "secret": "SK", "securitytoken": "ST", "expires_at": END}}, 201)
V5 = answer(
    {"credentials": {"access_key_id": "AK", "secret_access_key": "SK", "security_token": "ST", "expiration": END}}
)
KEYS = Credentials("AK", "SK", "ST", START + 0.5)
GIVEN = GivenKeys(Credentials("PERMANENT", "SK"))


def asked(cloud: Cloud) -> list[str]:
    return [f"{each.request.method} {each.url}" for each in cloud.sent]


def body_of(cloud: Cloud, number: int = 0) -> Any:
    body = cloud.sent[number].body
    assert isinstance(body, bytes)
    return json.loads(body)


def test_what_is_given_costs_nothing() -> None:
    cloud = Cloud([])
    assert cloud.run(GIVEN.fetch()) == GIVEN.credentials
    assert cloud.run(GivenToken(Token("t")).fetch()) == Token("t")
    assert not GIVEN.renews
    assert not GivenToken(Token("t")).renews


@pytest.mark.parametrize("scope", [{"name": "cn-north-4"}, {"id": "p1"}])
def test_a_password_gets_a_token(scope: dict[str, str]) -> None:
    told = {"token": {"expires_at": END, "project": {"id": "p1", "name": "cn-north-4"}}}
    cloud = Cloud([answer(told, 201, **{"x-subject-token": "t0ken"})])
    source = PasswordToken(IAM, "me", "pa55-s3cret", "account", scope)
    assert cloud.run(source.fetch()) == Token("t0ken", START + 0.5, "p1")
    assert asked(cloud) == [f"POST {IAM}/v3/auth/tokens?nocatalog=true"]
    assert body_of(cloud)["auth"]["scope"] == {"project": scope}
    assert "s3cret" not in repr(source)


def test_a_wrong_password_tells_what_to_check() -> None:
    wrong = answer({"error": {"code": 401, "message": "The username or password is wrong."}}, 401)
    way = WithToken(PasswordToken(IAM, "me", "pa55-s3cret", "account", {"name": "cn-north-4"}))
    with pytest.raises(NotAuthenticated) as caught:
        Cloud([wrong]).send(way)
    assert "The username or password is wrong" in str(caught.value)
    assert f"POST {IAM}/v3/auth/tokens" in str(caught.value)
    assert "Check the connection's login (IAM user), password, domain (account)" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("domain", "member"), [("account", "domain_name"), ("0123456789abcdef" * 2, "domain_id")])
def test_an_agency_is_assumed_by_keys(domain: str, member: str) -> None:
    cloud = Cloud([V3])
    assert cloud.run(AgencyKeys(IAM, Signed(GIVEN), "dli", domain, 900).fetch()) == KEYS
    assert asked(cloud) == [f"POST {IAM}/v3.0/OS-CREDENTIAL/securitytokens"]
    role = body_of(cloud)["auth"]["identity"]["assume_role"]
    assert role == {"agency_name": "dli", member: domain, "duration_seconds": 900}
    assert "Access=PERMANENT, SignedHeaders=content-type;host;x-sdk-date" in cloud.sent[0].headers["Authorization"]


def test_an_agency_is_assumed_by_a_token() -> None:
    cloud = Cloud([V3])
    cloud.run(AgencyKeys(IAM, WithToken(GivenToken(Token("t0ken"))), "dli", "account", 900).fetch())
    assert cloud.header("X-Auth-Token") == ["t0ken"]


def test_a_trust_agency_is_assumed() -> None:
    cloud = Cloud([V5])
    assert cloud.run(TrustAgencyKeys(STS, Signed(GIVEN), "urn", "airflow", 3600).fetch()) == KEYS
    assert asked(cloud) == [f"POST {STS}/v5/agencies/assume"]
    assert body_of(cloud) == {"agency_urn": "urn", "agency_session_name": "airflow", "duration_seconds": 3600}


def test_bad_keys_are_not_blamed_on_the_agency() -> None:
    cloud = Cloud([refused()])
    way = Signed(
        AgencyKeys(IAM, Signed(GIVEN, cloud.clock, cloud.clock), "dli", "account", 900), cloud.clock, cloud.clock
    )
    texts = []
    for _ in range(3):
        with pytest.raises(NotAuthenticated) as caught:
            cloud.send(way)
        texts.append(str(caught.value))
    assert len(cloud.sent) == 1
    assert all("Check the connection's login (access key)" in text for text in texts)
    assert not any("agency_name" in text for text in texts)


def test_an_agency_that_may_not_be_assumed() -> None:
    cloud = Cloud([answer({"error": {"code": 403, "message": "You are not authorized"}}, 403)])
    with pytest.raises(Forbidden) as caught:
        cloud.send(Signed(AgencyKeys(IAM, Signed(GIVEN), "dli", "account", 900)))
    assert str(caught.value).endswith("and that the login may act through agencies.")


def test_an_identity_token_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    source = WorkloadKeys(STS, "provider", "urn", "airflow", str(file), 3600)
    cloud = Cloud([V5])
    for token in ("one", "two\n"):
        file.write_text(token)
        assert cloud.run(source.fetch()) == KEYS
    assert [body_of(cloud, number)["id_token"] for number in (0, 1)] == ["one", "two"]
    assert asked(cloud) == [f"POST {STS}/v5/agencies/assume-with-oidc"] * 2
    assert cloud.header("Authorization") == [None, None]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "Cannot read the token in {}: No such file or directory."),
        (b"", "{} holds no token: it is empty."),
        (b" \n", "{} holds no token: it is empty."),
        (b"\xff\xfe", "{} holds no token: it is no text."),
    ],
)
def test_there_is_no_identity_token(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    cloud = Cloud([V5])
    with pytest.raises(ValueError, match="token") as caught:
        cloud.send(Signed(WorkloadKeys(STS, "provider", "urn", "airflow", str(file), 3600)))
    assert str(caught.value) == told.format(file)
    assert not cloud.sent


def test_a_machine_hands_out_its_keys() -> None:
    cloud = Cloud([Answer(200, {}, b"session\n"), V3])
    cloud.replies[1] = answer(V3.json())
    assert cloud.run(MachineKeys(METADATA).fetch()) == KEYS
    assert asked(cloud) == [
        f"PUT {METADATA}/meta-data/latest/api/token",
        f"GET {METADATA}/openstack/latest/securitykey",
    ]
    assert cloud.header("X-Metadata-Token-Ttl-Seconds") == ["21600", None]
    assert cloud.header("X-Metadata-Token") == [None, "session"]


@pytest.mark.parametrize("status", [404, 405, 503])
def test_an_old_host_knows_no_sessions(status: int) -> None:
    cloud = Cloud([Answer(status, {}, b""), answer(V3.json())])
    assert cloud.run(MachineKeys(METADATA).fetch()) == KEYS
    assert cloud.header("X-Metadata-Token") == [None, None]


def test_other_failures_of_a_host_are_not_hidden() -> None:
    with pytest.raises(ServerError):
        Cloud([Answer(500, {}, b"")]).run(MachineKeys(METADATA).fetch())


def test_a_machine_without_an_agency() -> None:
    with pytest.raises(Exception, match="Only machines of Huawei Cloud's ECS that have an agency give out keys"):
        Cloud([Answer(200, {}, b"session"), Answer(404, {}, b"")]).send(Signed(MachineKeys(METADATA)))


def test_a_container_is_handed_its_keys(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("pod-token\n")
    keys = {"accessKeyId": "AK", "secretAccessKey": "SK", "securityToken": "ST", "expiration": END}
    cloud = Cloud([answer({"credentials": keys})])
    source = ContainerKeys("http://169.254.170.23/v1/credentials", str(file))
    assert cloud.run(source.fetch()) == KEYS
    assert asked(cloud) == ["POST http://169.254.170.23/v1/credentials"]
    assert cloud.header("Authorization") == ["pod-token"]
    assert cloud.sent[0].body == b"{}"


def test_the_environment() -> None:
    names = {"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "SK"}
    assert keys_of(names) == EnvironmentKeys(Credentials("AK", "SK"))
    with_token = {**names, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "ST"}
    assert keys_of(with_token).credentials == Credentials("AK", "SK", "ST")
    with pytest.raises(ValueError, match="needs HUAWEICLOUD_SDK_SK in the environment"):
        keys_of({"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": ""})
    with pytest.raises(ValueError, match="needs HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK"):
        keys_of({})


def test_temporary_keys_sign_with_their_security_token() -> None:
    cloud = Cloud([V5, FINE])
    cloud.send(Signed(TrustAgencyKeys(STS, Anonymous(), "urn", "airflow", 3600)))
    assert cloud.header("X-Security-Token") == [None, "ST"]
