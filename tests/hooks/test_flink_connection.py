from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.hooks.flink_connection import sql_target_of, target_of, web_address_of
from airflow_provider_dli.hooks.flink_fields import FIELDS
from airflow_provider_dli.rest.authentication import Anonymous, Basic, Bearer
from airflow_provider_dli.rest.target import Target, Tls


def read(monkeypatch: pytest.MonkeyPatch, value: str | dict[str, Any]) -> tuple[Target, dict[str, Any]]:
    """Let Airflow read a connection from the environment, and return what we make of it."""
    monkeypatch.setenv("AIRFLOW_CONN_PROD", value if isinstance(value, str) else json.dumps(value))
    connection = FlinkHook.get_connection("prod")
    return target_of(connection, connection.extra_dejson), connection.extra_dejson


def flink(**members: Any) -> dict[str, Any]:
    """A connection in its JSON form; what Airflow has no field for goes into the extra."""
    fields = {name: members.pop(name) for name in ("host", "port", "schema", "login", "password") if name in members}
    return {"conn_type": "flink", "host": "jobs", **fields, "extra": members}


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        (flink(), ["http://jobs:8081"]),
        (flink(port=80), ["http://jobs:80"]),
        (flink(schema="https", port=443), ["https://jobs:443"]),
        (flink(host="jobs:9000"), ["http://jobs:9000"]),
        (flink(host="jobs:9000", port=8081), ["http://jobs:9000"]),
        (flink(host="https://gate.example.com"), ["https://gate.example.com"]),
        (flink(host="https://gate.example.com/"), ["https://gate.example.com"]),
        (flink(host="https://gate.example.com", schema="http"), ["https://gate.example.com"]),
        (flink(host="https://gate.example.com", port=8443), ["https://gate.example.com:8443"]),
        (flink(host="https://gate.example.com/flink-a"), ["https://gate.example.com/flink-a"]),
        (flink(host="https://gate.example.com/flink-a", port=8443), ["https://gate.example.com:8443/flink-a"]),
        (flink(host="gate/flink-a"), ["http://gate:8081/flink-a"]),
        (flink(host="gate", path_prefix="/flink-a/"), ["http://gate:8081/flink-a"]),
        (flink(host="https://gate/teams", path_prefix="flink-a"), ["https://gate/teams/flink-a"]),
        (flink(host="[::1]"), ["http://[::1]:8081"]),
        (flink(host="[::1]:9000"), ["http://[::1]:9000"]),
        (flink(host="::1"), ["http://[::1]:8081"]),
        (flink(host="fe80::2", port=80), ["http://[fe80::2]:80"]),
        (flink(addresses="two, three:9000"), ["http://jobs:8081", "http://two:8081", "http://three:9000"]),
        (flink(addresses=["https://two"], port=80), ["http://jobs:80", "https://two:80"]),
        (flink(addresses="two", path_prefix="a"), ["http://jobs:8081/a", "http://two:8081/a"]),
        (flink(addresses=""), ["http://jobs:8081"]),
        (flink(host="me:secret@jobs:9000"), ["http://jobs:9000"]),
        (flink(host="http://me:secret@jobs"), ["http://jobs"]),
        ("flink://jobs", ["http://jobs:8081"]),
        ("flink://jobs:80/https", ["https://jobs:80"]),
        ("flink://[::1]:8082", ["http://[::1]:8082"]),
        ("flink://https%3A%2F%2Fgate.example.com%2Fflink-a", ["https://gate.example.com/flink-a"]),
        ("https://jobs", ["https://jobs:8081"]),
        ("https://me:secret@jobs:8443", ["https://jobs:8443"]),
        ("https://me:secret@jobs:8443/https", ["https://jobs:8443"]),
        ("http://jobs:80", ["http://jobs:80"]),
        ("flink://jobs/?path_prefix=flink-a&addresses=two%2Cthree", ["http://jobs:8081/flink-a"]),
    ],
)
def test_where_requests_go(monkeypatch: pytest.MonkeyPatch, value: Any, addresses: list[str]) -> None:
    target, _ = read(monkeypatch, value)
    assert list(target.addresses)[: len(addresses)] == addresses


