"""DLI's object store, as Airflow opens it: to see which checkpoints and savepoints are complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowNotFoundException

from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.jobs.object_store import PROOF, Found

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath


class OpenedStore:
    """An object store that ``ObjectStoragePath`` opens.

    :param address: where its buckets are, as in ``s3://obs_default@`` or ``file:///data/obs``.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def complete_ones(self, path: str) -> Sequence[Found]:
        """Return the complete checkpoints and savepoints in a folder and below it.

        :param path: the folder, ``bucket/key``.
        :raises ValueError: when the store cannot be opened, or not by us; says why.
        :raises BackendTrouble: when it can, and yet does not answer.
        """
        told = f"The object store at {self._address}, in {path}, cannot be read"
        try:
            folder = self._open(path)
            return [found for proof in _proofs(folder) if (found := _found(path, folder, proof))]
        except (ImportError, ValueError, PermissionError, AirflowNotFoundException) as error:
            raise ValueError(f"{told}: {error}") from error
        except Exception as error:
            # What a store's library raises is its own, and fsspec passes it on.
            raise BackendTrouble(f"{told}: {type(error).__name__}: {error}") from error

    def _open(self, path: str) -> ObjectStoragePath:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        separator = "" if self._address.endswith(("@", "/")) else "/"
        return ObjectStoragePath(f"{self._address}{separator}{path}")


def _proofs(folder: ObjectStoragePath) -> Iterator[ObjectStoragePath]:
    # What was listed before is kept by some stores, and a wait looks for what is new.
    folder.fs.invalidate_cache()
    if folder.exists():
        yield from folder.rglob(PROOF)


def _found(path: str, folder: ObjectStoragePath, proof: ObjectStoragePath) -> Found | None:
    """Return what a proof proves; None where it has gone since, for Flink deletes the oldest checkpoints."""
    below = proof.parent.path.removeprefix(folder.path).strip("/")
    try:
        return Found("/".join(filter(None, (path, below))), proof.stat().st_mtime)
    except FileNotFoundError:
        return None
