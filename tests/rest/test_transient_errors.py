"""Transient errors on real connections: both drivers retry the same ones, and their last errors read the same."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.dli.credentials.sources import PasswordToken
from airflow_provider_dli.dli.credentials.ways import WithToken
from airflow_provider_dli.rest.asynchronous import AsyncDriver, AsyncSender
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, ask, pause
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Target, Tls
from tests.local.waiting import wait_until
from tests.rest.certificates import Authority
from tests.rest.clients import LOOK
from tests.rest.server import Handler, Reply, Server, answer, close, half, hang, raw, reset, serving

NOW = 1_800_000_000.0
GRACE = 60.0
SEEN = "job 'orders' is RUNNING"
ENDED = answer(body=b'{"jobs":["FINISHED"]}')
RUNS = answer(body=b'{"jobs":[]}')


class Time:
    """A clock that only pauses move, and at some of which something happens."""

    def __init__(self) -> None:
        self.now = NOW
        self.pauses: list[float] = []
        self.happenings: dict[int, Callable[[], object]] = {}
        #: Happens at each of them.
        self.meanwhile: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)
        self.meanwhile()
        self.happenings.get(len(self.pauses), lambda: None)()

    def clock(self) -> float:
        return self.now


def waiting() -> Flow[Any]:
    """Look at a job until it has ended."""
    while not (states := (yield from ask(LOOK))):
        yield from pause(5.0, SEEN)
    return states


Ride = Callable[..., Any]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(params=["worker", "triggerer"])
def ride(request: pytest.FixtureRequest, time: Time, monkeypatch: pytest.MonkeyPatch) -> Ride:
    """Waits patiently for the end of a job at an address, with the one sender or the other."""

    def flow() -> Flow[Any]:
        return patiently(waiting(), Patience(GRACE), time.clock)

    def on_a_worker(address: str, **settings: Any) -> Any:
        sender = Sender(Target((address,), **settings))
        try:
            return Driver(sender, lambda told: None, time.sleep).run(flow())
        finally:
            sender.close()

    def in_the_triggerer(address: str, **settings: Any) -> Any:
        async def scene() -> Any:
            sender = AsyncSender(Target((address,), **settings))
            # Here time passes in no time: what was answered a moment ago was answered long ago.
            sender.SHARED_FOR = 0.0
            try:
                return await AsyncDriver(sender, lambda told: None).run(flow())
            finally:
                await sender.close()

        return asyncio.run(scene())

    sleep = asyncio.sleep

    async def pausing(seconds: float, *given: Any) -> None:
        if seconds > 0:
            time.sleep(seconds)
        await sleep(0)

    monkeypatch.setattr("airflow_provider_dli.rest.asynchronous.asyncio.sleep", pausing)
    return on_a_worker if request.param == "worker" else in_the_triggerer


def date(seconds: float) -> str:
    """Return a moment as HTTP writes it, by the clock that the server's ``Date`` header is from."""
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


PAGE = b"<html>Bad Gateway</html>"
NO_JSON = "what this request does not promise"
HICCUPS: dict[str, tuple[Reply, str]] = {
    "500": (answer(500, b"oops"), "The server answered 500: oops"),
    "502 with a page": (answer(502, PAGE, "text/html"), "The server answered 502: an HTML page, which is not from the"),
    "503, a leader is elected": (answer(503, b"leader election"), "The server answered 503: leader election"),
    "504": (answer(504, b""), "The server answered 504: no further word"),
    "429": (answer(429, b"slowly"), "The server answered 429: slowly"),
    "200 with a page": (answer(200, PAGE, "text/html"), f"The server answered 200 with {NO_JSON}: an HTML page"),
    "200 with nothing": (answer(200, b""), f"The server answered 200 with {NO_JSON}: nothing"),
    "200 with half of it": (answer(200, b'{"jobs":['), f'The server answered 200 with {NO_JSON}: {{"jobs":['),
    "the connection is closed": (close, "The connection broke before the answer was whole"),
    "the connection is reset": (reset, "The connection broke before the answer was whole"),
    "half an answer": (half(close), "The connection broke before the answer was whole"),
    "half an answer, then a reset": (half(reset), "The connection broke before the answer was whole"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "The connection broke before the answer was whole"),
    "no answer": (hang, "No answer within 0.05 s"),
    "half an answer, then none": (half(hang), "No answer within 0.05 s"),
}


