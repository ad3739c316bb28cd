from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.sql.api import SQL_GATEWAY
from airflow_provider_dli.local import distribution, packages
from airflow_provider_dli.local.command_line import main
from airflow_provider_dli.local.dli.settings import Settings
from tests.local.waiting import is_gone, wait_until

COMMAND = [sys.executable, "-m", "airflow_provider_dli.local"]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for what runs of one's own, and nothing runs any more in the end."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield tmp_path / "state" / "airflow-provider-dli" / "flink.json"
    main(["down"])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class Foreground:
    """A Flink that ``up`` holds in the foreground."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen([*COMMAND, "up", *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.told = "".join(iter(self.process.stdout.readline, "Ctrl-C ends it.\n"))
        self.children = [each.pid for each in psutil.Process(self.process.pid).children(recursive=True)]

    def end(self, how: signal.Signals, pid: int | None = None) -> int:
        """Return the exit code after a signal to it, or to another process."""
        if self.process.poll() is None:
            os.kill(pid or self.process.pid, how)
        return self.process.wait(60)


@pytest.fixture
def foreground() -> Iterator[Foreground]:
    flink = Foreground("--slots", "3")
    yield flink
    flink.end(signal.SIGKILL)


def command_of(pid: int) -> list[str]:
    words = psutil.Process(pid).cmdline()
    # A guardian's command line holds that of its child.
    return [] if any(word.endswith("guardian.py") for word in words) else words


def address_in(told: str) -> str:
    match = re.search(r"REST API, web UI +(\S+)", told)
    assert match, told
    return match[1]


def connections(told: str) -> dict[str, Any]:
    """Return the connections that a shell exports which runs the printed lines, by variable."""
    lines = re.findall("^export .*$", told, re.MULTILINE)
    exported = [shlex.split(line)[1].partition("=") for line in lines]
    return {name: json.loads(value) for name, _, value in exported}


def health(told: str) -> dict[str, object]:
    endpoint = connections(told)["AIRFLOW_CONN_DLI_DEFAULT"]["extra"]["endpoint"]
    return dict(httpx.get(f"{endpoint}/health", trust_env=False).json())


def overview(address: str) -> dict[str, object]:
    return dict(httpx.get(f"{address}/overview", trust_env=False).json())


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    *progress, sentence = output.err.splitlines()
    assert all(line.endswith(" ...") for line in progress)
    return sentence


@pytest.mark.long
@pytest.mark.live
class TestForeground:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_it_tells_what_one_needs_to_know_and_ends_when_told(
        self, foreground: Foreground, how: signal.Signals, state: Path
    ) -> None:
        assert overview(address_in(foreground.told))["slots-total"] == 3
        printed = connections(foreground.told)
        assert printed.keys() == {"AIRFLOW_CONN_FLINK_DEFAULT", "AIRFLOW_CONN_DLI_DEFAULT"}
        port = int(address_in(foreground.told).rpartition(":")[2])
        assert printed["AIRFLOW_CONN_FLINK_DEFAULT"] == {"conn_type": "flink", "host": "127.0.0.1", "port": port}

        found = printed["AIRFLOW_CONN_DLI_DEFAULT"]
        extra = found["extra"]
        settings = Settings(folder=state.parent / "dli")
        assert found["conn_type"] == "dli"
        assert (found["login"], found["password"]) == (settings.access_key, settings.secret_key)
        assert extra == {
            "endpoint": extra["endpoint"],
            "iam_endpoint": extra["endpoint"],
            "region": settings.region,
            "project_id": settings.project_id,
            "object_store": settings.obs.as_uri(),
        }
        assert settings.obs.is_dir()
        assert health(foreground.told)["flink"] == address_in(foreground.told)

        assert state.exists()
        assert foreground.end(how) == 0
        assert all(map(is_gone, foreground.children))
        assert not state.exists()

    def test_what_was_killed_is_forgotten_and_nothing_survives(
        self, foreground: Foreground, state: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        foreground.end(signal.SIGKILL)
        wait_until(lambda: all(map(is_gone, foreground.children)))
        assert state.exists()
        assert main(["status"]) == 1
        assert capsys.readouterr().out == "No Flink runs.\n"
        assert not state.exists()

    def test_a_flink_that_dies_ends_it_with_a_sentence(self, foreground: Foreground) -> None:
        java = next(pid for pid in foreground.children if psutil.Process(pid).name() == "java")
        assert foreground.end(signal.SIGKILL, java) == 1

    def test_a_dli_that_dies_ends_it_with_a_sentence(self, foreground: Foreground) -> None:
        emulator = next(pid for pid in foreground.children if "airflow_provider_dli.local.dli" in command_of(pid))
        assert foreground.end(signal.SIGKILL, emulator) == 1
        assert all(map(is_gone, foreground.children))


@pytest.mark.live
def test_one_in_the_background_runs_until_it_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--detach", "--flink", "1.20.5"]) == 0
    told = capsys.readouterr().out
    address, dli = address_in(told), connections(told)["AIRFLOW_CONN_DLI_DEFAULT"]["extra"]["endpoint"]
    assert overview(address)["flink-version"] == "1.20.5"
    assert health(told)["flink"] == address

    assert main(["status"]) == 0
    runs = rf"Flink 1\.20\.5 runs at {address}, with 4 slots, for 0:00:\d\d\.\nDLI runs at {dli}\.\n"
    assert re.fullmatch(runs, capsys.readouterr().out)

    assert main(["up"]) == main(["up", "--detach"]) == 1
    assert "Flink 1.20.5 runs already" in capsys.readouterr().err

    assert main(["down"]) == 0
    assert capsys.readouterr().out == (
        f"Flink 1.20.5 at {address} has ended.\nDLI at {dli} has ended; its state is kept.\n"
    )
    for gone in (address, dli):
        with pytest.raises(httpx.ConnectError):
            overview(gone)
    assert main(["status"]) == 1


@pytest.mark.live
def test_without_a_dli(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    assert main(["up", "--detach", "--no-dli"]) == 0
    assert "DLI" not in capsys.readouterr().out
    assert main(["status"]) == main(["down"]) == 0
    assert "DLI" not in capsys.readouterr().out
    assert not (state.parent / "dli").exists()


@pytest.mark.live
def test_a_dli_knows_what_it_knew(capsys: pytest.CaptureFixture[str]) -> None:
    def up() -> str:
        assert main(["up", "--detach"]) == 0
        return str(connections(capsys.readouterr().out)["AIRFLOW_CONN_DLI_DEFAULT"]["extra"]["endpoint"])

    user = {"name": "ada", "password": "analytical"}
    httpx.post(f"{up()}/_emulator/iam/users", json=user, trust_env=False).raise_for_status()
    assert main(["down"]) == 0
    capsys.readouterr()

    told = {"methods": ["password"], "password": {"user": {**user, "domain": {"name": "local-account"}}}}
    issued = httpx.post(f"{up()}/v3/auth/tokens", json={"auth": {"identity": told}}, trust_env=False)
    assert issued.status_code == 201


def test_a_command_line_that_needs_no_web_server_loads_none() -> None:
    code = "import sys, airflow_provider_dli.local.command_line; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    assert not {"fastapi", "starlette", "uvicorn", "httpx"} & set(loaded)


class TestErrors:
    @pytest.mark.parametrize("more", [[], ["--detach"]])
    def test_a_port_that_is_taken(self, more: list[str], taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["up", "--port", str(taken_port), *more]) == 1
        assert one_sentence(capsys) == (
            f"Port {taken_port} cannot be used (Address already in use): choose another one."
        )

    @pytest.mark.live
    @pytest.mark.parametrize("more", [[], ["--detach"]])
    def test_a_port_of_dli_that_is_taken(
        self, more: list[str], taken_port: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["up", "--dli-port", str(taken_port), *more]) == 1
        assert one_sentence(capsys) == (
            f"Port {taken_port} cannot be used (Address already in use): choose another one."
        )

    def test_a_flink_that_does_not_exist(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = "ERROR: No matching distribution found for apache-flink-libraries==9.9.9"
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(packages, "_installer", lambda: [sys.executable, "-c", f"raise SystemExit({said!r})"])
        assert main(["up", "--flink", "9.9.9"]) == 1
        assert one_sentence(capsys) == f"Your package index has no Flink 9.9.9. It said: {said}"

    def test_a_flink_for_which_there_is_no_java_here(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(distribution, "_JAVA_PACKAGE", "no-such-package-as-this")
        said = "ERROR: No matching distribution found for no-such-package-as-this==21.0.8.2"
        monkeypatch.setattr(packages, "_installer", lambda: [sys.executable, "-c", f"raise SystemExit({said!r})"])
        assert main(["up"]) == 1
        assert one_sentence(capsys).startswith("Your package index has no Java 21 for this platform.")

    @pytest.mark.parametrize("arguments", [["up", "--slots", "0"], ["up", "--slots", "many"], ["fetch"], ["fly"], []])
    def test_what_cannot_be_meant(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(arguments)

    def test_a_cache_that_cannot_be_written(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
        assert main(["fetch", "9.9.9"]) == 1
        assert "Not a directory" in one_sentence(capsys)

    def test_an_interrupt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(packages, "_installer", interrupted)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert main(["fetch", "9.9.9"]) == 130


def test_fetch_tells_where_things_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", distribution.DEFAULT_VERSION]) == 0
    assert re.fullmatch(r"Flink 2\.3\.0 is in \S+, its Java in \S+java\.\n", capsys.readouterr().out)


class TestEndpoints:
    def test_a_line_for_each_operation_of_all_servers(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["endpoints"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(FLINK.endpoints) + len(SQL_GATEWAY.endpoints) + len(DLI.endpoints)
        assert lines[0].split() == ["GET", "/config", "1.7+", "hook.api.cluster.configuration()"]
        assert any(line.split()[-1] == "hook.api.agency.detail()" and "deprecated" in line for line in lines)

    @pytest.mark.parametrize(
        ("page", "headings"),
        [
            (["flink"], ["## Flink", "## SQL Gateway"]),
            (["dli"], ["## DLI"]),
            ([], ["## Flink", "## SQL Gateway", "## DLI"]),
        ],
    )
    def test_the_tables_of_a_page(
        self, page: list[str], headings: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["endpoints", "--markdown", *page]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line.startswith("#")] == headings

    def test_a_page_that_there_is_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["endpoints", "--markdown", "spark"])
        assert "'spark'" in capsys.readouterr().err


def test_nothing_runs_at_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "No Flink runs.\n" * 2


@pytest.mark.parametrize("written", ["", "{", '{"pid": 1}', "[]"])
def test_what_another_version_wrote_is_no_flink(written: str, state: Path) -> None:
    state.parent.mkdir(parents=True)
    state.write_text(written)
    assert main(["status"]) == 1


def test_another_process_under_the_same_id_is_not_taken_for_it(state: Path) -> None:
    """Not even ended: it is this one."""
    state.parent.mkdir(parents=True)
    found = {"pid": os.getpid(), "started": 1.0, "version": "2.3.0", "slots": 4}
    state.write_text(json.dumps(found | {"host": "127.0.0.1", "port": 1, "savepoints": "", "logs": ""}))
    assert main(["down"]) == 0
    assert not state.exists()
