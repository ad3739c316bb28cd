from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.errors import RestError, refusal
from airflow_provider_dli.rest.request import Answer
from tests.rest.clients import LOOK, RUN
from tests.rest.simulation import ADDRESS, failed, refused

# Whether repeating could help, and whether it is unclear what was done.
MANNERS: dict[type[RestError], tuple[bool, bool]] = {
    errors.NotReachable: (True, False),
    errors.NotTrusted: (False, False),
    errors.NoAnswer: (True, True),
    errors.ConnectionLost: (True, True),
    errors.UnexpectedAnswer: (True, True),
    errors.Redirected: (True, False),
    errors.BadRequest: (False, False),
    errors.NotAuthenticated: (False, False),
    errors.Forbidden: (False, False),
    errors.NotFound: (False, False),
    errors.Conflict: (False, False),
    errors.TooManyRequests: (True, False),
    errors.Intercepted: (True, False),
    errors.ServerError: (True, True),
}


@pytest.mark.parametrize(("kind", "manners"), MANNERS.items(), ids=lambda value: getattr(value, "__name__", None))
def test_each_says_whether_repeating_helps_and_is_safe(kind: type[RestError], manners: tuple[bool, bool]) -> None:
    assert (kind.could_help, kind.unclear) == manners


STATUSES = {
    300: errors.Redirected,
    301: errors.Redirected,
    308: errors.Redirected,
    400: errors.BadRequest,
    401: errors.NotAuthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.Refused,
    408: errors.ServerError,
    409: errors.Conflict,
    413: errors.Refused,
    429: errors.TooManyRequests,
    500: errors.ServerError,
    503: errors.ServerError,
    599: errors.ServerError,
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_a_status_has_a_class(status: int, kind: type[RestError]) -> None:
    error = refused(status, LOOK)
    assert type(error) is kind
    assert error.status == status


def test_a_redirect_says_where_it_points_to_or_else_why() -> None:
    said = [refusal(LOOK, ADDRESS, Answer(308, headers, b"use /stop")).what for headers in ({"location": "/x"}, {})]
    assert said == ["The server answered 308: /x", "The server answered 308: use /stop"]


def test_it_reads_as_sentences() -> None:
    error = failed(errors.NotReachable, RUN)
    error.waited = 59.7
    assert str(error) == (
        "Something broke (POST http://jobs:8081/jars/1/run). Gave up after 60 s of trying. "
        "Check the connection's address and port, and that the cluster is up."
    )


def test_a_server_s_full_stop_is_not_doubled() -> None:
    assert str(errors.NoAnswer("It broke.", LOOK, ADDRESS)) == f"It broke (GET {ADDRESS}/jobs/overview)."


def test_it_survives_being_copied_and_pickled() -> None:
    error = refused(404, LOOK)
    error.waited = 3
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(twin), twin.waited, twin.status, twin.method) == (str(error), 3, 404, "GET")


def test_it_shows_no_body_and_no_header() -> None:
    error = refusal(LOOK, ADDRESS, Answer(401, {"set-cookie": "s3cr3t"}, b"who?\ns3cr3t"))
    assert "s3cr3t" not in f"{error!r} {error}"
    assert repr(error) == f"<NotAuthenticated: {error}>"


def test_it_tells_the_id_that_the_server_has_noted_it_under() -> None:
    error = refusal(LOOK, ADDRESS, Answer(400, {"x-request-id": "r-1"}, b"no"))
    assert error.request_id == "r-1"
    assert str(error) == f"The server answered 400: no (GET {ADDRESS}/jobs/overview, request id r-1)."


@pytest.mark.parametrize("error", [refused(400, LOOK), failed(errors.NoAnswer, LOOK)], ids=["none told", "no answer"])
def test_without_such_an_id_there_is_no_word_of_it(error: RestError) -> None:
    assert error.request_id is None
    assert "request id" not in str(error)


@pytest.mark.parametrize(
    ("meant", "kind"), [(401, errors.NotAuthenticated), (404, errors.NotFound), (409, errors.Conflict),
                        (429, errors.TooManyRequests), (503, errors.ServerError), (400, errors.BadRequest)],
)  # fmt: skip
def test_a_status_that_was_meant_decides(meant: int, kind: type[RestError]) -> None:
    """Its sentence still has the one that was sent: a person may look for that in a log."""
    error = refusal(replace(LOOK, meant_status=lambda answer: meant), ADDRESS, Answer(400, {}, b"no"))
    assert type(error) is kind
    assert (error.status, error.what) == (400, "The server answered 400: no")
