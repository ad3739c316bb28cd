"""Every operation, sent by our client and by Huawei's own: what goes over the wire is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from operator import attrgetter
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials
from airflow_provider_dli.dli.credentials.ways import Signed
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.signing import sign
from airflow_provider_dli.rest.client import methods
from airflow_provider_dli.rest.errors import UnexpectedAnswer
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target
from tests.dli.operations import OPERATIONS, Operation
from tests.dli.test_operations import arguments, endpoint
from tests.huawei_sdk.environment import run_script
from tests.huawei_sdk.recorder import Recorder, Sent, recording

PROJECT: Final = "0123456789abcdef0123456789abcdef"
KEYS: Final = Credentials("ACCESSKEY", "secret", security_token="token")

#: What Huawei's client has no method for.
LACKING: Final[Mapping[str, str]] = {
    "POST /v1.0/{project_id}/jobs/metrics": "as old regions have it; it went before this client came",
    "GET /v1.0/{project_id}/streaming/jobs/{job_id}/apig-sinks": "only documents know it",
}

#: What is not the same, and why it is not.
DIFFERENT: Final[Mapping[str, Mapping[str, str]]] = {
    "GET /v1.0/{project_id}/jobs/{job_id}/preview": {"query page-size": "only documents know it"},
}

_USER: Final = {"USER-ID": "a header that no document explains; who asks is told by the signature"}
#: What Huawei's client can send and ours cannot, and why.
NOT_OFFERED: Final[Mapping[str, Mapping[str, str]]] = {
    "POST /v2.0/{project_id}/batches": _USER,
    "POST /v2.0/{project_id}/resources": _USER,
    "POST /v2.0/{project_id}/resources/jars": _USER,
    "POST /v2.0/{project_id}/resources/pyfiles": _USER,
    "POST /v2.0/{project_id}/resources/files": _USER,
}

_ODD: Final = "a b/ü+%2F&=~*'[]\""
#: Operations, once more, with texts that have to be encoded.
ODD: Final[Mapping[str, Mapping[str, Any]]] = {
    "GET /v1.0/{project_id}/queues/{queue_name}/users": {"queue_name": _ODD},
    "GET /v1.0/{project_id}/authorization/privileges": {"object": _ODD},
    "GET /v1.0/{project_id}/streaming/jobs": {"name": _ODD, "tags": {_ODD: _ODD}},
    "DELETE /v1.0/{project_id}/variables/{var_name}": {"var_name": _ODD},
    "POST /v1.0/{project_id}/variables": {"var_name": _ODD, "var_value": _ODD},
}

every = pytest.mark.parametrize("operation", [*map(str, OPERATIONS)])
common = pytest.mark.parametrize("operation", [str(each) for each in OPERATIONS if str(each) not in LACKING])
odd = pytest.mark.parametrize("operation", ODD)


@dataclass(frozen=True)
class Pair:
    """A request, as both clients have sent it.

    :param ours: what ours sent.
    :param theirs: what Huawei's sent; None where it has no method for it.
    :param left_out: what its method takes and was not given.
    """

    ours: Sent
    theirs: Sent | None = None
    left_out: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def pairs(recorder: Recorder) -> Mapping[str, Pair]:
    calls = [(operation, arguments(operation)) for operation in OPERATIONS]
    return dict(zip(map(str, OPERATIONS), sent_by_both(recorder, calls), strict=True))


@pytest.fixture(scope="module")
def odd_pairs(recorder: Recorder) -> Mapping[str, Pair]:
    by_name = {str(operation): operation for operation in OPERATIONS}
    calls = [(by_name[name], given) for name, given in ODD.items()]
    return dict(zip(ODD, sent_by_both(recorder, calls), strict=True))


def sent_by_both(recorder: Recorder, calls: Sequence[tuple[Operation, Mapping[str, Any]]]) -> list[Pair]:
    ours = sent_by_ours(recorder, calls)
    return list(paired(recorder, ours, list(map(wire, ours))))


def sent_by_ours(recorder: Recorder, calls: Sequence[tuple[Operation, Mapping[str, Any]]]) -> list[Sent]:
    sender = Sender(Target((recorder.address,), Signed(GivenKeys(KEYS))))
    client = Dli(Driver(sender, lambda text: None).run, Gate(project))
    names = {method.endpoint: name for name, method in methods(client)}
    try:
        for operation, given in calls:
            with suppress(UnexpectedAnswer):  # an empty object does not answer everything
                attrgetter(names[endpoint(operation)])(client)(**given)
    finally:
        sender.close()
    return recorder.take()


def project() -> Flow[str]:
    yield from ()
    return PROJECT


def paired(recorder: Recorder, ours: Sequence[Sent], told: Sequence[Mapping[str, Any]]) -> Iterator[Pair]:
    """Yield our requests with those that Huawei's client makes of what it is told."""
    said = run_script("send_requests", {"address": recorder.address, "keys": told_keys(), "requests": told})
    theirs = iter(recorder.take())
    for sent, known in zip(ours, said, strict=True):
        yield Pair(sent) if known is None else Pair(sent, next(theirs), frozenset(known))
    assert not [*theirs]


