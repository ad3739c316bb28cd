"""One exchange: the same faults have the same names and words, whichever library speaks."""

from __future__ import annotations

import gzip
import socket
import threading
import traceback
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.authentication import Basic, Bearer
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.request import Request
from tests.local.waiting import wait_until
from tests.rest.clients import LOOK, RUN, Client, jobs_of
from tests.rest.conftest import Connect
from tests.rest.server import Reply, Server, answer, close, half, hang, raw, reset

BROKE = "The connection broke before the answer was whole, or the answer is no HTTP"


def fault(client: Client, request: Request[Any] = LOOK) -> RestError:
    with pytest.raises(RestError) as caught:
        client.send(request)
    return caught.value


def check(error: RestError, kind: type[RestError], what: str, url: str, method: str = "GET") -> None:
    """An error's class and words; both senders are held against the same ones."""
    assert type(error) is kind
    assert str(error) == f"{what} ({method} {url}).{error.advice if kind is errors.Redirected else kind.advice}"


# What a server does, and what that is called.
BROKEN: dict[str, tuple[Reply, type[RestError], str]] = {
    "closes without a word": (close, errors.ConnectionLost, BROKE),
    "resets": (reset, errors.ConnectionLost, BROKE),
    "closes in the middle": (half(close), errors.ConnectionLost, BROKE),
    "resets in the middle": (half(reset), errors.ConnectionLost, BROKE),
    "closes within a chunk": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
        errors.ConnectionLost,
        BROKE,
    ),
    "speaks no HTTP": (raw(b"220 smtp.example.com ESMTP ready\r\n"), errors.ConnectionLost, BROKE),
    "speaks bytes": (raw(bytes(range(256))), errors.ConnectionLost, BROKE),
    "sends broken gzip": (answer(body=b"no gzip", Content_Encoding="gzip"), errors.ConnectionLost, BROKE),
    "hangs": (hang, errors.NoAnswer, "No answer within 0.1 s"),
    "hangs in the middle": (half(hang), errors.NoAnswer, "No answer within 0.1 s"),
}


@pytest.mark.parametrize("request_", [LOOK, RUN], ids=str)
@pytest.mark.parametrize(("reply", "kind", "what"), BROKEN.values(), ids=BROKEN)
def test_a_server_that_breaks(
    connect: Connect, server: Server, request_: Request[Any], reply: Reply, kind: type[RestError], what: str
) -> None:
    server.says(reply)
    error = fault(connect(server.address, read_timeout=0.1 if kind is errors.NoAnswer else 30), request_)
    check(error, kind, what, server.address + request_.path, request_.method)
    assert error.unclear
    assert error.could_help
    # A time-out may come before the server has read the request.
    wait_until(lambda: server.served)
    assert len(server.received) == 1


def test_refused(connect: Connect, dead: str) -> None:
    error = fault(connect(dead), RUN)
    check(error, errors.NotReachable, "No connection: Connection refused", f"{dead}/jars/1/run", "POST")
    assert not error.unclear
    assert error.could_help


def test_unknown_host(connect: Connect) -> None:
    with pytest.raises(socket.gaierror) as resolver:
        socket.getaddrinfo("nowhere.invalid", 80)
    error = fault(connect("http://nowhere.invalid:8081"))
    check(
        error,
        errors.NotReachable,
        f"No connection: {resolver.value.strerror}",
        "http://nowhere.invalid:8081/jobs/overview",
    )