@pytest.mark.parametrize(
    ("value", "authentication"),
    [
        (flink(), Anonymous()),
        (flink(login="me", password="secret"), Basic("me", "secret")),
        (flink(login="me"), Basic("me", "")),
        (flink(token="t0ken"), Bearer("t0ken")),
        (flink(login="me", password="secret", token="t0ken"), Bearer("t0ken")),
        (flink(token=""), Anonymous()),
        ("flink://me:s%40cret@jobs", Basic("me", "s@cret")),
        ("flink://jobs/?token=t0ken", Bearer("t0ken")),
    ],
)
def test_who_asks(monkeypatch: pytest.MonkeyPatch, value: Any, authentication: object) -> None:
    target, _ = read(monkeypatch, value)
    assert target.authentication == authentication


@pytest.mark.parametrize(
    "given",
    [{"X-Team": "a", "X-Level": 1}, '{"X-Team": "a", "X-Level": 1}'],
    ids=["JSON form", "text, as Airflow's form saves it"],
)
def test_headers(monkeypatch: pytest.MonkeyPatch, given: object) -> None:
    target, _ = read(monkeypatch, flink(headers=given))
    assert dict(target.headers) == {"X-Team": "a", "X-Level": "1"}


@pytest.mark.parametrize("none", ["", " ", None, {}])
def test_no_headers(monkeypatch: pytest.MonkeyPatch, none: object) -> None:
    target, _ = read(monkeypatch, flink(headers=none))
    assert target.headers == ()


@pytest.mark.parametrize(
    ("value", "verify"),
    [
        (flink(), True),
        (flink(verify=None), True),
        (flink(verify=True), True),
        (flink(verify=False), False),
        (flink(verify="false"), False),
        (flink(verify="False"), False),
        (flink(verify="true"), True),
        ("flink://jobs/?verify=false", False),
        ("flink://jobs/?verify=no", False),
        (flink(verify="off"), False),
        (flink(verify="on"), True),
        (flink(verify=1), True),
        (flink(verify=0), False),
        (flink(verify=""), True),
    ],
)
def test_whether_certificates_are_checked(monkeypatch: pytest.MonkeyPatch, value: Any, verify: bool) -> None:
    target, _ = read(monkeypatch, value)
    assert target.tls.verify is verify


def test_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"ca_certificate": "/ca.pem", "client_certificate": "/me.pem", "client_key": "/me.key"}
    target, _ = read(monkeypatch, flink(**given))
    assert target.tls == Tls(True, **given)
    target, _ = read(monkeypatch, flink(ca_certificate="", client_certificate="", client_key=""))
    assert target.tls == Tls()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (flink(), (10, 30)),
        (flink(connect_timeout="", read_timeout=""), (10, 30)),
        (flink(connect_timeout=2, read_timeout=0.5), (2, 0.5)),
        ("flink://jobs/?connect_timeout=2&read_timeout=0.5", (2, 0.5)),
    ],
)
def test_timeouts(monkeypatch: pytest.MonkeyPatch, value: Any, seconds: tuple[float, float]) -> None:
    target, _ = read(monkeypatch, value)
    assert (target.connect_timeout, target.read_timeout) == seconds


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (flink(), "http://jobs:8081"),
        (flink(addresses="two"), "http://jobs:8081"),
        (flink(web_address="https://flink.example.com/"), "https://flink.example.com"),
        (flink(web_address="https://me:s3cret@flink.example.com/a@b/#/x"), "https://flink.example.com/a@b/#/x"),
        (flink(web_address="me:s3cret@flink.example.com"), "flink.example.com"),
    ],
)
def test_where_people_look(monkeypatch: pytest.MonkeyPatch, value: Any, address: str) -> None:
    target, extra = read(monkeypatch, value)
    assert web_address_of(SimpleNamespace(conn_id="prod"), target, extra) == address


