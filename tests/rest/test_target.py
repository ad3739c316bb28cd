from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.rest.authentication import Basic, Bearer
from airflow_provider_dli.rest.errors import ConnectionLost, NoAnswer, NotReachable, NotTrusted, Redirected
from airflow_provider_dli.rest.flow import ask
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import Request
from airflow_provider_dli.rest.sync import Driver, Sender
from airflow_provider_dli.rest.target import Rotation, Target, Tls
from tests.rest.certificates import Authority
from tests.rest.clients import LOOK, RUN
from tests.rest.conftest import Connect
from tests.rest.server import Server, answer, close, hang, held, serving, tunnel


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def secure(authority: Authority) -> Iterator[Server]:
    with serving(authority.server()) as server:
        yield server


@pytest.fixture
def strict(authority: Authority) -> Iterator[Server]:
    """A server that wants to see a client's certificate."""
    with serving(authority.server(asks_clients=True)) as server:
        yield server


class TestAddresses:
    @pytest.mark.parametrize(
        ("given", "plain"),
        [
            ("http://jobs:8081", "http://jobs:8081"),
            ("http://jobs:8081/", "http://jobs:8081"),
            ("http://jobs.flink.svc.cluster.local.:8081", "http://jobs.flink.svc.cluster.local.:8081"),
            ("https://proxy/flink/a/", "https://proxy/flink/a"),
            (" https://[::1]:8081\n", "https://[::1]:8081"),
            ("http://me:pass@jobs:8081/a@b", "http://jobs:8081/a@b"),
            ("http://me:p@ss@jobs", "http://jobs"),
        ],
    )
    def test_are_kept_without_a_login_and_a_slash_at_the_end(self, given: str, plain: str) -> None:
        assert Target((given,)).addresses == (plain,)

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "jobs",
            "jobs:8081",
            "ftp://jobs",
            "http://",
            "http://:8081",
            "http://jobs:port",
            "http://jobs:99999",
            "http://jobs:8081/#/overview",
            "http://jobs:8081?a=b",
            "http://two jobs:8081",
            "http://.example.com",
            f"http://{'a' * 64}.example.com",
            "http://[::1",
        ],
    )
    def test_that_cannot_be_used_are_refused(self, given: str) -> None:
        with pytest.raises(ValueError, match="is no address; one looks like http"):
            Target((given,))

    def test_that_are_refused_show_no_password(self) -> None:
        with pytest.raises(ValueError, match=r"^'jobs' is no address"):
            Target(("http://me:pa/ss@jobs",))

    def test_must_be_there(self) -> None:
        with pytest.raises(ValueError, match="no address"):
            Target(())

    def test_rotate(self) -> None:
        rotation = Rotation(("a", "b", "c"))
        rotation.prefer("b")
        assert list(rotation) == ["b", "a", "c"]


def test_a_target_shows_no_secret() -> None:
    for authentication in (Basic("me", "s3cr3t"), Bearer("s3cr3t")):
        target = Target(("http://me:s3cr3t@jobs",), authentication, headers=(("X-Key", "s3cr3t"),))
        assert "s3cr3t" not in repr(target)