def test_a_host_of_several_addresses(connect: Connect, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    address = dead.replace("127.0.0.1", "jobs.example.com")
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    check(fault(connect(address)), errors.NotReachable, "No connection: Connection refused", f"{address}/jobs/overview")


def test_a_connection_that_is_not_made_in_time(connect: Connect, full: str) -> None:
    error = fault(connect(full, connect_timeout=0.2))
    check(error, errors.NotReachable, "No connection within 0.2 s", f"{full}/jobs/overview")


ANSWERS: dict[str, tuple[Reply, type[RestError], str]] = {
    "301": (
        answer(301, b"", Location="https://flink.example.com/"),
        errors.Redirected,
        "The server answered 301: https://flink.example.com/",
    ),
    "302": (answer(302, b"", Location="/login"), errors.Redirected, "The server answered 302: /login"),
    "308 without Location": (answer(308, b""), errors.Redirected, "The server answered 308: no further word"),
    "400": (answer(400, b"no such mode"), errors.BadRequest, "The server answered 400: no such mode"),
    "401": (answer(401, b"who?"), errors.NotAuthenticated, "The server answered 401: who?"),
    "403": (answer(403, b"not you"), errors.Forbidden, "The server answered 403: not you"),
    "404": (answer(404, b"no job\nat all"), errors.NotFound, "The server answered 404: no job"),
    "409": (answer(409, b"ended"), errors.Conflict, "The server answered 409: ended"),
    "413 without a body": (answer(413, b""), errors.Refused, "The server answered 413: no further word"),
    "429": (answer(429, b"slowly"), errors.TooManyRequests, "The server answered 429: slowly"),
    "500": (answer(500, b"oops"), errors.ServerError, "The server answered 500: oops"),
    "503": (answer(503, b"electing"), errors.ServerError, "The server answered 503: electing"),
    "502 in HTML": (
        answer(502, b"<html>Bad Gateway</html>", "text/html"),
        errors.ServerError,
        "The server answered 502: an HTML page, which is not from the API itself (a proxy or a login page?)",
    ),
    "200 in HTML": (
        answer(200, b"<html>Log in</html>", "text/html; charset=utf-8"),
        errors.UnexpectedAnswer,
        "The server answered 200 with what this request does not promise: an HTML page, which is not from the API "
        "itself (a proxy or a login page?) [JSONDecodeError('Expecting value: line 1 column 1 (char 0)')]",
    ),
    "200 with broken JSON": (
        answer(200, b'{"jobs": ['),
        errors.UnexpectedAnswer,
        "The server answered 200 with what this request does not promise: "
        "{\"jobs\": [ [JSONDecodeError('Expecting value: line 1 column 11 (char 10)')]",
    ),
    "200 without the promised member": (
        answer(200, b'{"job":1}'),
        errors.UnexpectedAnswer,
        "The server answered 200 with what this request does not promise: {\"job\":1} [KeyError('jobs')]",
    ),
    "200 with a list": (
        answer(200, b"[]"),
        errors.UnexpectedAnswer,
        "The server answered 200 with what this request does not promise: [] "
        "[TypeError('list indices must be integers or slices, not str')]",
    ),
    "204 instead of 200": (
        answer(204, b""),
        errors.UnexpectedAnswer,
        "The server answered 204 with what this request does not promise: nothing [ValueError('not 200')]",
    ),
}


@pytest.mark.parametrize(("reply", "kind", "what"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_no_success(
    connect: Connect, server: Server, reply: Reply, kind: type[RestError], what: str
) -> None:
    server.says(reply)
    check(fault(connect(server.address)), kind, what, f"{server.address}/jobs/overview")
    assert len(server.received) == 1


@pytest.mark.parametrize("request_", [LOOK, RUN], ids=str)
def test_a_redirect_is_never_followed(connect: Connect, server: Server, other: Server, request_: Request[Any]) -> None:
    server.says(answer(302, b"", Location=f"{other.address}/jobs/overview"))
    fault(connect(server.address), request_)
    assert not other.received


def test_an_answer_in_gzip(connect: Connect, server: Server) -> None:
    server.says(answer(body=gzip.compress(b'{"jobs":[7]}'), Content_Encoding="gzip"))
    assert connect(server.address).send(LOOK) == [7]


def test_an_error_in_gzip(connect: Connect, server: Server) -> None:
    server.says(answer(404, gzip.compress(b"no job"), Content_Encoding="gzip"))
    assert fault(connect(server.address)).what == "The server answered 404: no job"


def test_what_goes_out_is_what_was_asked_for(connect: Connect, server: Server) -> None:
    path = "/jars/1_a%20%C3%A9%2F%25.jar/run"
    request = Request("POST", path, jobs_of, query=(("get", "a.b,c d&e"), ("x", "é")), json='{"a":"é"}'.encode())
    connect(f"{server.address}/proxied/flink").send(request)
    (received,) = server.received
    assert (received.method, received.body) == ("POST", '{"a":"é"}'.encode())
    assert received.path == f"/proxied/flink{path}?get=a.b%2Cc%20d%26e&x=%C3%A9"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["accept"] == "application/json"


@pytest.mark.parametrize("request_", [LOOK, RUN], ids=str)
def test_the_next_address_is_tried_where_one_cannot_be_reached(
    connect: Connect, dead: str, server: Server, request_: Request[Any]
) -> None:
    assert connect(dead, server.address).send(request_) == []
    assert len(server.received) == 1


def test_the_last_address_is_named_where_none_can_be_reached(connect: Connect, dead: str) -> None:
    assert fault(connect(dead, f"{dead}/other")).url == f"{dead}/other/jobs/overview"


def test_the_address_that_answered_comes_first_from_then_on(connect: Connect, server: Server, other: Server) -> None:
    port = server.server_port
    server.shutdown()
    server.server_close()
    client = connect(f"http://127.0.0.1:{port}", other.address)
    client.send(LOOK)
    with socket.create_server(("127.0.0.1", port)) as back:
        back.settimeout(0)
        client.send(LOOK)
        with pytest.raises(BlockingIOError):
            back.accept()
    assert len(other.received) == 2


@pytest.mark.parametrize("reply", [answer(500), answer(503), answer(404), close], ids=["500", "503", "404", "close"])
def test_an_address_that_answers_badly_is_still_the_one(
    connect: Connect, server: Server, other: Server, reply: Reply
) -> None:
    server.says(reply)
    fault(connect(server.address, other.address), RUN)
    assert not other.received


def test_a_connection_that_went_stale_is_made_anew(connect: Connect, server: Server) -> None:
    closed = threading.Event()

    def once(handler: Any) -> None:
        answer()(handler)
        handler.connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    server.says(once, answer())
    client = connect(server.address)
    client.send(RUN)
    closed.wait()
    client.send(RUN)
    assert len(server.received) == 2


SECRET = "s3cr3t-value"


@pytest.mark.parametrize("reply", [close, answer(401), answer(200, b"[]")], ids=["close", "401", "bad"])
@pytest.mark.parametrize("authentication", [Basic("me", SECRET), Bearer(SECRET)], ids=["basic", "bearer"])
def test_no_error_shows_a_secret(connect: Connect, server: Server, reply: Reply, authentication: Any) -> None:
    server.says(reply)
    request = replace(RUN, json=b'{"programArgsList":["--password","%s"]}' % SECRET.encode())
    client = connect(
        server.address.replace("://", f"://me:{SECRET}@"),
        authentication=authentication,
        headers=(("X-Api-Key", SECRET),),
    )
    error = fault(client, request)
    shown = [str(error), repr(error), error.url, "".join(traceback.format_exception(error))]
    proof = server.received[0].headers["authorization"].split()[1]
    assert not [text for text in shown if SECRET in text or proof in text]
    assert server.received[0].headers["x-api-key"] == SECRET


def test_a_header_that_cannot_be_sent_is_named_without_its_value(connect: Connect, server: Server) -> None:
    client = connect(server.address, authentication=Bearer(f"{SECRET}\n"))
    with pytest.raises(ValueError, match="Header Authorization") as caught:
        client.send(LOOK)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert not server.received
