"""The object store: a folder, in which buckets are folders and objects are files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_SCHEME: Final = "obs://"
#: As in ``obs://bucket/key``, wherever it stands in a text; quotes and spaces end it.
_ADDRESS: Final = re.compile(r"obs://[^\s'\"`,;]+")
#: So many characters of an address are shown that is too long.
_SHOWN: Final = 100


class BadObsAddressError(ValueError):
    """An address that leads nowhere in the object store."""


class ObjectStore:
    """The objects of all buckets.

    :param root: the folder that holds the buckets.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, address: str) -> Path:
        """Return where an object, a folder or a bucket lies on this machine, whether it is there or not.

        :param address: ``obs://bucket/key`` or ``bucket/key``.
        :raises BadObsAddressError: when it names no bucket, or leads out of the object store.
        """
        plain = address.removeprefix(_SCHEME)
        parts = [part for part in plain.split("/") if part]
        if plain.startswith("/") or not parts or any(part in {".", ".."} or "\\" in part for part in parts):
            raise BadObsAddressError(f"{address!r} is no path in OBS; one looks like obs://bucket/folder/file.")
        path = self.root.joinpath(*parts)
        try:
            # Its own file system must be able to look there: OBS has fewer limits.
            path.exists()
            is_inside = path.resolve().is_relative_to(self.root.resolve())
        except (OSError, ValueError, RuntimeError) as error:
            raise BadObsAddressError(f"This machine has no such path as {_short(address)}: {_why(error)}.") from error
        if not is_inside:
            raise BadObsAddressError(f"{address!r} leads out of the object store at {self.root}.")
        return path

    def address(self, path: Path) -> str:
        """Return ``bucket/key`` of what lies at a path.

        :raises BadObsAddressError: when that is not in the object store.
        """
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError as error:
            raise BadObsAddressError(f"{path} is not in the object store at {self.root}.") from error

    def has_bucket(self, name: str) -> bool:
        """Tell whether there is such a bucket."""
        return "/" not in name and self.path(name).is_dir()

    def localized(self, text: str) -> str:
        """Return a text in which every ``obs://`` address is the ``file:`` address of what it leads to.

        :raises BadObsAddressError: when one leads out of the object store.
        """
        return _ADDRESS.sub(lambda found: self._file_address(found[0]), text)

    def _file_address(self, address: str) -> str:
        folder = "/" if address.endswith("/") else ""
        return self.path(address).absolute().as_uri() + folder


def _short(address: str) -> str:
    return repr(address if len(address) <= _SHOWN else f"{address[:_SHOWN]}...")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error).partition(":")[0]
