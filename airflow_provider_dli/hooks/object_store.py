"""Object stores of checkpoints and savepoints, opened with Airflow's ``ObjectStoragePath``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.jobs.object_store import PROOF, Found

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath


class OpenedStore:
    """An object store that ``ObjectStoragePath`` opens.

    :param address: where its buckets are, as in ``s3://obs_default@`` or ``file:///data/obs``.
    :param has_buckets: whether each path begins with a bucket, which must exist: without that check, a wrong address
        would be taken for an empty store.
    """

    def __init__(self, address: str, *, has_buckets: bool = False) -> None:
        self._address = address
        self._has_buckets = has_buckets

    def complete_ones(self, path: str, job_id: str | None = None) -> Sequence[Found]:
        """Return the complete checkpoints and savepoints in a folder and below it.

        :param path: the folder, ``bucket/key``.
        :param job_id: only those below folders in it whose names begin with this id; None for all.
        :raises ValueError: when the store cannot be opened, or not by us; says why.
        :raises BackendTrouble: when it can, and yet does not answer.
        """
        told = f"The object store at {self._address}, in {path}, cannot be read"
        try:
            folder = self._open(path)
            found = [found for proof in _proofs(folder, job_id) if (found := _found(path, folder, proof))]
            if self._has_buckets and not found:
                _check_bucket(folder, path)
            return found
        except (ImportError, ValueError, PermissionError, AirflowNotFoundException) as error:
            raise ValueError(f"{told}: {error}") from error
        except Exception as error:
            # What a store's library raises is its own, and fsspec passes it on.
            raise BackendTrouble(f"{told}: {type(error).__name__}: {error}") from error

    def check(self) -> None:
        """Check that the store can be opened, and that a bucket or folder in its address exists.

        :raises ValueError: when it cannot be opened, or does not exist.
        """
        try:
            root = self._open("")
            # A user who may not list the buckets may yet read in one.
            with suppress(PermissionError):
                root.fs.ls(root.path, detail=False)
        except Exception as error:
            # What a store's library raises is its own, and fsspec passes it on.
            raise ValueError(
                f"The object store (object_store) at {self._address} cannot be opened: {type(error).__name__}: {error}"
            ) from error

    def _open(self, path: str) -> ObjectStoragePath:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        separator = "" if self._address.endswith(("@", "/")) else "/"
        return ObjectStoragePath(f"{self._address}{separator}{path}")


def _proofs(folder: ObjectStoragePath, job_id: str | None) -> Iterator[ObjectStoragePath]:
    # What was listed before is kept by some stores, and a wait looks for what is new.
    folder.fs.invalidate_cache()
    if folder.exists():
        for each in [folder] if job_id is None else _folders_of(folder, job_id):
            yield from each.rglob(PROOF)


def _folders_of(folder: ObjectStoragePath, job_id: str) -> Iterator[ObjectStoragePath]:
    """Return the folders of a job in a folder: their names begin with its id, and not with that of another job."""
    name = re.compile(rf"{re.escape(job_id)}(?!\d)")
    return (each for each in folder.iterdir() if name.match(each.name))


def _check_bucket(folder: ObjectStoragePath, path: str) -> None:
    """Check that the bucket of a path exists, as far as the credentials allow that.

    :raises ValueError: when there is certainly none.
    """
    bucket, _, key = path.partition("/")
    try:
        with suppress(PermissionError):
            folder.fs.ls(folder.path.removesuffix(f"/{key}") if key else folder.path, detail=False)
    except FileNotFoundError as error:
        raise ValueError(f"there is no bucket {bucket!r}. Check object_store in the connection's extra.") from error


def _found(path: str, folder: ObjectStoragePath, proof: ObjectStoragePath) -> Found | None:
    """Return what a proof proves; None where it has gone since, for Flink deletes the oldest checkpoints."""
    below = proof.parent.path.removeprefix(folder.path).strip("/")
    try:
        return Found("/".join(filter(None, (path, below))), proof.stat().st_mtime)
    except FileNotFoundError:
        return None
