"""A jar that an operator was given: one that is uploaded already, or a file anywhere, checked before it is sent."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from airflow_provider_dli.rest.redaction import shown_path
from airflow_provider_dli.rest.request import FilePart
from airflow_provider_dli.tasks.parameters import text

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

# What the JobManager calls a jar: <uuid>_<name>.
_UPLOADED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_[^/]+\.jar")
_ZIP = b"PK\x03\x04"


def is_uploaded(jar: str) -> bool:
    """Tell whether a jar is given by the id that it has on the JobManager."""
    return bool(_UPLOADED.fullmatch(jar))


def jar_identifier(name: str, value: Any) -> str:
    """Return the id of an uploaded jar, also of one that is given by the path that it has on the JobManager.

    :raises ValueError: when it is none.
    """
    jar_id = text(name, value).rpartition("/")[2]
    if not is_uploaded(jar_id):
        raise ValueError(
            f"{name} must be the id that Flink has given to an uploaded jar, "
            f"as in '9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar'; got {shown_path(str(value))!r}."
        )
    return jar_id


def jar_file(jar: str) -> FilePart:
    """Return a jar as a file to upload.

    :param jar: a local path, or anything that Airflow's ``ObjectStoragePath`` can open.
    :raises ValueError: when there is no such file, or it is no jar.
    """
    path = _path(jar)
    if path.suffix != ".jar":
        raise ValueError(f"Flink takes only files whose name ends in .jar; got {shown_path(jar)!r}.")
    _check_content(path, jar)
    return FilePart("jarfile", path.name, path.stat().st_size, lambda: _open(path))


def _path(jar: str) -> ObjectStoragePath:
    """Return where a jar lies, once it is clear that a file is there."""
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    try:
        path = ObjectStoragePath(jar if "://" in jar else f"file://{_absolute(jar)}")
        is_there = path.is_file()
    except (ImportError, ValueError) as error:
        raise ValueError(f"This worker cannot open {shown_path(jar)!r}: {error}.") from error
    if not is_there:
        raise ValueError(_not_found(jar))
    return path


def _not_found(jar: str) -> str:
    """Return the message for a jar that is not found: with where a local path was looked up."""
    given = shown_path(jar)
    if "://" in jar:
        return f"There is no jar {given!r}, nor is that the id of an uploaded jar."
    absolute = shown_path(_absolute(jar))
    sentence = (
        f"There is no jar {given!r} on host {socket.gethostname()}: no file {absolute!r}, nor is it the id of an "
        "uploaded jar."
    )
    if Path(jar).expanduser().is_absolute():
        return sentence
    return (
        f"{sentence} A relative path is relative to the working directory of the worker: "
        "str(Path(__file__).parent / 'job.jar') is a file beside the DAG file."
    )


def _absolute(jar: str) -> str:
    return Path(jar).expanduser().absolute().as_posix()


def _open(path: ObjectStoragePath) -> BinaryIO:
    return cast("BinaryIO", path.open("rb"))


def _check_content(path: ObjectStoragePath, jar: str) -> None:
    """Look at the first bytes: Flink accepts anything under a jar's name, and fails only when it is run."""
    with _open(path) as file:
        begin = file.read(len(_ZIP))
    if begin != _ZIP:
        raise ValueError(f"{shown_path(jar)!r} is no jar: it begins with {begin!r}, and a jar is a zip file.")
