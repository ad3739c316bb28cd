from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.credentials.agencies import AgencyKeys, TrustAgencyKeys, WorkloadKeys
from airflow_provider_dli.dli.credentials.choice import WAYS
from airflow_provider_dli.dli.credentials.machines import ContainerKeys, MachineKeys
from airflow_provider_dli.dli.credentials.names import ASSUMING
from airflow_provider_dli.dli.credentials.sources import GivenKeys, GivenToken, PasswordToken
from airflow_provider_dli.dli.credentials.values import Credentials, Token
from airflow_provider_dli.dli.credentials.ways import PROJECT_OF_TOKEN, Signed, WithToken
from airflow_provider_dli.dli.iam.projects import Projects
from airflow_provider_dli.dli.regions import REGIONS, addresses_of
from airflow_provider_dli.hooks.dli_connection import (
    find_project_of,
    object_store_of,
    target_of,
    web_address_of,
)
from airflow_provider_dli.hooks.dli_fields import FIELDS
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.rest.target import Target, Tls
from tests.rest.simulation import Simulation

NORTH = addresses_of("cn-north-4")
ME = {"login": "AK", "password": "s3cret"}
NAMES = ("host", "port", "schema", "login", "password")


def dli(**members: Any) -> dict[str, Any]:
    """A connection in its JSON form, with keys; what Airflow has no field for goes into the extra."""
    members = {**ME, "region": "cn-north-4", **members}
    fields = {name: members.pop(name) for name in NAMES if name in members}
    return {
        "conn_type": "dli",
        **fields,
        "extra": {name: value for name, value in members.items() if value is not None},
    }


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def connection_of(monkeypatch: pytest.MonkeyPatch, value: str | dict[str, Any]) -> Any:
    monkeypatch.setenv("AIRFLOW_CONN_PROD", value if isinstance(value, str) else json.dumps(value))
    return FlinkHook.get_connection("prod")


def read(monkeypatch: pytest.MonkeyPatch, value: str | dict[str, Any]) -> Target:
    """Let Airflow read a connection from the environment, and return what we make of it."""
    connection = connection_of(monkeypatch, value)
    return target_of(connection, connection.extra_dejson)


def source_of(monkeypatch: pytest.MonkeyPatch, value: str | dict[str, Any]) -> Any:
    authentication = read(monkeypatch, value).authentication
    assert isinstance(authentication, Signed | WithToken)
    return authentication._source


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (dli(), NORTH.dli),
        (dli(host="dli.cn-north-4.myhuaweicloud.com", region=None), NORTH.dli),
        (dli(host="https://dli.cn-north-4.myhuaweicloud.com/", region=None), NORTH.dli),
        (dli(host="127.0.0.1", port=8090, schema="http", region="local-1"), "http://127.0.0.1:8090"),
        (dli(host="gate.example.com", port=8443), "https://gate.example.com:8443"),
        (dli(endpoint="https://gate.example.com/dli"), "https://gate.example.com/dli"),
        (dli(endpoint="gate.example.com", host="ignored", port=1), "https://gate.example.com"),
        (dli(endpoint="http://127.0.0.1:8090", region="local-1"), "http://127.0.0.1:8090"),
        (dli(region="eu-west-101"), "https://dli.eu-west-101.myhuaweicloud.eu"),
        ("dli://AK:s%40cret@/?region=cn-north-4", NORTH.dli),
        ("dli://AK:s%40cret@dli.cn-north-4.myhuaweicloud.com", NORTH.dli),
    ],
)
def test_where_requests_go(monkeypatch: pytest.MonkeyPatch, value: Any, address: str) -> None:
    assert read(monkeypatch, value).addresses == (address,)


