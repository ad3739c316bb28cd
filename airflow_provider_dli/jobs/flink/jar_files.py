"""Jars on the JobManager: uploads under a tag, deletions, and whether programs still need them.

An upload carries the tag of its task instance in its name. So a later try finds what an earlier one has uploaded, and
deletes it before it starts the program: a ``/run`` of the earlier try that arrives after that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from airflow_provider_dli.flink.advice import advice_on
from airflow_provider_dli.flink.api import complaint
from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.flink.endpoints.jars import Jar
from airflow_provider_dli.jobs.errors import BackendTrouble
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, ask, remark
from airflow_provider_dli.rest.request import FilePart

# Flink decodes some characters of a jar's name twice; these it leaves alone.
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
# Longest part of a file name that is kept beside the tag; file systems take 255 bytes in all.
_LONGEST_NAME = 120


def delete(jar_id: str) -> Flow[bool]:
    """Delete a jar, and return whether it was there. A job that was started from it is not disturbed.

    :param jar_id: its id.
    """
    if not (yield from is_there(jar_id)):
        return False
    try:
        yield from ask(replace(jars.delete(jar_id), repeatable=True))
    except RestError:
        # The request may have been carried out although its response was lost; then the next one is refused.
        if (yield from is_there(jar_id)):
            raise
    return True


def is_there(jar_id: str) -> Flow[bool]:
    """Return whether the JobManager has a jar."""
    return jar_id in {jar.id for jar in (yield from ask(jars.overview())).files}


def upload(jar: FilePart, tag: str | None = None, seconds: float = jars.UPLOAD_TIMEOUT) -> Flow[str]:
    """Upload a jar, and return its id. It is repeated after any transient error, as it starts no job.

    :param jar: the file.
    :param tag: 32 hexadecimal digits that its name shall carry; None to keep its own name.
    :param seconds: how long the upload may pause, and its response may take.
    :raises BackendTrouble: when it could not be uploaded.
    """
    file = replace(jar, filename=_tagged_name(jar.filename or "program.jar", tag)) if tag else jar
    try:
        return (yield from ask(jars.upload(file, read_timeout=seconds))).id
    except RestError as error:
        said = complaint(error.answer) if error.answer else ""
        told = " ".join(filter(None, (f"{jar} was not uploaded: {error}", advice_on(said))))
        raise BackendTrouble(told, hopeless=error.is_final) from error


def tagged(tag: str) -> Flow[Sequence[Jar]]:
    """Return the uploads under a tag, oldest first.

    :param tag: the tag.
    """
    return under(tag, (yield from ask(jars.overview())).files)


def under(tag: str, files: Iterable[Jar]) -> Sequence[Jar]:
    """Return those of some uploads that are under a tag, oldest first.

    :param tag: the tag.
    :param files: the uploads.
    """
    return sorted((jar for jar in files if f".{tag}." in jar.name), key=lambda jar: (jar.uploaded, jar.id))


def delete_all(jar_ids: Sequence[str]) -> Flow[None]:
    """Delete uploads that have served; one that remains is no reason to fail.

    :param jar_ids: their ids.
    """
    for jar_id in jar_ids:
        try:
            yield from ask(jars.delete(jar_id))
        except RestError as error:
            yield from remark(f"The uploaded jar {jar_id} could not be deleted: {error}")


def _tagged_name(name: str, tag: str) -> str:
    stem = _ODD.sub("_", name.removesuffix(".jar"))[:_LONGEST_NAME]
    return f"{stem}.{tag}.jar"
