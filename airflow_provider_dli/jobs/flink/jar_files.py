"""Jars that lie on the JobManager."""

from __future__ import annotations

from dataclasses import replace

from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow, ask


def delete(jar_id: str) -> Flow[bool]:
    """Delete a jar, and tell whether it was there. A job that was started from it is not disturbed.

    :param jar_id: its id.
    """
    if not (yield from is_there(jar_id)):
        return False
    try:
        yield from ask(replace(jars.delete(jar_id), repeatable=True))
    except RestError:
        # The request may have been carried out although its answer was lost; then the next one is refused.
        if (yield from is_there(jar_id)):
            raise
    return True


def is_there(jar_id: str) -> Flow[bool]:
    """Tell whether the JobManager has a jar."""
    return jar_id in {jar.id for jar in (yield from ask(jars.overview())).files}