@pytest.mark.parametrize(
    ("members", "iam"),
    [
        ({}, NORTH.iam),
        ({"endpoint": "https://gate.example.com"}, NORTH.iam),
        ({"region": None, "host": "dli.cn-north-4.myhuaweicloud.com"}, NORTH.iam),
        ({"region": "eu-de", "host": "dli.eu-de.otc.t-systems.com"}, "https://iam.eu-de.otc.t-systems.com"),
        ({"region": None, "host": "dli.eu-de.otc.t-systems.com"}, "https://iam.eu-de.otc.t-systems.com"),
        ({"region": "local-1", "endpoint": "http://127.0.0.1:8090"}, "http://127.0.0.1:8090"),
        ({"iam_endpoint": "https://iam.example.com/"}, "https://iam.example.com"),
        ({"iam_endpoint": "iam.example.com"}, "https://iam.example.com"),
        ({"region": "ru-northwest-2"}, "https://iam.myhuaweicloud.com"),
    ],
)
def test_where_identities_are_asked_for(monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], iam: str) -> None:
    value = dli(authentication="password", domain="account", project_id="p1", **members)
    assert source_of(monkeypatch, value).iam == iam


def test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert source_of(monkeypatch, dli()) == GivenKeys(Credentials("AK", "s3cret"))
    assert source_of(monkeypatch, dli(authentication="")) == GivenKeys(Credentials("AK", "s3cret"))
    assert source_of(monkeypatch, dli(login=" AK", password="s3cret\n")) == GivenKeys(Credentials("AK", "s3cret"))
    given = source_of(monkeypatch, dli(authentication="keys", security_token="t0ken"))
    assert given == GivenKeys(Credentials("AK", "s3cret", "t0ken"))
    assert source_of(monkeypatch, "dli://AK:s%2F%40cret@/?region=cn-north-4") == GivenKeys(Credentials("AK", "s/@cret"))


def test_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    value = dli(authentication="token", token="t0ken", login="", password="")
    assert source_of(monkeypatch, value) == GivenToken(Token("t0ken"))


@pytest.mark.parametrize(
    ("members", "scope"),
    [
        ({}, {"name": "cn-north-4"}),
        ({"project_name": "cn-north-4_team"}, {"name": "cn-north-4_team"}),
        ({"project_id": "p1", "project_name": "cn-north-4_team"}, {"id": "p1"}),
        ({"region": None, "host": "dli.cn-north-4.myhuaweicloud.com"}, {"name": "cn-north-4"}),
    ],
)
def test_a_password(monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], scope: dict[str, str]) -> None:
    value = dli(authentication="password", domain="account", **members)
    assert source_of(monkeypatch, value) == PasswordToken(NORTH.iam, "AK", "s3cret", "account", scope)


def test_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = {"authentication": "metadata", "login": "", "password": ""}
    assert source_of(monkeypatch, dli(**bare)) == MachineKeys("http://169.254.169.254")
    value = dli(**bare, metadata_address="http://127.0.0.1:8090/")
    assert source_of(monkeypatch, value) == MachineKeys("http://127.0.0.1:8090")


def test_an_agency(monkeypatch: pytest.MonkeyPatch) -> None:
    value = dli(authentication="agency", agency_name="dli", agency_domain="other", duration=900)
    source = source_of(monkeypatch, value)
    assert source == AgencyKeys(NORTH.iam, source.authentication, "dli", "other", 900)
    assert source.authentication._source == GivenKeys(Credentials("AK", "s3cret"))


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"agency_with": "password", "domain": "account"}, PasswordToken),
        ({"agency_with": "token", "token": "t0ken"}, GivenToken),
        ({"agency_with": "metadata"}, MachineKeys),
    ],
)
def test_who_assumes_an_agency(monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], kind: type) -> None:
    value = dli(authentication="agency_v5", agency_urn="urn", **members)
    source = source_of(monkeypatch, value)
    assert source == TrustAgencyKeys(NORTH.sts, source.authentication, "urn", "airflow", 3600)
    assert isinstance(source.authentication._source, kind)


