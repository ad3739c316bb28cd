from __future__ import annotations

import importlib.util
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_dli.local import packages
from airflow_provider_dli.local.errors import DownloadError
from airflow_provider_dli.local.packages import NoSuchPackageError, downloaded

# What the installers really say, shortened.
PIP_UNKNOWN_VERSION = """\
ERROR: Could not find a version that satisfies the requirement thing==9.9.9 (from versions: 1.0.0, 2.0.0)
ERROR: No matching distribution found for thing==9.9.9
"""
PIP_OFFLINE = """\
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError': /simple/thing/
ERROR: Could not find a version that satisfies the requirement thing==9.9.9 (from versions: none)
ERROR: No matching distribution found for thing==9.9.9
"""
PIP_FULL_DISK = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n\n"
PIP_FULL_DISK_IN_A_BUILD = """\
  error: could not write to 'build/lib/thing.jar': No space left on device
  ERROR: Failed building wheel for thing
ERROR: Could not build wheels for thing, which is required to install pyproject.toml-based projects
"""
UV_FULL_DISK = "error: Failed to extract archive\n  Caused by: No space left on device (os error 28)\n"
UV_UNKNOWN_VERSION = """\
  x No solution found when resolving dependencies:
  ╰─▶ Because there is no version of thing==9.9.9 and you require thing==9.9.9, we can
      conclude that your requirements are unsatisfiable.
"""
UV_OFFLINE = """\
error: Request failed after 3 retries
  Caused by: Failed to fetch: `https://index/simple/thing/`
  Caused by: dns error
"""


class Installer:
    """Stands in for pip: writes what it was asked for, or fails."""

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "runs"
        self.runs.touch()
        self._words = folder / "words"
        self._script = folder / "installer.py"
        self._script.write_text(
            "import pathlib, sys, time\n"
            f"words, runs = pathlib.Path({str(self._words)!r}), pathlib.Path({str(self.runs)!r})\n"
            "target, requirement = map(pathlib.Path, sys.argv[-2:])\n"
            "with runs.open('a') as log: print(requirement, file=log)\n"
            "target.mkdir()\n"
            "(target / 'content').touch()\n"
            "print('Installed', requirement)\n"
            "sys.exit(words.read_text() if words.exists() else 0)\n"
        )

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self._script)]

    def fail(self, words: str) -> None:
        self._words.write_text(words)

    def recover(self) -> None:
        self._words.unlink()


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    installer = Installer(tmp_path)
    monkeypatch.setattr(packages, "_installer", lambda: installer.command)
    return installer


def folders(tmp_path: Path) -> list[str]:
    return [each.name for each in (tmp_path / "cache" / "airflow-provider-dli").iterdir() if each.is_dir()]


def test_a_package_is_downloaded_once(installer: Installer) -> None:
    folder = downloaded("thing", "1.0.0")
    assert (folder / "content").exists()
    assert downloaded("thing", "1.0.0") == folder
    assert installer.runs.read_text().splitlines() == ["thing==1.0.0"]


def test_two_at_once_download_it_once(installer: Installer) -> None:
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(downloaded, ["thing", "thing"], ["1.0.0", "1.0.0"])
    assert first == second
    assert len(installer.runs.read_text().splitlines()) == 1


def test_a_broken_download_leaves_nothing_and_can_be_tried_again(installer: Installer, tmp_path: Path) -> None:
    installer.fail(PIP_FULL_DISK)
    with pytest.raises(DownloadError):
        downloaded("thing", "1.0.0")
    assert folders(tmp_path) == []
    installer.recover()
    downloaded("thing", "1.0.0")
    assert folders(tmp_path) == ["thing-1.0.0"]


def test_what_a_killed_download_left_is_no_hindrance(installer: Installer, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "airflow-provider-dli" / "thing-1.0.0.partial"
    left.mkdir(parents=True)
    (left / "half").touch()
    assert not (downloaded("thing", "1.0.0") / "half").exists()
    assert folders(tmp_path) == ["thing-1.0.0"]


@pytest.mark.parametrize("words", [PIP_UNKNOWN_VERSION, UV_UNKNOWN_VERSION], ids=["pip", "uv"])
def test_a_version_that_is_not_there_is_told_apart(installer: Installer, words: str) -> None:
    installer.fail(words)
    with pytest.raises(NoSuchPackageError):
        downloaded("thing", "9.9.9")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (PIP_OFFLINE, "No matching distribution found for thing==9.9.9"),
        (UV_OFFLINE, "dns error"),
        ("", "nothing"),
    ],
    ids=["pip offline", "uv offline", "silent"],
)
def test_the_installers_last_line_is_told(installer: Installer, words: str, told: str) -> None:
    installer.fail(words or "\n")
    with pytest.raises(DownloadError, match=r"Could not download thing==9\.9\.9") as caught:
        downloaded("thing", "9.9.9")
    assert str(caught.value).endswith(told)


@pytest.mark.parametrize("words", [PIP_FULL_DISK, PIP_FULL_DISK_IN_A_BUILD, UV_FULL_DISK], ids=["pip", "build", "uv"])
def test_a_full_disk_is_named_with_the_folders_that_need_space(
    installer: Installer, words: str, tmp_path: Path
) -> None:
    installer.fail(words)
    with pytest.raises(DownloadError, match=r"Could not download thing==9\.9\.9: the disk is full\.") as caught:
        downloaded("thing", "9.9.9")
    told = str(caught.value)
    assert str(tmp_path / "cache") in told
    assert "network" not in told
    assert "No space left on device" in told.partition("The installer wrote: ")[2]


def test_a_download_shows_what_it_does(installer: Installer, capfd: pytest.CaptureFixture[str]) -> None:
    downloaded("thing", "1.0.0")
    shown = capfd.readouterr()
    assert shown.err.startswith("Downloading thing==1.0.0 into ")
    assert "Installed thing==1.0.0" in shown.err
    assert shown.out == ""
    downloaded("thing", "1.0.0")
    assert capfd.readouterr() == ("", "")


def test_pip_is_taken_where_it_is() -> None:
    assert packages._installer() == [sys.executable, "-m", "pip", "install"]


def test_uv_is_taken_where_pip_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert packages._installer() == ["/bin/uv", "pip", "install", "--python", sys.executable]


def test_neither_pip_nor_uv_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DownloadError, match="Neither pip nor uv is here"):
        packages._installer()