def told_keys() -> dict[str, Any]:
    return {**asdict(KEYS), "project_id": PROJECT}


def wire(sent: Sent) -> dict[str, Any]:
    return {"method": sent.method, "path": sent.encoded_path, "query": sent.query, "body": sent.body}


def differences(pair: Pair) -> Iterator[str]:
    """Yield what is not the same in a pair, as in ``query page-size`` or ``body tags[0].key``."""
    assert pair.theirs
    for name in ("method", "path"):
        if getattr(pair.ours, name) != getattr(pair.theirs, name):
            yield name
    for name in {name for name, _ in {*pair.ours.query} ^ {*pair.theirs.query}}:
        yield f"query {name}"
    if len(pair.ours.query) != len({*pair.ours.query}) or len(pair.theirs.query) != len({*pair.theirs.query}):
        yield "query: a pair comes twice"
    for place in sorted(flat(pair.ours.body) ^ flat(pair.theirs.body)):
        yield f"body {place[0]}"


def flat(value: Any, place: str = "") -> set[tuple[str, str]]:
    """Return all values within one, with their places, and without those that are null."""
    if isinstance(value, dict):
        inner = [(f"{place}.{name}".lstrip("."), each) for name, each in value.items()]
    elif isinstance(value, list):
        inner = [(f"{place}[{number}]", each) for number, each in enumerate(value)]
    else:
        return set() if value is None else {(place, json.dumps(value))}
    return set().union({(place, f"{type(value)}")}, *(flat(each, place) for place, each in inner))


@every
def test_huaweis_client_has_the_operation_or_it_is_known_not_to(operation: str, pairs: Mapping[str, Pair]) -> None:
    assert (pairs[operation].theirs is None) == (operation in LACKING)


@common
def test_method_path_query_and_body_are_the_same(operation: str, pairs: Mapping[str, Pair]) -> None:
    assert {*differences(pairs[operation])} == DIFFERENT.get(operation, {}).keys()


@common
def test_all_can_be_sent_that_huaweis_client_can_send(operation: str, pairs: Mapping[str, Pair]) -> None:
    assert pairs[operation].left_out == NOT_OFFERED.get(operation, {}).keys()


@common
def test_the_headers_say_the_same(operation: str, pairs: Mapping[str, Pair]) -> None:
    pair = pairs[operation]
    assert pair.theirs
    # Huawei's names a type for what has no body, too.
    names = {"x-project-id", "x-security-token", "host"} | ({"content-type"} if pair.ours.content else set())
    assert {name: pair.ours.headers[name] for name in names} == {name: pair.theirs.headers[name] for name in names}