def test_an_identity_token(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"provider_urn": "provider", "agency_urn": "urn", "id_token_file": "/token", "session_name": "nightly"}
    value = dli(authentication="oidc", login="", password="", duration="1800", **named)
    assert source_of(monkeypatch, value) == WorkloadKeys(NORTH.sts, "provider", "urn", "nightly", "/token", 1800)


def test_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HC_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/v1")
    monkeypatch.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token")
    value = dli(authentication="container", login="", password="")
    assert source_of(monkeypatch, value) == ContainerKeys("http://localhost/v1", "/token")


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "EAK")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "ESK")
    value = dli(authentication="environment", login="", password="")
    assert source_of(monkeypatch, value).credentials == Credentials("EAK", "ESK")


def test_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    target = read(monkeypatch, dli())
    assert (target.headers, target.tls) == ((("X-Language", "en-us"),), Tls())
    assert (target.connect_timeout, target.read_timeout) == (10, 30)
    given = dli(language="zh-cn", verify=False, ca_certificate="/ca.pem", connect_timeout=2, read_timeout="3")
    target = read(monkeypatch, given)
    assert (target.headers, target.tls) == ((("X-Language", "zh-cn"),), Tls(False, "/ca.pem"))
    assert (target.connect_timeout, target.read_timeout) == (2, 3)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (dli(region=None), "it needs a region, as in cn-north-4, or DLI's address as host or endpoint."),
        (dli(region="cn-nort-4"), "DLI has no region 'cn-nort-4'; did you mean cn-north-4"),
        (dli(login=""), "authentication 'keys' needs login (the access key)."),
        (dli(login="", password=""), "authentication 'keys' needs login (the access key), password (the secret key)."),
        (dli(authentication="token"), "authentication 'token' needs token (the token, in extra)."),
        (
            dli(authentication="password"),
            "authentication 'password' needs domain (the account's name, in extra).",
        ),
        (
            dli(authentication="password", domain="a", region=None, endpoint="https://x"),
            "authentication 'password' needs region, project_name or project_id: a token is for one project.",
        ),
        (
            dli(authentication="agency"),
            "authentication 'agency' needs agency_name (the agency, in extra), agency_domain (name or id of the "
            "account that has made it, in extra).",
        ),
        (
            dli(authentication="agency", agency_name="a", agency_domain="b", password=""),
            "the agency is assumed with agency_with 'keys', and authentication 'keys' needs password (the secret key).",
        ),
        (
            dli(authentication="agency_v5", agency_urn="u", agency_with="agency"),
            f"its agency_with must be one of {', '.join(ASSUMING)}; got a text of 6 characters.",
        ),
        (dli(authentication="agency_v5"), "authentication 'agency_v5' needs agency_urn (the trust agency, in extra)."),
        (
            dli(authentication="oidc", agency_urn="u"),
            "authentication 'oidc' needs provider_urn (the identity provider, in extra), id_token_file (path of the "
            "identity token, in extra).",
        ),
        (
            dli(authentication="container"),
            "authentication 'container' needs HC_CONTAINER_CREDENTIALS_FULL_URI and "
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE in the environment of workers and triggerers; ",
        ),
        (
            dli(authentication="environment"),
            "authentication 'environment' needs HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK in the environment of ",
        ),
        (
            dli(authentication="kerberos"),
            f"there is no such authentication (a text of 8 characters); there are {', '.join(WAYS)}.",
        ),
        (
            dli(authentication="agency_v5", agency_urn="u", duration=86400),
            "its duration must be a number of seconds from 900 to 43200; got 86400.",
        ),
        (
            dli(authentication="agency", agency_name="a", agency_domain="b", duration="soon"),
            "its duration must be a number of seconds from 900 to 86400; got a text of 4 characters.",
        ),
        (dli(projectid="p"), f"its extra has no member 'projectid'; there are {', '.join(FIELDS)}."),
        (dli(language="de"), "its language must be en-us or zh-cn; got a text of 2 characters."),
        (dli(iam_endpoint="ftp://iam"), "its iam_endpoint cannot be used: 'ftp://iam' is no address; "),
        (dli(endpoint="ftp://dli"), "'ftp://dli' is no address; "),
        (dli(host="x", schema="ftp"), "its schema must be http or https; got a text of 3 characters."),
        (dli(read_timeout=0), "its read_timeout must be a number of seconds above 0; got 0."),
    ],
)
def test_what_cannot_be_used(monkeypatch: pytest.MonkeyPatch, value: Any, told: str) -> None:
    with pytest.raises(ValueError, match="Connection 'prod'") as caught:
        read(monkeypatch, value)
    assert str(caught.value).startswith(f"Connection 'prod': {told}")
    assert "s3cret" not in str(caught.value)


