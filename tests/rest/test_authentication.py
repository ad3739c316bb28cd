from __future__ import annotations

import base64
from pathlib import Path

import pytest

from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Basic, Bearer
from tests.rest.clients import LOOK
from tests.rest.conftest import Connect
from tests.rest.server import Server


def sent(connect: Connect, server: Server, authentication: Authentication) -> str | None:
    connect(server.address, authentication=authentication).send(LOOK)
    return server.received[0].headers.get("authorization")


@pytest.fixture(autouse=True)
def _netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another program's logins, which is none of our business."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\ndefault login any password body\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_nobody(connect: Connect, server: Server) -> None:
    assert sent(connect, server, Anonymous()) is None


def test_basic(connect: Connect, server: Server) -> None:
    proof = sent(connect, server, Basic("jürgen", "pä:ss"))
    assert proof
    assert base64.b64decode(proof.removeprefix("Basic ")).decode() == "jürgen:pä:ss"


def test_bearer(connect: Connect, server: Server) -> None:
    assert sent(connect, server, Bearer("abc.def")) == "Bearer abc.def"


def test_other_headers_go_along(connect: Connect, server: Server) -> None:
    connect(server.address, authentication=Bearer("abc"), headers=(("X-Team", "a"), ("User-Agent", "us"))).send(LOOK)
    headers = server.received[0].headers
    assert (headers["x-team"], headers["user-agent"], headers["authorization"]) == ("a", "us", "Bearer abc")


@pytest.mark.parametrize("authentication", [Basic("me", "s3cr3t"), Bearer("s3cr3t")], ids=["basic", "bearer"])
def test_the_secret_is_not_shown(authentication: Authentication) -> None:
    assert "s3cr3t" not in f"{authentication!r} {authentication}"
