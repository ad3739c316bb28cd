"""A job that is compiled already: ``POST /jobs``, for who has what Flink's own client sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Dialect
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel
from airflow_provider_dli.rest.request import FilePart, json_bytes


class SubmittedJob(Camel):
    """A job that was submitted.

    :param job_url: the path below which its answers are.
    """

    job_url: str


@FLINK.endpoint("POST /jobs", SubmittedJob.read, success=202)
def submit(
    dialect: Dialect, graph: FilePart, *, jars: Sequence[FilePart] = (), artifacts: Mapping[str, FilePart] | None = None
) -> Parts:
    """Submit a job that a Java program has compiled and serialized, with the same version of Flink.

    Each file needs a name, and no two the same; how the form's fields are called does not matter.

    :param dialect: how the cluster's version wants to be spoken to.
    :param graph: the job's graph, and its execution plan from 2.0 on, serialized.
    :param jars: the jars with its classes.
    :param artifacts: the files of its distributed cache, by the names under which its program asks for them.
    """
    cached = artifacts or {}
    body = {
        dialect.job_graph_field: graph.filename,
        "jobJarFileNames": [jar.filename for jar in jars],
        "jobArtifactFileNames": [{"entryName": name, "fileName": file.filename} for name, file in cached.items()],
    }
    return Parts(files=[_request(body), graph, *jars, *cached.values()])


def _request(body: Mapping[str, Any]) -> FilePart:
    written = json_bytes(body)
    return FilePart("request", None, len(written), lambda: BytesIO(written))