@pytest.fixture
def reply(hiccup: str, server: Server, time: Time, monkeypatch: pytest.MonkeyPatch) -> Reply:
    """The reply of a server; where it lacks something, only that is not waited for, however slow the machine is."""
    reply, _ = HICCUPS[hiccup]
    short = 0.05 if "then none" in hiccup or reply is hang else 30.0
    monkeypatch.setattr(Target, "timeouts", lambda *_: (30.0, short if server.next_is(reply) else 30.0))
    time.meanwhile = lambda: wait_until(lambda: server.served >= len(time.pauses))
    return reply


@pytest.mark.parametrize("hiccup", HICCUPS)
class TestAnAnswer:
    def test_is_ridden_out(self, ride: Ride, server: Server, time: Time, hiccup: str, reply: Reply) -> None:
        server.says(RUNS, reply, reply, reply, ENDED)
        assert ride(server.address) == ["FINISHED"]
        assert len(server.received) == 5
        assert time.pauses[1:] == [0.5, 1.0, 2.0]

    def test_is_told_of_after_the_grace_period_with_what_was_seen_before(
        self, ride: Ride, server: Server, time: Time, hiccup: str, reply: Reply
    ) -> None:
        server.says(RUNS, reply)
        with pytest.raises(RestError) as caught:
            ride(server.address)
        check_last_words(caught.value, HICCUPS[hiccup][1], time)


def check_last_words(error: RestError, told: str, time: Time) -> None:
    """What was wrong, where, for how long, and what was seen before: each once, on one line."""
    said = str(error)
    assert said.startswith(told)
    assert "\n" not in said
    assert said.count(f"Gave up after {sum(time.pauses[1:]):.0f} s of trying. Last seen: {SEEN}.") == 1
    assert said.count("Last seen") == said.count("Gave up") == said.count("/jobs/overview") == 1
    assert sum(time.pauses[1:]) == pytest.approx(GRACE)


@pytest.mark.parametrize("status", [429, 503])
class TestRetryAfter:
    @pytest.mark.parametrize(("wish", "seconds"), [("7", 7.0), (None, 9.0)], ids=["seconds", "a date"])
    def test_is_obeyed(
        self, ride: Ride, server: Server, time: Time, status: int, wish: str | None, seconds: float
    ) -> None:
        def slowly(handler: Handler) -> None:
            answer(status, b"slowly", Retry_After=wish or date(seconds))(handler)

        server.says(RUNS, slowly, slowly, ENDED)
        assert ride(server.address) == ["FINISHED"]
        assert time.pauses[1:] == pytest.approx([seconds, seconds], abs=1)

    def test_beyond_the_grace_period_leaves_one_attempt_at_its_end(
        self, ride: Ride, server: Server, time: Time, status: int
    ) -> None:
        server.says(RUNS, answer(status, b"tomorrow", Retry_After="3600"))
        with pytest.raises(RestError, match=rf"answered {status}: tomorrow .*\. Last seen: {SEEN}\.") as caught:
            ride(server.address)
        assert str(caught.value).count("Last seen") == 1
        assert time.pauses[1:] == [GRACE]


class TestNobodyIsThere:
    def test_while_a_jobmanager_restarts(self, ride: Ride, time: Time) -> None:
        with ExitStack() as first, ExitStack() as second:
            old = first.enter_context(serving())
            old.says(answer(body=b'{"jobs":[]}', Connection="close"))
            new: list[Server] = []

            def restarted() -> None:
                new.append(second.enter_context(serving(port=old.server_port)))
                # As Flink does, while it elects a leader.
                new[0].says(answer(503, b"leader election"), RUNS, ENDED)

            time.happenings = {1: first.close, 4: restarted}
            assert ride(old.address) == ["FINISHED"]
            assert (len(old.received), len(new[0].received)) == (1, 3)
            assert time.pauses[1:5] == [0.5, 1.0, 2.0, 4.0]

    def test_and_nobody_comes(self, ride: Ride, time: Time) -> None:
        with ExitStack() as first:
            server = first.enter_context(serving())
            server.says(answer(body=b'{"jobs":[]}', Connection="close"))
            time.happenings = {1: first.close}
            with pytest.raises(RestError) as caught:
                ride(server.address)
        check_last_words(caught.value, "No connection: Connection refused", time)


