"""Looking into an object store, in folders as Flink leaves them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.jobs.object_store import Found, ObjectStore

AT = 1_800_000_000.0


def make(folder: Path, at: float = AT, name: str = "_metadata") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("state")
    os.utime(folder / name, (at, at))


def look(root: Path, path: str, address: str = "file://{root}") -> Sequence[Found]:
    store: ObjectStore = OpenedStore(address.format(root=root))
    return sorted(store.complete_ones(path), key=lambda one: one.completed)


@pytest.mark.parametrize("address", ["file://{root}", "file://{root}/"])
def test_what_is_complete(tmp_path: Path, address: str) -> None:
    make(tmp_path / "bucket/job/a/chk-1")
    make(tmp_path / "bucket/job/savepoint-1", AT + 1)
    make(tmp_path / "bucket/job/a/chk-2", name="part-1")
    make(tmp_path / "bucket/job2/chk-3")
    assert look(tmp_path, "bucket/job", address) == [
        Found("bucket/job/a/chk-1", AT),
        Found("bucket/job/savepoint-1", AT + 1),
    ]


def test_the_folder_itself(tmp_path: Path) -> None:
    make(tmp_path / "bucket/s p")
    assert look(tmp_path, "bucket/s p") == [Found("bucket/s p", AT)]


@pytest.mark.parametrize("path", ["bucket", "bucket/none", "none/at/all"])
def test_nothing_is_there(tmp_path: Path, path: str) -> None:
    (tmp_path / "bucket").mkdir()
    assert look(tmp_path, path) == []


@pytest.mark.parametrize("path", ["none", "none/at/all"])
def test_a_bucket_that_is_not_there_is_no_empty_one(tmp_path: Path, path: str) -> None:
    store = OpenedStore(f"file://{tmp_path}", has_buckets=True)
    with pytest.raises(ValueError, match=r"cannot be read: there is no bucket 'none'\. Check object_store"):
        store.complete_ones(path)
    (tmp_path / "none").mkdir()
    assert store.complete_ones(path) == []


def test_a_bucket_that_may_not_be_listed_may_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, path: str, detail: bool) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(LocalFileSystem, "ls", fail)
    assert OpenedStore(f"file://{tmp_path}", has_buckets=True).complete_ones("none/at/all") == []


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_text("no folder")
    assert look(tmp_path, "bucket") == []


def test_what_is_new_is_seen(tmp_path: Path) -> None:
    store = OpenedStore(f"file://{tmp_path}")
    assert store.complete_ones("bucket") == []
    make(tmp_path / "bucket/chk-1")
    assert [one.path for one in store.complete_ones("bucket")] == ["bucket/chk-1"]
    make(tmp_path / "bucket/chk-2")
    assert len(store.complete_ones("bucket")) == 2


def test_no_listing_from_before_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As s3fs would; folders on this machine are never kept."""
    forgotten: list[object] = []
    monkeypatch.setattr(LocalFileSystem, "invalidate_cache", lambda self, path=None: forgotten.append(path))
    store = OpenedStore(f"file://{tmp_path}")
    for _ in range(2):
        store.complete_ones("bucket")
    assert len(forgotten) == 2


def test_what_is_deleted_meanwhile_is_left_out(tmp_path: Path) -> None:
    """Flink deletes the oldest checkpoint whenever a new one is complete."""
    make(tmp_path / "bucket/chk-2")
    (tmp_path / "bucket/chk-1").mkdir()
    (tmp_path / "bucket/chk-1/_metadata").symlink_to(tmp_path / "gone")
    assert look(tmp_path, "bucket") == [Found("bucket/chk-2", AT)]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nope://conn@", "The object store at nope://conn@, in bucket/x, cannot be read: .*nope"),
        ("nope://conn", "The object store at nope://conn, in bucket/x, cannot be read: "),
    ],
)
def test_an_address_that_cannot_be_opened(tmp_path: Path, address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        look(tmp_path, "bucket/x", address)


class EndpointConnectionError(Exception):
    """As a library for a store raises one of its own, botocore among them."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionResetError("Connection reset by peer"), "ConnectionResetError: Connection reset by peer"),
        (EndpointConnectionError("no such host"), "EndpointConnectionError: no such host"),
    ],
    ids=["the system's", "the library's"],
)
def test_a_store_that_does_not_answer_may_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    def fail(self: object) -> bool:
        raise error

    monkeypatch.setattr(ObjectStoragePath, "exists", fail)
    with pytest.raises(BackendTrouble, match=f"cannot be read: {told}") as caught:
        look(tmp_path, "bucket")
    assert not caught.value.hopeless


def test_a_store_that_can_be_opened(tmp_path: Path) -> None:
    OpenedStore(f"file://{tmp_path}", has_buckets=True).check()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("file:///nowhere", "FileNotFoundError: "),
        ("nosuch://bucket", "nosuch"),
        ("s3://no_such_connection@", "no_such_connection"),
    ],
)
def test_a_store_that_cannot_be_opened(address: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^The object store \(object_store\) at .* cannot be opened: ") as caught:
        OpenedStore(address, has_buckets=True).check()
    assert told in str(caught.value)