class TestTls:
    def test_an_unknown_authority_is_not_trusted(self, connect: Connect, secure: Server) -> None:
        with pytest.raises(NotTrusted) as caught:
            connect(secure.address).send(LOOK)
        assert str(caught.value) == (
            "TLS failed: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer "
            f"certificate (GET {secure.address}/jobs/overview). Check the connection's CA certificate and client "
            "certificate, and that the port speaks TLS."
        )
        assert not secure.received

    def test_distrust_is_not_ridden_out(self, secure: Server) -> None:
        naps: list[float] = []
        driver = Driver(Sender(Target((secure.address,))), print, naps.append)
        with pytest.raises(NotTrusted):
            driver.run(patiently(ask(LOOK), Patience()))
        assert not naps

    def test_a_given_authority_is_believed(self, connect: Connect, secure: Server, authority: Authority) -> None:
        assert connect(secure.address, tls=Tls(ca_certificate=authority.certificate)).send(LOOK) == []

    def test_a_given_authority_is_the_only_one(self, connect: Connect, secure: Server, stranger: Authority) -> None:
        with pytest.raises(NotTrusted):
            connect(secure.address, tls=Tls(ca_certificate=stranger.certificate)).send(LOOK)

    def test_another_host_s_certificate_is_not_trusted(self, connect: Connect, authority: Authority) -> None:
        with serving(authority.server("elsewhere.example.com")) as server, pytest.raises(NotTrusted, match="mismatch"):
            connect(server.address, tls=Tls(ca_certificate=authority.certificate)).send(LOOK)

    @pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
    def test_anything_goes_where_that_is_asked_for(self, connect: Connect, secure: Server, stranger: Authority) -> None:
        tls = Tls(verify=False, ca_certificate=stranger.certificate)
        assert connect(secure.address, tls=tls).send(LOOK) == []

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_the_environment_takes_no_given_authority_away(
        self,
        connect: Connect,
        secure: Server,
        authority: Authority,
        stranger: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, stranger.certificate)
        assert connect(secure.address, tls=Tls(ca_certificate=authority.certificate)).send(LOOK) == []

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_the_environment_adds_none(
        self,
        connect: Connect,
        secure: Server,
        authority: Authority,
        stranger: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, authority.certificate)
        with pytest.raises(NotTrusted):
            connect(secure.address, tls=Tls(ca_certificate=stranger.certificate)).send(LOOK)

    def test_the_system_s_authorities_are_the_same_for_both(
        self, connect: Connect, secure: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", authority.certificate)
        assert connect(secure.address).send(LOOK) == []

    @pytest.mark.parametrize("request_", [LOOK, RUN], ids=str)
    def test_a_missing_client_certificate(
        self, connect: Connect, strict: Server, authority: Authority, request_: Request[Any]
    ) -> None:
        with pytest.raises(NotTrusted, match=r"TLS failed: .*alert certificate required"):
            connect(strict.address, tls=Tls(ca_certificate=authority.certificate)).send(request_)
        assert not strict.received

    def test_a_stranger_s_client_certificate(
        self, connect: Connect, strict: Server, authority: Authority, stranger: Authority
    ) -> None:
        *_, both = stranger.client()
        with pytest.raises(NotTrusted, match="alert unknown ca"):
            connect(strict.address, tls=Tls(ca_certificate=authority.certificate, client_certificate=both)).send(LOOK)

    def test_a_client_certificate_with_its_key_beside_it(
        self, connect: Connect, strict: Server, authority: Authority
    ) -> None:
        certificate, key, _ = authority.client()
        tls = Tls(ca_certificate=authority.certificate, client_certificate=certificate, client_key=key)
        assert connect(strict.address, tls=tls).send(LOOK) == []

    def test_a_client_certificate_with_its_key_in_it(
        self, connect: Connect, strict: Server, authority: Authority
    ) -> None:
        *_, both = authority.client()
        tls = Tls(ca_certificate=authority.certificate, client_certificate=both)
        assert connect(strict.address, tls=tls).send(LOOK) == []

    def test_a_client_s_key_that_wants_a_password(self, connect: Connect, authority: Authority) -> None:
        certificate, *_ = authority.client()
        with pytest.raises(ValueError, match="Cannot use the certificates in"):
            connect("https://jobs", tls=Tls(client_certificate=certificate, client_key=authority.locked_key()))

    @pytest.mark.parametrize("member", ["ca_certificate", "client_certificate"])
    def test_a_file_that_is_not_there(self, connect: Connect, tmp_path: Path, member: str) -> None:
        missing = str(tmp_path / "missing.pem")
        with pytest.raises(ValueError, match=f"Cannot use the certificates in {missing}: No such file"):
            connect("https://jobs", tls=Tls(**{member: missing}))

    @pytest.mark.parametrize("member", ["ca_certificate", "client_certificate"])
    def test_a_file_that_is_no_certificate(self, connect: Connect, tmp_path: Path, member: str) -> None:
        (tmp_path / "poem.pem").write_text("Half a league, half a league")
        with pytest.raises(ValueError, match="Cannot use the certificates in"):
            connect("https://jobs", tls=Tls(**{member: str(tmp_path / "poem.pem")}))

    def test_tls_to_a_port_without(self, connect: Connect, server: Server) -> None:
        with pytest.raises(NotTrusted, match=r"TLS failed: \[SSL: WRONG_VERSION_NUMBER\] wrong version number \(GET"):
            connect(server.address.replace("http", "https")).send(LOOK)

    def test_no_tls_to_a_port_with(self, connect: Connect, secure: Server) -> None:
        with pytest.raises(ConnectionLost):
            connect(secure.address.replace("https", "http")).send(LOOK)

    def test_no_tls_to_flink_s_port_with(self, connect: Connect, server: Server) -> None:
        server.says(answer(301, b"", Location="https://jobs:8081/jobs/overview"))
        with pytest.raises(Redirected, match=r"301: https://jobs:8081/jobs/overview .*schema to https"):
            connect(server.address).send(LOOK)

    def test_a_late_answer_over_tls_is_no_distrust(
        self, connect: Connect, secure: Server, authority: Authority
    ) -> None:
        secure.says(hang)
        tls = Tls(ca_certificate=authority.certificate)
        with pytest.raises(NoAnswer, match=r"No answer within 0\.2 s"):
            connect(secure.address, tls=tls, read_timeout=0.2).send(LOOK)

    def test_a_handshake_that_hangs_is_no_distrust(self, connect: Connect, silent: str) -> None:
        with pytest.raises(NotReachable, match=r"No connection within 0\.2 s") as caught:
            connect(f"https://{silent}", connect_timeout=0.2).send(RUN)
        assert type(caught.value) is NotReachable

    def test_a_handshake_that_is_cut_off_is_no_distrust(self, connect: Connect, cutting: str) -> None:
        with pytest.raises(NotReachable, match="No connection: cut off") as caught:
            connect(f"https://{cutting}").send(RUN)
        assert type(caught.value) is NotReachable


class TestProxies:
    """What a request through a proxy looks like: its path is a whole address."""

    @pytest.fixture(autouse=True)
    def _through(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", server.address)
        monkeypatch.setenv("HTTPS_PROXY", server.address)

    def test_of_the_environment_are_used(self, connect: Connect, server: Server) -> None:
        assert connect("http://jobs.example.com:8081").send(LOOK) == []
        assert server.received[0].path == "http://jobs.example.com:8081/jobs/overview"

    def test_are_left_out_where_the_environment_says_so(
        self, connect: Connect, server: Server, other: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        connect(other.address).send(LOOK)
        assert (len(server.received), len(other.received)) == (0, 1)

    def test_pass_tls_on_and_are_not_asked_whom_to_trust(
        self, connect: Connect, server: Server, secure: Server, authority: Authority, stranger: Authority
    ) -> None:
        server.says(tunnel)
        assert connect(secure.address, tls=Tls(ca_certificate=authority.certificate)).send(LOOK) == []
        with pytest.raises(NotTrusted):
            connect(secure.address, tls=Tls(ca_certificate=stranger.certificate)).send(LOOK)
        assert [received.method for received in server.received] == ["CONNECT", "CONNECT"]

    def test_that_refuse_a_tunnel_are_not_reachable(self, connect: Connect, server: Server) -> None:
        server.says(answer(407, b""))
        with pytest.raises(NotReachable, match="407 Proxy Authentication Required") as caught:
            connect("https://jobs.example.com").send(RUN)
        assert not caught.value.unclear
        assert server.received[0].method == "CONNECT"

    def test_that_break_may_have_passed_the_request_on(self, connect: Connect, server: Server) -> None:
        server.says(close)
        with pytest.raises(ConnectionLost) as caught:
            connect("http://jobs.example.com").send(RUN)
        assert caught.value.unclear


class TestTimeOuts:
    @pytest.mark.parametrize("request_", [LOOK, RUN], ids=str)
    def test_are_the_target_s(self, connect: Connect, server: Server, request_: Request[Any]) -> None:
        server.says(hang)
        with pytest.raises(NoAnswer, match=r"No answer within 0\.1 s"):
            connect(server.address, read_timeout=0.1).send(request_)

    def test_are_the_request_s_own_where_it_has_one(self, connect: Connect, server: Server) -> None:
        server.says(hang)
        with pytest.raises(NoAnswer, match=r"No answer within 0\.1 s"):
            connect(server.address).send(replace(RUN, read_timeout=0.1))

    def test_of_a_request_may_be_longer_than_the_target_s(self, connect: Connect, server: Server) -> None:
        release, begun = threading.Event(), threading.Event()
        server.says(held(until=release, begun=begun))
        client, longer = connect(server.address, read_timeout=0.1), connect(server.address, read_timeout=0.1)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(longer.send, replace(RUN, read_timeout=30))
            begun.wait(10)
            with pytest.raises(NoAnswer):
                client.send(LOOK)
            assert not waiting.done()
            release.set()
            assert waiting.result() == []