@common
def test_no_header_is_signed_that_huaweis_client_does_not_sign(operation: str, pairs: Mapping[str, Pair]) -> None:
    pair = pairs[operation]
    assert pair.theirs
    assert {*pair.ours.signed} <= {*pair.theirs.signed}
    assert {*pair.ours.signed} >= {"host", "x-sdk-date", "x-project-id", "x-security-token"}


@odd
def test_texts_that_have_to_be_encoded_are_the_same(operation: str, odd_pairs: Mapping[str, Pair]) -> None:
    assert not [*differences(odd_pairs[operation])]


@pytest.fixture(scope="module")
def authorizations(pairs: Mapping[str, Pair], odd_pairs: Mapping[str, Pair]) -> Mapping[str, tuple[str, str]]:
    """What our client and Huawei's signer say to each of our requests."""
    sent = {**{name: pair.ours for name, pair in pairs.items()}, **{_odd(name): odd_pairs[name].ours for name in ODD}}
    theirs = run_script("sign_requests", {"keys": told_keys(), "requests": list(map(unsigned, sent.values()))})
    ours = [each.headers["authorization"] for each in sent.values()]
    return dict(zip(sent, zip(ours, theirs, strict=True), strict=True))


def _odd(operation: str) -> str:
    return f"{operation} with odd texts"


def unsigned(sent: Sent) -> dict[str, Any]:
    headers = {name: sent.headers[name] for name in sent.signed}
    return {**wire(sent), "host": headers["host"], "headers": headers, "content": sent.content.decode()}


class TestSignatures:
    @pytest.mark.parametrize("name", [*map(str, OPERATIONS), *map(_odd, ODD)])
    def test_of_our_requests_are_those_that_huaweis_signer_makes(
        self, name: str, authorizations: Mapping[str, tuple[str, str]]
    ) -> None:
        ours, theirs = authorizations[name]
        assert ours == theirs

    @common
    def test_of_huaweis_requests_are_those_that_ours_makes(self, operation: str, pairs: Mapping[str, Pair]) -> None:
        self.check(pairs[operation].theirs)

    @odd
    def test_of_huaweis_odd_requests_are_those_that_ours_makes(
        self, operation: str, odd_pairs: Mapping[str, Pair]
    ) -> None:
        self.check(odd_pairs[operation].theirs)

    def check(self, sent: Sent | None) -> None:
        assert sent
        headers = {name: sent.headers[name] for name in sent.signed}
        url = f"http://{headers['host']}{sent.target}"
        keys, now = (KEYS.access_key, KEYS.secret_key), datetime.now(timezone.utc)
        made = sign(sent.method, url, headers, sent.content or None, *keys, now, None)
        assert made["Authorization"] == sent.headers["authorization"]


class TestTheComparison:
    """What it finds: what Huawei's client does not know, it does not send, or sends as what it takes it for."""

    OPERATION = "POST /v1.0/{project_id}/streaming/jobs/run"

    @pytest.mark.parametrize(
        ("body", "query", "found"),
        [
            ({"job_ids": ["7"]}, [], {"body job_ids[0]"}),
            ({"job_ids": [7], "resumeSavepoint": True}, [], {"body resumeSavepoint"}),
            ({"job_ids": [7], "resume_savepoint": 1}, [], {"body resume_savepoint"}),
            ({"job_ids": [7], "resume_savepoint": None, "more": None}, [("limit", "1")], {"query limit"}),
        ],
    )
    def test_finds(self, body: Any, query: Any, found: set[str], pairs: Mapping[str, Pair], recorder: Recorder) -> None:
        told = {**wire(pairs[self.OPERATION].ours), "body": body, "query": query}
        ours = Sent("POST", f"{told['path']}?{urlencode(query)}", {}, json.dumps(body).encode())
        (pair,) = paired(recorder, [ours], [told])
        assert {*differences(pair)} == found

    @pytest.mark.parametrize("table", [LACKING, DIFFERENT, NOT_OFFERED, ODD])
    def test_tables_name_operations_that_there_are(self, table: Mapping[str, Any]) -> None:
        assert table.keys() <= {*map(str, OPERATIONS)}
