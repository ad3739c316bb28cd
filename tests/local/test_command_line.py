from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from airflow_provider_dli.local import distribution, packages
from airflow_provider_dli.local.command_line import main
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


def address_in(told: str) -> str:
    match = re.search(r"REST API, web UI +(\S+)", told)
    assert match, told
    return match[1]


def overview(address: str) -> dict[str, object]:
    return dict(httpx.get(f"{address}/overview", trust_env=False).json())


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    (sentence,) = output.err.splitlines()
    return sentence


@pytest.mark.live
class TestForeground:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_it_tells_what_one_needs_to_know_and_ends_when_told(
        self, foreground: Foreground, how: signal.Signals, state: Path
    ) -> None:
        assert overview(address_in(foreground.told))["slots-total"] == 3
        connection = re.search("^AIRFLOW_CONN_FLINK_DEFAULT='(.*)'$", foreground.told, re.MULTILINE)
        assert connection
        port = int(address_in(foreground.told).rpartition(":")[2])
        assert json.loads(connection[1]) == {"conn_type": "flink", "host": "127.0.0.1", "port": port}

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


@pytest.mark.live
def test_one_in_the_background_runs_until_it_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--detach", "--flink", "1.20.5"]) == 0
    address = address_in(capsys.readouterr().out)
    assert overview(address)["flink-version"] == "1.20.5"

    assert main(["status"]) == 0
    assert re.fullmatch(rf"Flink 1\.20\.5 runs at {address}, with 4 slots, for 0:00:\d\d\.\n", capsys.readouterr().out)

    assert main(["up"]) == main(["up", "--detach"]) == 1
    assert "Flink 1.20.5 runs already" in capsys.readouterr().err

    assert main(["down"]) == 0
    assert capsys.readouterr().out == f"Flink 1.20.5 at {address} has ended.\n"
    with pytest.raises(httpx.ConnectError):
        overview(address)
    assert main(["status"]) == 1


class TestErrors:
    @pytest.mark.parametrize("more", [[], ["--detach"]])
    def test_a_port_that_is_taken(self, more: list[str], taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["up", "--port", str(taken_port), *more]) == 1
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
