"""The emulator as a process of its own, and what callers see when a connection breaks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_dli.local.dli.emulator import LocalDli
from airflow_provider_dli.local.dli.settings import Settings, read_settings, write_settings
from airflow_provider_dli.local.dli.switches import Switches
from airflow_provider_dli.local.errors import LocalError, StartError
from tests.local.dli.client import signing_headers
from tests.local.waiting import is_gone, wait_until

PARENT = """
import time
from airflow_provider_dli.local.dli.emulator import LocalDli
with LocalDli() as dli:
    print(dli.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[LocalDli]:
    with LocalDli() as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def signed(emulator: LocalDli, client: httpx.Client, path: str) -> httpx.Response:
    request = client.build_request("GET", emulator.address + path)
    key = (emulator.settings.access_key, emulator.settings.secret_key)
    request.headers.update(signing_headers(request, key, time.time()))
    return client.send(request)


def issued_token(emulator: LocalDli, client: httpx.Client) -> str:
    settings = emulator.settings
    user = {"name": settings.user, "password": settings.password, "domain": {"name": settings.domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    return client.post(f"{emulator.address}/v3/auth/tokens", json=body).headers["X-Subject-Token"]


class TestWhenItRuns:
    def test_it_says_so(self, emulator: LocalDli, client: httpx.Client) -> None:
        answer = client.get(f"{emulator.address}/health")
        assert answer.json()["status"] == "ok"
        assert answer.json()["project_id"] == emulator.settings.project_id
        assert parsedate_to_datetime(answer.headers["Date"])
        assert emulator.obs.is_dir()

    def test_it_lets_in_who_signs(self, emulator: LocalDli, client: httpx.Client) -> None:
        answer = signed(emulator, client, "/v3/projects?name=local-1&x=%C3%A4%20b%2Fc")
        assert [each["id"] for each in answer.json()["projects"]] == [emulator.settings.project_id]

    def test_it_tells_what_it_received(self, emulator: LocalDli, client: httpx.Client) -> None:
        emulator.administer("DELETE", "requests")
        signed(emulator, client, "/v3/projects?name=local-1")
        (seen,) = emulator.requests("GET", "^/v3/projects$")
        assert (seen["status"], seen["who"], seen["query"]) == (200, "local-user", "name=local-1")
        assert emulator.requests("POST") == []

    def test_its_clock_can_be_shifted(self, emulator: LocalDli, client: httpx.Client) -> None:
        emulator.shift_clock(1000)
        refused = signed(emulator, client, "/v3/projects")
        emulator.shift_clock(0)
        assert "signature expired" in refused.json()["error_msg"]
        assert signed(emulator, client, "/v3/projects").status_code == 200

    @pytest.mark.parametrize("how", ["drop", "lose_answer"])
    @pytest.mark.parametrize("size", [0, 1_000_000])
    def test_callers_see_a_closed_connection(
        self, emulator: LocalDli, client: httpx.Client, how: str, size: int
    ) -> None:
        emulator.fault(path="/v3/auth/tokens", count=2, **{how: True})
        import requests

        url, body = f"{emulator.address}/v3/auth/tokens", b" " * size
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)):
            client.post(url, content=body)
        with requests.Session() as session:
            session.trust_env = False
            with pytest.raises(requests.ConnectionError):
                session.post(url, data=body, timeout=30)
        assert emulator.administer("GET", "faults") == {"faults": []}
        assert client.post(url, json={}).status_code == 400

    def test_what_is_no_fault_is_told(self, emulator: LocalDli) -> None:
        with pytest.raises(LocalError, match="nobody knows statsu"):
            emulator.fault(statsu=503)

    def test_a_large_body_that_is_refused_is_answered(self, emulator: LocalDli, client: httpx.Client) -> None:
        content = b" " * (12 * 1024 * 1024 + 1)
        headers = {"Authorization": "SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature=00"}
        answer = client.post(f"{emulator.address}/v5/agencies/assume", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (413, "APIGW.0201")


class TestItsEnd:
    def test_it_leaves_no_process_and_no_temporary_folder(self, client: httpx.Client) -> None:
        with LocalDli() as emulator:
            pid, folder = emulator.process.pid, emulator.folder
        assert is_gone(pid)
        assert not folder.exists()
        with pytest.raises(httpx.ConnectError):
            client.get(emulator.address)

    def test_a_folder_of_ones_own_stays(self, tmp_path: Path, client: httpx.Client) -> None:
        with LocalDli(tmp_path / "kept") as emulator:
            token = issued_token(emulator, client)
        with LocalDli(tmp_path / "kept") as emulator:
            answer = client.get(f"{emulator.address}/v3/projects", headers={"X-Auth-Token": token})
        assert answer.status_code == 200

    def test_it_comes_back_after_it_was_killed(self, client: httpx.Client) -> None:
        with LocalDli() as emulator:
            before, pid = emulator.address, emulator.process.pid
            token = issued_token(emulator, client)
            emulator.kill()
            assert is_gone(pid)
            with pytest.raises(StartError, match="The emulator ended"):
                emulator.require_alive()
            with pytest.raises(httpx.TransportError):
                client.get(f"{before}/health")

            emulator.restart()
            assert emulator.address == before
            assert client.get(f"{before}/v3/projects", headers={"X-Auth-Token": token}).status_code == 200

    def test_it_does_not_survive_a_parent_that_is_killed(self, tmp_path: Path) -> None:
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        command = [sys.executable, "-c", PARENT]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
            assert parent.stdout
            pid = int(parent.stdout.readline())
            assert not is_gone(pid)
            parent.send_signal(signal.SIGKILL)
        wait_until(lambda: is_gone(pid))


class TestWhenItCannotStart:
    def test_a_port_that_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with pytest.raises(StartError, match=f"Port {port} cannot be used"):
                LocalDli(port=port).start()

    def test_another_reason_is_quoted(self, tmp_path: Path) -> None:
        (tmp_path / "state.db").write_text("this is no database, and it is long enough to be read as one" * 20)
        with pytest.raises(StartError, match="file is not a database"):
            LocalDli(tmp_path).start()


@pytest.mark.parametrize("changes", [{}, {"flink": "http://127.0.0.1:1", "switches": Switches(quoted_success=False)}])
def test_settings_are_read_as_they_were_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    settings = Settings(folder=tmp_path, **changes)
    file = write_settings(settings)
    assert read_settings(file) == settings
    assert file.stat().st_mode & 0o077 == 0


def test_settings_show_no_secret(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    assert settings.secret_key not in repr(settings)
    assert settings.password not in repr(settings)