def project_of(monkeypatch: pytest.MonkeyPatch, value: Any, *answers: object) -> tuple[str, list[str]]:
    connection = connection_of(monkeypatch, value)
    cloud = Simulation(answers)
    found = cloud.run(find_project_of(connection, connection.extra_dejson)())
    return found, [f"{request.server or ''}{request.path}" for request in cloud.sent]


def test_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Projects.model_validate({"projects": [{"id": "p1", "name": "cn-north-4"}, {"id": "p2", "name": "team"}]})
    look, told = f"{NORTH.iam}/v3/projects", PROJECT_OF_TOKEN.path
    password = {"authentication": "password", "domain": "account"}
    assert project_of(monkeypatch, dli(project_id="p0", region=None)) == ("p0", [])
    assert project_of(monkeypatch, dli(), listed) == ("p1", [look])
    assert project_of(monkeypatch, dli(project_name="team"), listed) == ("p2", [look])
    assert project_of(monkeypatch, dli(**password), "p3") == ("p3", [told])
    assert project_of(monkeypatch, dli(authentication="token", token="t"), None, listed) == ("p1", [told, look])
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", "p4")
    assert project_of(monkeypatch, dli(authentication="environment")) == ("p4", [])
    assert project_of(monkeypatch, dli(), listed) == ("p1", [look])


def test_no_project_can_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"Connection 'prod': it needs project_id, or a region to look for"):
        project_of(monkeypatch, dli(region=None, endpoint="https://gate.example.com"))


@pytest.mark.parametrize(
    ("members", "address"),
    [
        ({}, "https://console.huaweicloud.com/dli/?region=cn-north-4"),
        ({"web_address": "https://console.example.com/"}, "https://console.example.com"),
        ({"web_address": "https://me:s3cret@console.example.com/?a=b"}, "https://console.example.com/?a=b"),
        ({"region": "local-1", "endpoint": "http://127.0.0.1:8090"}, "http://127.0.0.1:8090"),
    ],
)
def test_where_people_look(monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], address: str) -> None:
    connection = connection_of(monkeypatch, dli(**members))
    assert web_address_of(connection, connection.extra_dejson) == address


def test_the_object_store() -> None:
    assert object_store_of({"object_store": " file:///data/obs "}) == "file:///data/obs"
    assert object_store_of({}) == object_store_of({"object_store": None}) == ""


def test_the_form() -> None:
    assert FIELDS["authentication"]["schema"]["enum"] == list(WAYS)
    assert {name for name, each in FIELDS.items() if each["schema"].get("format") == "password"} == {
        "security_token",
        "token",
    }
    for field in FIELDS.values():
        assert field["description"].endswith(".")
        assert field["schema"]["type"][1] == "null"
    json.dumps(FIELDS)


@pytest.mark.parametrize("region", REGIONS)
def test_the_address_of_a_region_tells_the_region(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    host = addresses_of(region).dli
    value = dli(host=host, region=None, authentication="password", domain="a")
    assert source_of(monkeypatch, value).scope == {"name": region}
    assert source_of(monkeypatch, value).iam == addresses_of(region).iam
