from __future__ import annotations

import io
import json
from typing import Any

import pytest

from airflow_provider_dli.flink.endpoints.job_graph import SubmittedJob, submit
from airflow_provider_dli.flink.version import Dialect, Version
from airflow_provider_dli.rest.multipart import MultipartBody
from airflow_provider_dli.rest.request import Answer, FilePart, Request

OLD, NEW = Dialect(Version(1, 20)), Dialect(Version(2, 0))


def file(name: str) -> FilePart:
    return FilePart("file", name, 3, lambda: io.BytesIO(b"abc"))


def body(request: Request[Any]) -> Any:
    (part,) = (part for part in request.files if part.name == "request")
    with part.open() as written:
        return json.load(written)


def test_a_job_is_sent_as_a_form_with_its_description_first() -> None:
    graph, jar, artifact = file("a.graph"), file("a.jar"), file("words.txt")
    request = submit(OLD, graph, jars=[jar], artifacts={"words": artifact})
    assert (request.method, request.path, request.json) == ("POST", "/jobs", None)
    assert request.success == {202}
    assert request.files[1:] == (graph, jar, artifact)
    assert body(request) == {
        "jobGraphFileName": "a.graph",
        "jobJarFileNames": ["a.jar"],
        "jobArtifactFileNames": [{"entryName": "words", "fileName": "words.txt"}],
    }


def test_a_job_is_never_sent_twice() -> None:
    assert not submit(OLD, file("a.graph")).repeatable


@pytest.mark.parametrize(("dialect", "member"), [(OLD, "jobGraphFileName"), (NEW, "executionPlanFileName")])
def test_the_graph_is_an_execution_plan_from_2_0_on(dialect: Dialect, member: str) -> None:
    assert dialect.job_graph_field == member
    assert body(submit(dialect, file("a.graph"))) == {
        member: "a.graph",
        "jobJarFileNames": [],
        "jobArtifactFileNames": [],
    }


def test_the_description_is_a_field_and_not_a_file() -> None:
    form = b"".join(MultipartBody(submit(NEW, file("a.graph")).files))
    assert b'form-data; name="request"\r\n\r\n{"executionPlanFileName":"a.graph",' in form
    assert b'name="file"; filename="a.graph"\r\n' in form


def test_the_description_can_be_read_anew_for_each_attempt() -> None:
    request = submit(NEW, file("a.graph"))
    assert body(request) == body(request)


def test_the_answer_tells_where_the_job_is() -> None:
    told = Answer(202, {}, b'{"jobUrl": "/jobs/1"}')
    assert submit(NEW, file("a.graph")).decode(told) == SubmittedJob(job_url="/jobs/1")
