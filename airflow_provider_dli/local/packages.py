"""Packages that this environment lacks, downloaded into the user's cache with the user's own pip settings."""

from __future__ import annotations

import fcntl
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from airflow_provider_dli.local.diagnosis import last_line
from airflow_provider_dli.local.errors import DownloadError, LocalError
from airflow_provider_dli.local.folders import cache_folder

#: How pip and uv say that the index has no such thing; pip says so too when it did not reach the index.
_NOT_THERE: Final = ("No matching distribution found", "there is no version of", "no wheels with a matching")
_NOT_REACHED: Final = "WARNING: Retrying ("
#: How pip, uv and the tools that they call say that a disk, or a user's share of it, is full.
_DISK_FULL: Final = r"No space left on device|Errno 28|os error 28|ENOSPC|[Dd]isk quota exceeded"

_STDERR: Final = 2


class NoSuchPackageError(LocalError):
    """The package index has no such version, or none for this platform."""


def downloaded(package: str, version: str) -> Path:
    """Return the folder that holds the package, after downloading it if it is not there yet.

    :param package: its name on the package index.
    :param version: its exact version.
    :raises NoSuchPackageError: if the index does not have it.
    :raises DownloadError: if it could not be had for another reason.
    """
    folder = cache_folder() / f"{package}-{version}"
    if not folder.is_dir():
        with _one_at_a_time() as lock:
            if not folder.is_dir():
                _download(f"{package}=={version}", folder, lock)
    return folder


@contextmanager
def _one_at_a_time() -> Iterator[TextIO]:
    """Hold the cache's lock; the system lets go of it when the last holder ends, however it ends."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _download(requirement: str, folder: Path, lock: TextIO) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    # One that was killed leaves its part behind.
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _install(requirement, partial, lock)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _install(requirement: str, folder: Path, lock: TextIO) -> None:
    command = [*_installer(), "--no-deps", "--target", str(folder), requirement]
    print(f"Downloading {requirement} into {folder.parent} ...", file=sys.stderr, flush=True)
    # The installer holds the lock too: should we be killed, nobody works beside it. Its progress goes to our stderr.
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        pass_fds=[lock.fileno()],
    )
    if done.returncode != 0:
        raise _failure(requirement, done.stderr)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise DownloadError("Neither pip nor uv is here to download with: run `python -m ensurepip`, or install uv.")


def _failure(requirement: str, said: str) -> LocalError:
    if _NOT_REACHED not in said and any(answer in said for answer in _NOT_THERE):
        return NoSuchPackageError(f"It said: {last_line(said)}")
    if full := re.search(f".*(?:{_DISK_FULL}).*", said):
        return DownloadError(
            f"Could not download {requirement}: the disk is full. Free some space in {cache_folder()} and "
            f"{tempfile.gettempdir()}, or set XDG_CACHE_HOME and TMPDIR to folders on another disk. "
            f"The installer wrote: {full[0].strip()}"
        )
    return DownloadError(
        f"Could not download {requirement}: check network and package index. The installer said: {last_line(said)}"
    )
