from __future__ import annotations

import socket
from pathlib import Path

import pytest

from airflow_provider_dli.operators.jar import is_uploaded, jar_file, jar_identifier
from tests.conftest import AIRFLOW_3

CONTENT = b"PK\x03\x04 and so on"


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    path = tmp_path / "a job#1 (50%).jar"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def object_store() -> str:
    """A folder of an object store, in memory."""
    from fsspec.implementations.memory import MemoryFileSystem

    if AIRFLOW_3:
        from airflow.sdk.io import attach
    else:
        from airflow.io.store import attach
    attach("memory", fs=MemoryFileSystem())
    return "memory://bucket/jobs"


def test_a_local_path(jar: Path) -> None:
    part = jar_file(str(jar))
    assert (part.filename, part.size) == (jar.name, len(CONTENT))
    for _ in range(2):
        with part.open() as file:
            assert file.read() == CONTENT


def test_a_relative_path_and_a_home(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(jar.parent)
    assert jar_file(jar.name).filename == jar.name
    monkeypatch.setenv("HOME", str(jar.parent))
    assert jar_file(f"~/{jar.name}").filename == jar.name


def test_a_file_url(jar: Path) -> None:
    assert jar_file(f"file://{jar}").size == len(CONTENT)


def test_an_object(object_store: str) -> None:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    with ObjectStoragePath(f"{object_store}/job.jar").open("wb") as file:
        file.write(CONTENT)
    part = jar_file(f"{object_store}/job.jar")
    assert (part.filename, part.size) == ("job.jar", len(CONTENT))
    with part.open() as file:
        assert file.read() == CONTENT


def test_what_is_not_there(jar: Path, object_store: str) -> None:
    for missing in ("/nowhere/job.jar", str(jar.parent), f"{object_store}/other.jar"):
        with pytest.raises(ValueError, match=rf"^There is no jar '{missing}'.* nor .* the id of an uploaded jar\.$"):
            jar_file(missing)


def test_a_relative_path_that_is_not_there_is_shown_as_it_was_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="working directory of the worker") as caught:
        jar_file("jobs/x.jar")
    told = f"There is no jar 'jobs/x.jar' on host {socket.gethostname()}: no file '{tmp_path}/jobs/x.jar', nor "
    assert str(caught.value).startswith(told)


def test_what_is_no_jar(tmp_path: Path) -> None:
    text = tmp_path / "text.jar"
    text.write_text("I am a text")
    with pytest.raises(ValueError, match=r"text.jar' is no jar: it begins with b'I am', and a jar is a zip file\.$"):
        jar_file(str(text))
    empty = tmp_path / "empty.jar"
    empty.touch()
    with pytest.raises(ValueError, match="is no jar: it begins with b''"):
        jar_file(str(empty))


def test_what_is_called_otherwise(jar: Path) -> None:
    other = jar.rename(jar.with_suffix(".zip"))
    with pytest.raises(ValueError, match=r"Flink takes only files whose name ends in \.jar; got '.*\.zip'\."):
        jar_file(str(other))


def test_where_this_worker_cannot_look() -> None:
    with pytest.raises(ValueError, match=r"This worker cannot open 'nosuch://bucket/job.jar': .*'?nosuch'?"):
        jar_file("nosuch://bucket/job.jar")


@pytest.mark.parametrize(
    ("given", "uploaded"),
    [
        ("9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar", True),
        ("9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_a job#1 (50%).jar", True),
        ("9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.zip", False),
        ("/uploads/9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar", False),
        ("9a9a28ef_job.jar", False),
        ("job.jar", False),
    ],
)
def test_the_id_of_an_uploaded_jar(given: str, uploaded: bool) -> None:
    assert is_uploaded(given) is uploaded


@pytest.mark.parametrize("folder", ["", "/tmp/flink-web-1/flink-web-upload/", "uploads/"])
def test_an_uploaded_jar_by_its_id_or_by_its_path(folder: str) -> None:
    jar_id = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_a job#1 (50%).jar"
    assert jar_identifier("jar_id", f"{folder}{jar_id}") == jar_id


@pytest.mark.parametrize("given", ["job.jar", "/jars/job.jar", "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar/", 7])
def test_what_is_no_uploaded_jar(given: object) -> None:
    told = "jar_id must be the id that Flink has given to an uploaded jar, as in '9a9a28ef-.*_job.jar'; got "
    with pytest.raises(ValueError, match=told):
        jar_identifier("jar_id", given)
    with pytest.raises(ValueError, match="jar_id is empty"):
        jar_identifier("jar_id", "")
