"""The rows of a query, as the Flink has left them in files, and as CSV in the object store."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import itertools
import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = "_schema.json"
_PACKED: Final[dict[str, tuple[str, Callable[[bytes], bytes]]]] = {
    "none": ("", bytes),
    "gzip": (".gz", gzip.compress),
    "bzip2": (".bz2", bz2.compress),
    "deflate": (".deflate", zlib.compress),
}


class TargetExistsError(Exception):
    """There is something already where rows are to be written."""


class Result:
    """The rows of one query.

    :param folder: where the Flink has written them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def is_there(self) -> bool:
        """Whether there is a result at all, be it without rows."""
        return (self._folder / _SCHEMA).is_file()

    @property
    def columns(self) -> list[dict[str, str]]:
        """Name and type of each column."""
        described: list[dict[str, str]] = json.loads((self._folder / _SCHEMA).read_text())
        return [{"name": column["name"], "type": _type(column["type"])} for column in described]

    def rows(self) -> Iterator[list[Any]]:
        """Return the rows, each as values in the order of the columns."""
        names = [column["name"] for column in self.columns]
        for file in sorted(self._folder.rglob("*")):
            # What is not complete begins with a dot, what is no data with an underscore.
            if file.is_file() and not file.name.startswith((".", "_")):
                with file.open() as lines:
                    for line in lines:
                        row = json.loads(line)
                        yield [row.get(name) for name in names]

    def summary(self) -> dict[str, Any]:
        """Return what a job tells of its rows: how many they are, and their columns as JSON in a text."""
        if not self.is_there:
            return {}
        fields = [{**column, "nullable": True, "metadata": {}} for column in self.columns]
        detail = json.dumps({"type": "struct", "fields": fields})
        return {"result_count": sum(1 for _ in self.rows()), "detail": detail}

    def export(self, target: Path, told: dict[str, Any]) -> int:
        """Write the rows as one CSV file into a folder, and return how many.

        :param target: the folder.
        :param told: what the export was told.
        :raises TargetExistsError: when there is something and it is not to be replaced.
        """
        if target.exists():
            if told["export_mode"] != "Overwrite":
                raise TargetExistsError(f"{told['data_path']} exists already; export_mode Overwrite would replace it.")
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        rows = list(itertools.islice(self.rows(), told.get("limit_num") or None))
        suffix, pack = _PACKED[told["compress"]]
        target.mkdir(parents=True)
        (target / f"part-00000.csv{suffix}").write_bytes(pack(self._written(rows, told)))
        return len(rows)

    def _written(self, rows: list[list[Any]], told: dict[str, Any]) -> bytes:
        page = io.StringIO()
        quote, escape = told.get("quote_char") or '"', told.get("escape_char") or "\\"
        writer = csv.writer(page, quotechar=quote, escapechar=escape, doublequote=False, lineterminator="\n")
        if told["with_column_header"]:
            writer.writerow(column["name"] for column in self.columns)
        writer.writerows(rows)
        return page.getvalue().encode(told.get("encoding_type") or "utf-8")


def as_text(value: Any) -> str | None:
    """Return a value of a row as DLI's documents show it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _type(flink: str) -> str:
    """Return a type as DLI writes it: ``INT NOT NULL`` is ``int``, and every text a ``string``."""
    plain = flink.removesuffix(" NOT NULL").lower()
    return "string" if plain.startswith(("varchar", "char")) else plain