TWO_SCHEMES = "its schema or type is https, and its address http://{}. Give one scheme."
TWO_TYPES = "its type is https and its schema http; leave out the schema, or give the type flink or dli."
VERIFY = "its verify must be true or false; the path of a certificate belongs into ca_certificate."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (flink(host=""), "it has no host; give the JobManager's, as in jobmanager.example.com."),
        ("flink://", "it has no host; give the JobManager's, as in jobmanager.example.com."),
        (
            "https://me:secret@jobs:8443/http",
            TWO_TYPES,
        ),
        (
            {"conn_type": "https", "host": "http://jobs"},
            TWO_SCHEMES.format("jobs"),
        ),
        (
            flink(host="http://jobs:80", schema="https"),
            TWO_SCHEMES.format("jobs:80"),
        ),
        (
            flink(addresses="http://two", schema="https"),
            TWO_SCHEMES.format("two"),
        ),
        (flink(password="secret"), "it has a password and no login. Give both, or put a bearer token into token."),
        (flink(headers={"X": None}), "its headers must have texts as values; 'X' has none."),
        (flink(headers={"X": ["secret"]}), "its headers must have texts as values; 'X' has none."),
        (flink(path_prefix=5), "its path_prefix must be a text; got a int."),
        (flink(token=5), "its token must be a text; got a int."),
        (flink(sql_gateway=["secret"]), "its sql_gateway must be a text; got a list."),
        (flink(web_address={"secret": 1}), "its web_address must be a text; got a dict."),
        (flink(addresses=5), "its addresses must be a text with commas in between, or a list of texts."),
        (flink(addresses=[5]), "its addresses must be a text with commas in between, or a list of texts."),
        (
            flink(verify="/ca.pem"),
            VERIFY,
        ),
        (flink(verify=[]), VERIFY),
        (flink(schema="ftp"), "its schema must be http or https; got a text of 3 characters."),
        (flink(host="ftp://jobs"), "'ftp://jobs' is no address; one looks like http://jobmanager.example.com:8081."),
        (
            flink(host="jobs:many"),
            "'http://jobs:many' is no address; one looks like http://jobmanager.example.com:8081.",
        ),
        (flink(tokn="t0ken"), f"its extra has no member 'tokn'; there are {', '.join(FIELDS)}."),
        (flink(headers="X-Team: a"), "its headers must be a JSON object of names and values."),
        (flink(headers="[1]"), "its headers must be a JSON object of names and values."),
        (
            flink(connect_timeout="soon"),
            "its connect_timeout must be a number of seconds above 0; got a text of 4 characters.",
        ),
        (flink(read_timeout=0), "its read_timeout must be a number of seconds above 0; got 0."),
        (flink(read_timeout="0"), "its read_timeout must be a number of seconds above 0; got a text of 1 character."),
        (flink(read_timeout=-1), "its read_timeout must be a number of seconds above 0; got -1."),
        (
            flink(read_timeout="nan"),
            "its read_timeout must be a number of seconds above 0; got a text of 3 characters.",
        ),
    ],
)
def test_what_cannot_be_used(monkeypatch: pytest.MonkeyPatch, value: Any, told: str) -> None:
    with pytest.raises(ValueError, match="Connection 'prod'") as caught:
        read(monkeypatch, value)
    assert str(caught.value) == f"Connection 'prod': {told}"


def test_nothing_that_is_wrong_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no address") as caught:
        read(monkeypatch, flink(host="ftp://me:s3cret@jobs", token="t0ken", headers={"X-Key": "k3y"}))
    assert not {"s3cret", "t0ken", "k3y"} & set(str(caught.value).replace("'", " ").replace("@", " ").split())


@pytest.mark.parametrize(
    "given", ["admin:s3cret@sql:8083", "ftp://admin:s3cret@sql:8083", "sql:8083?token=s3cret", "admin:s3/cret@sql"]
)
def test_a_sql_gateway_that_cannot_be_used_is_shown_without_what_is_secret(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    target, extra = read(monkeypatch, flink(sql_gateway=given))
    with pytest.raises(ValueError, match=r"needs sql_gateway, as in .*; got 'sql") as caught:
        sql_target_of(target, extra)
    assert "s3" not in str(caught.value)


def test_a_password_in_the_address_of_a_sql_gateway_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    target, extra = read(monkeypatch, flink(sql_gateway="http://admin:s3cret@sql:8083/"))
    assert sql_target_of(target, extra).addresses == ("http://sql:8083",)


def test_a_query_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'http://jobs:8081/a' is no address") as caught:
        read(monkeypatch, flink(path_prefix="a?token=s3cret"))
    assert "s3cret" not in str(caught.value)
