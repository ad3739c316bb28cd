"""DLI's object store, as Airflow opens it: to see which checkpoints and savepoints are complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from airflow_provider_dli.jobs.dli.object_store import PROOF, Found

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
        :raises ValueError: when the store cannot be opened; says why.
        """
        try:
            folder = self._open(path)
            return [_found(path, folder, proof) for proof in _proofs(folder)]
        except (ImportError, OSError, ValueError) as error:
            raise ValueError(f"The object store at {self._address}, in {path}, cannot be read: {error}") from error

    def _open(self, path: str) -> ObjectStoragePath:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        separator = "" if self._address.endswith(("@", "/")) else "/"
        return ObjectStoragePath(f"{self._address}{separator}{path}")


def _proofs(folder: ObjectStoragePath) -> Iterator[ObjectStoragePath]:
    if folder.exists():
        yield from folder.rglob(PROOF)


def _found(path: str, folder: ObjectStoragePath, proof: ObjectStoragePath) -> Found:
    below = proof.parent.path.removeprefix(folder.path).strip("/")
    return Found("/".join(filter(None, (path, below))), proof.stat().st_mtime)