class Names:
    """A resolver that does not know a host at some looks; which it resolves to loopback otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.unknown: set[int] | None = None
        self.looks = 0
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: Any, *given: Any, **named: Any) -> Any:
        if host not in ("jobs.test", b"jobs.test"):
            return self._resolve(host, *given, **named)
        self.looks += 1
        if self.unknown is None or self.looks in self.unknown:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return self._resolve("127.0.0.1", *given, **named)


class TestAnUnknownHost:
    @pytest.fixture
    def names(self, monkeypatch: pytest.MonkeyPatch) -> Names:
        return Names(monkeypatch)

    def test_is_ridden_out(self, ride: Ride, server: Server, time: Time, names: Names) -> None:
        names.unknown = {2, 3, 4}
        server.says(answer(body=b'{"jobs":[]}', Connection="close"), ENDED)
        assert ride(server.address.replace("127.0.0.1", "jobs.test")) == ["FINISHED"]
        assert len(server.received) == 2
        assert time.pauses[1:] == [0.5, 1.0, 2.0]

    def test_is_told_of_after_the_grace_period(self, ride: Ride, server: Server, time: Time, names: Names) -> None:
        names.unknown = set(range(2, 100))
        server.says(answer(body=b'{"jobs":[]}', Connection="close"))
        with pytest.raises(RestError) as caught:
            ride(server.address.replace("127.0.0.1", "jobs.test"))
        check_last_words(caught.value, "No connection: Temporary failure in name resolution", time)


class Shaky(Server):
    """A server that speaks TLS, and drops some connections before or in the middle of the handshake.

    ``drops`` says how: with a ``reset``, or with an ``end``, of which the client hears before the handshake is over.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.connections = 0
        self.dropped: set[int] = set()
        self.drops = "reset"

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        if self.connections not in self.dropped:
            super().finish_request(request, client_address)
            return
        if self.connections % 2:
            request.recv(1)
        if self.drops == "reset":
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.close()
        else:
            # What the client sent is read to its end: bytes that nobody has read turn an end into a reset.
            request.shutdown(socket.SHUT_WR)
            while request.recv(1 << 16):
                pass


@pytest.mark.parametrize("drops", ["reset", "end"])
class TestAHandshakeThatIsCutOff:
    @pytest.fixture
    def tls(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def shaky(self, tls: Authority, monkeypatch: pytest.MonkeyPatch, drops: str) -> Iterator[Shaky]:
        monkeypatch.setattr("tests.rest.server.Server", Shaky)
        with serving(tls.server()) as server:
            assert isinstance(server, Shaky)
            server.drops = drops
            server.says(answer(body=b'{"jobs":[]}', Connection="close"), ENDED)
            yield server

    def test_is_ridden_out(self, ride: Ride, shaky: Shaky, tls: Authority, time: Time) -> None:
        shaky.dropped = {2, 3, 4}
        assert ride(shaky.address, tls=Tls(ca_certificate=tls.certificate)) == ["FINISHED"]
        assert (len(shaky.received), shaky.connections) == (2, 5)
        assert time.pauses[1:] == [0.5, 1.0, 2.0]

    def test_is_told_of_after_the_grace_period(self, ride: Ride, shaky: Shaky, tls: Authority, time: Time) -> None:
        shaky.dropped = set(range(2, 100))
        with pytest.raises(RestError) as caught:
            ride(shaky.address, tls=Tls(ca_certificate=tls.certificate))
        check_last_words(caught.value, "No connection: ", time)


def written(body: bytes) -> bytes:
    """Return an answer as it goes over the wire."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize("stray", [b'{"jobs":["FAILED"]}', b'{"jobs":[]}'], ids=["another answer", "the same answer"])
def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one(
    ride: Ride, server: Server, time: Time, stray: bytes
) -> None:
    """The second one stays on the connection, which is kept: it must not be the answer to another question."""
    twice = raw(written(b'{"jobs":[]}') + written(stray), then=lambda handler: None)
    server.says(twice, twice, ENDED)
    assert ride(server.address) == ["FINISHED"]
    assert len(server.received) == 3


def test_a_token_that_ends_in_the_middle_of_a_wait_is_renewed(ride: Ride, server: Server, time: Time) -> None:
    """And that who gives tokens has a hiccup as well is ridden out."""
    issued: list[str] = []
    hiccups = [answer(503, b"busy"), close]

    def reply(handler: Handler) -> None:
        if handler.path.startswith("/v3/auth/tokens"):
            if issued and hiccups:
                hiccups.pop(0)(handler)
                return
            issued.append(f"t{len(issued)}")
            body = json.dumps({"token": {"expires_at": "2999-01-01T00:00:00.000000Z"}}).encode()
            answer(201, body, X_Subject_Token=issued[-1])(handler)
        elif handler.headers["X-Auth-Token"] == "t0" and len(time.pauses) < 2:
            RUNS(handler)
        elif handler.headers["X-Auth-Token"] == "t1":
            ENDED(handler)
        else:
            answer(401, b'{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"}')(handler)

    server.says(reply)
    source = PasswordToken(server.address, "me", "pa55-s3cret", "account", {"name": "cn-north-4"})
    assert ride(server.address, authentication=WithToken(source)) == ["FINISHED"]
    assert issued == ["t0", "t1"]
    assert not hiccups
