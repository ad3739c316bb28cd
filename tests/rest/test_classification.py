"""The meaning of every status, of every responder, for every kind of request, on both APIs."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints import flink_jobs, flink_savepoints
from airflow_provider_dli.dli.iam.tokens import create_token
from airflow_provider_dli.flink.endpoints import jobs, savepoints
from airflow_provider_dli.flink.version import Dialect, Version
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.classification import TABLE, Outcome, classify
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.flow import ask
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import Answer, Request
from tests.rest.simulation import ADDRESS, Simulation

STATUSES = range(100, 600)
SUCCESS, REFUSED, LOGIN, TRANSIENT, UNKNOWN = Outcome


def body(value: Any) -> Answer:
    return Answer(0, {"content-type": "application/json"}, json.dumps(value).encode())


OF_FLINK = body({"errors": ["Some of Flink's own words."]})
OF_DLI = body({"error_code": "DLI.0007", "error_msg": "Some of DLI's own words."})
OTHERS = {
    "a page": Answer(0, {"content-type": "text/html"}, b"<html><h1>Some page</h1></html>"),
    "nothing": Answer(0, {}, b""),
    "a text": Answer(0, {"content-type": "text/plain"}, b"upstream connect error"),
    "other JSON": body({"message": "no Route matched with those values"}),
}
GET = {"Flink": jobs.overview(), "DLI": flink_jobs.detail("1")}
CHANGE = {
    "Flink": replace(savepoints.trigger(Dialect(Version(2, 2)), "1" * 32, trigger_id="2" * 32), repeatable=False),
    "DLI": flink_savepoints.trigger("1", savepoint_path="obs/1"),
}
REPEATABLE = {name: replace(request, repeatable=True) for name, request in CHANGE.items()}
OWN = {"Flink": OF_FLINK, "DLI": OF_DLI}
apis = pytest.mark.parametrize("api", ["Flink", "DLI"])

# Written down a second time, status by status, so that a slip in the table shows.
CLEARLY_NOT_DONE = {401: LOGIN, 403: LOGIN, 404: TRANSIENT, 421: TRANSIENT, 429: TRANSIENT, 511: TRANSIENT}
SAYS_NOTHING = {408, 425, 444, 460, 499}
NEVER_REPEATED = {405, 411, 413, 414, 415, 417, 431, 501, 505}


def meaning_of_a_proxy(status: int, is_change: bool, is_repeatable: bool) -> Outcome:
    if status in CLEARLY_NOT_DONE:
        return CLEARLY_NOT_DONE[status]
    if status in SAYS_NOTHING or status < 300:
        return UNKNOWN
    if status < 400:
        return TRANSIENT
    if status in NEVER_REPEATED:
        return REFUSED if is_change else TRANSIENT
    if status < 500:
        return REFUSED if is_change and not is_repeatable else TRANSIENT
    return UNKNOWN


def meaning_of_the_api(status: int) -> Outcome:
    if status in {401, 403}:
        return LOGIN
    if status in {421, 429, 511} or 300 <= status < 400:
        return TRANSIENT
    if status in SAYS_NOTHING or status < 300:
        return UNKNOWN
    return REFUSED if status < 500 or status in {501, 505} else UNKNOWN


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_a_row(status: int) -> None:
    assert [row for row in TABLE if status in row.statuses]


@apis
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("requests", [GET, CHANGE, REPEATABLE], ids=["GET", "change", "repeatable change"])
def test_what_something_in_front_of_the_api_answers(api: str, kind: str, requests: dict[str, Request[Any]]) -> None:
    request = requests[api]
    given = {s: classify(request, replace(OTHERS[kind], status=s)) for s in STATUSES if s not in request.success}
    assert given == {s: meaning_of_a_proxy(s, not request.safe, request.repeatable) for s in given}


@apis
@pytest.mark.parametrize("requests", [GET, CHANGE, REPEATABLE], ids=["GET", "change", "repeatable change"])
def test_what_the_api_itself_answers(api: str, requests: dict[str, Request[Any]]) -> None:
    request = requests[api]
    given = {s: classify(request, replace(OWN[api], status=s)) for s in STATUSES if s >= 300}
    assert given == {s: meaning_of_the_api(s) for s in given}


@pytest.mark.parametrize("status", [0, 99, 600, 999])
@apis
def test_a_status_that_there_is_not_proves_nothing(api: str, status: int) -> None:
    assert classify(CHANGE[api], replace(OTHERS["a page"], status=status)) is UNKNOWN


@pytest.mark.parametrize(("api", "other"), [("Flink", OF_DLI), ("DLI", OF_FLINK)])
def test_the_words_of_one_api_are_not_those_of_the_other(api: str, other: Answer) -> None:
    assert classify(GET[api], replace(other, status=404)) is TRANSIENT


ELECTION = body({"errors": ["Service temporarily unavailable due to an ongoing leader election. Please refresh."]})


@pytest.mark.parametrize("requests", [GET, CHANGE], ids=["GET", "change"])
def test_while_flink_elects_a_leader_nothing_is_done(requests: dict[str, Request[Any]]) -> None:
    request = requests["Flink"]
    assert classify(request, replace(ELECTION, status=503)) is TRANSIENT
    error = fault(request, replace(ELECTION, status=503))
    assert (error.could_help, error.unclear, error.is_final) == (True, False, False)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("DLI.0012", UNKNOWN), ("DLI.0013", LOGIN), ("DLI.0019", UNKNOWN), ("DLI.0999", UNKNOWN), ("DLI.16001", REFUSED),
     ("APIGW.0308", TRANSIENT), ("DLI.0007", REFUSED)],
)  # fmt: skip
def test_a_code_of_dli_counts_more_than_its_status(code: str, outcome: Outcome) -> None:
    assert classify(CHANGE["DLI"], replace(body({"error_code": code, "error_msg": "No."}), status=400)) is outcome


@pytest.mark.parametrize("status", [200, 202])
@apis
def test_a_page_is_no_answer_to_a_change(api: str, status: int) -> None:
    """It is the log-in page of a gateway, also where nobody would have read the body."""
    request = replace(CHANGE[api], decode=lambda answer: "done", success=frozenset({200, 202}))
    error = fault(request, replace(OTHERS["a page"], status=status))
    assert type(error) is errors.UnexpectedAnswer
    assert (error.could_help, error.unclear, error.is_final) == (True, True, False)


def fault(request: Request[Any], answer: Answer) -> RestError:
    with pytest.raises(RestError) as caught:
        read(request, ADDRESS, answer)
    return caught.value


# Which error an outcome becomes: whether it is repeated where that is safe, is unclear, and is final.
ERRORS = {REFUSED: (False, False), LOGIN: (True, False), TRANSIENT: (True, False), UNKNOWN: (True, True)}


@apis
@pytest.mark.parametrize("requests", [GET, CHANGE, REPEATABLE], ids=["GET", "change", "repeatable change"])
@pytest.mark.parametrize("kind", OTHERS)
def test_an_error_is_as_its_outcome(api: str, kind: str, requests: dict[str, Request[Any]]) -> None:
    request = requests[api]
    for status in range(300, 600):
        answer = replace(OTHERS[kind], status=status)
        error = fault(request, answer)
        assert (error.could_help, error.unclear) == ERRORS[classify(request, answer)], status
        assert not error.is_final, status
        assert not isinstance(error, (errors.NotFound, errors.BadRequest, errors.Conflict)), status


@apis
def test_only_the_api_refuses_for_good(api: str) -> None:
    for status in range(300, 600):
        answer = replace(OWN[api], status=status)
        error = fault(CHANGE[api], answer)
        assert error.is_final is (meaning_of_the_api(status) is REFUSED), status
        # Wrong credentials are not shown to it again and again: it may lock a user or a key.
        assert error.could_help is (meaning_of_the_api(status) in {TRANSIENT, UNKNOWN}), status


def test_a_password_is_in_no_request_to_a_proxy_twice() -> None:
    """IAM has the same codes as DLI; what a proxy in front of it says is none of its words."""
    request = create_token("me", "pa55", "account", {"name": "cn-north-4"})
    assert classify(request, replace(OTHERS["a page"], status=404)) is TRANSIENT
    assert classify(request, replace(OF_DLI, status=404)) is REFUSED


class TestRepetition:
    """One bad response in the middle; what is repeated does no harm when it is done twice."""

    @staticmethod
    def sent(request: Request[Any], answer: Answer) -> int:
        simulation = Simulation([fault(request, answer), "well"])
        with suppress(RestError):
            simulation.run(patiently(ask(request), Patience(), simulation.clock))
        return len(simulation.sent)

    @apis
    @pytest.mark.parametrize("kind", OTHERS)
    def test_a_request_that_changes_nothing_is_always_repeated(self, api: str, kind: str) -> None:
        for status in range(300, 600):
            assert self.sent(GET[api], replace(OTHERS[kind], status=status)) == 2, status

    @apis
    @pytest.mark.parametrize("kind", OTHERS)
    def test_a_change_is_never_repeated_where_it_may_have_been_done(self, api: str, kind: str) -> None:
        for status in range(300, 600):
            expected = 2 if meaning_of_a_proxy(status, True, False) in {LOGIN, TRANSIENT} else 1
            assert self.sent(CHANGE[api], replace(OTHERS[kind], status=status)) == expected, status

    @apis
    def test_what_the_api_refuses_is_not_repeated(self, api: str) -> None:
        for status in (400, 401, 403, 404, 409, 422):
            assert self.sent(GET[api], replace(OWN[api], status=status)) == 1, status


LOCATIONS: dict[str, tuple[str, str, str]] = {
    "OAuth": (
        "https://login.example.com/t/authorize?client_id=1&state=s3cret&redirect_uri=x",
        "https://login.example.com/t/authorize",
        "asks for a log-in",
    ),
    "SAML": ("https://idp.example.com/x?SAMLRequest=s3cret", "https://idp.example.com/x", "asks for a log-in"),
    "a log-in page of its own": ("/login;s3cret?rd=%2Fjobs", "/login", "asks for a log-in"),
    "another place with a user": ("https://me:s3cret@h.example.com//x#s3cret", "https://h.example.com//x", "path_pre"),
    "TLS, same host": ("https://jobs/", "https://jobs/", "schema to https"),
    "TLS, same path": ("https://10.0.0.1:8081/jobs/overview", "https://10.0.0.1:8081/jobs/overview", "schema to https"),
    "another path": ("/flink-a/jobs/overview", "/flink-a/jobs/overview", "path_prefix"),
    "no address": ("http://[", "http://[", "path_prefix"),
}


@pytest.mark.parametrize(("location", "shown", "advice"), LOCATIONS.values(), ids=LOCATIONS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_described_without_what_is_secret(status: int, location: str, shown: str, advice: str) -> None:
    error = fault(GET["Flink"], Answer(status, {"location": location}, b"<a href='?state=s3cret'>Found</a>"))
    assert error.what == f"The server answered {status}: {shown}"
    assert advice in str(error)
    assert "s3cret" not in f"{error}{error!r}"
