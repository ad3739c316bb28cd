from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest

from airflow_provider_dli.flink.endpoints import jars
from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.flink.version import Dialect, NotInThisVersion, Version
from airflow_provider_dli.rest.errors import BadRequest, NotFound
from airflow_provider_dli.rest.request import FilePart
from tests.flink.recordings import recorded, versions_with

JOB = "1" * 32
DIALECT = Dialect(Version(2, 3))
JAR = FilePart("jarfile", "job.jar", 3, lambda: BytesIO(b"jar"))
OLD, OLDER = Dialect(Version(1, 16)), Dialect(Version(1, 14))


def body(program: Program, dialect: Dialect = DIALECT) -> Any:
    return json.loads(jars.run(dialect, "1_a.jar", program, job_id=JOB).json or b"")


@pytest.mark.parametrize("version", versions_with("jars"))
def test_the_list_of_jars(version: str) -> None:
    listed = {jar.name: jar for jar in recorded(version, "jars").read().files}
    assert listed["probe.jar"].id.endswith("_probe.jar")
    assert [entry.name for entry in listed["probe.jar"].entry] == ["demo.ProbeJob"]
    assert listed["broken.jar"].entry == ()
    assert listed["my job é (1).jar"].uploaded > 1_700_000_000_000


def test_the_list_where_uploads_are_switched_off() -> None:
    with pytest.raises(NotFound, match="Unable to load requested file /jars"):
        recorded("2.3.0", "jars-when-submit-disabled").read()


@pytest.mark.parametrize("version", versions_with("jar-upload"))
def test_an_upload_returns_the_id(version: str) -> None:
    told = recorded(version, "jar-upload").json["filename"]
    jar_id = recorded(version, "jar-upload").read().id
    assert told.endswith(f"flink-web-upload/{jar_id}")
    assert jar_id.endswith("_probe.jar")


def test_an_upload_goes_out_as_a_file() -> None:
    request = jars.upload(JAR)
    assert (request.path, request.files, request.json, request.repeatable) == ("/jars/upload", (JAR,), None, True)


def test_an_upload_of_something_else_is_refused() -> None:
    with pytest.raises(BadRequest, match="Only Jar files are allowed"):
        recorded("2.3.0", "jar-upload-not-dot-jar").read()


def test_a_jar_with_an_odd_name_is_deleted_by_its_id() -> None:
    assert jars.delete("1_my job é (1).jar").path == "/jars/1_my%20job%20%C3%A9%20%281%29.jar"


@pytest.mark.parametrize(
    "name", ["1.0+2.jar", "100%.jar", "%2B.jar", "why?.jar", "é+ü.jar", "plain_1-2.jar", "a b.jar"]
)
def test_a_path_is_right_when_it_is_decoded_twice(name: str) -> None:
    path = jars.delete(name).path
    # First as a path, then each part as a query.
    first = unquote(path.removeprefix("/jars/"))
    assert "?" not in first
    assert unquote_plus(first) == name
    assert recorded("2.3.0", "jar-delete").read() is None


def test_a_run_names_its_job_and_sends_its_arguments_as_a_list() -> None:
    assert body(Program()) == {"jobId": JOB, "programArgsList": []}
    assert body(Program(arguments=("--name", "a b"))) == {"jobId": JOB, "programArgsList": ["--name", "a b"]}


def test_a_run_with_everything() -> None:
    program = Program(
        entry_class="demo.Count",
        arguments=["--n", "1"],
        parallelism=3,
        configuration={"pipeline.name": "count"},
        savepoint_path="s3://bucket/savepoint-1",
        allow_non_restored_state=False,
        claim_mode="NO_CLAIM",
    )
    assert body(program) == {
        "jobId": JOB,
        "entryClass": "demo.Count",
        "programArgsList": ["--n", "1"],
        "parallelism": 3,
        "flinkConfiguration": {"pipeline.name": "count"},
        "savepointPath": "s3://bucket/savepoint-1",
        "allowNonRestoredState": False,
        "claimMode": "NO_CLAIM",
    }


def test_a_run_is_never_repeatable() -> None:
    request = jars.run(DIALECT, "1_a.jar", Program(), job_id=JOB, read_timeout=600)
    assert (request.path, request.repeatable, request.read_timeout) == ("/jars/1_a.jar/run", False, 600)


def test_an_older_flink_has_another_name_for_the_claim_mode() -> None:
    assert body(Program(claim_mode="CLAIM"), OLD)["restoreMode"] == "CLAIM"


@pytest.mark.parametrize(
    ("program", "dialect", "needs"),
    [
        (Program(configuration={"a": "b"}), OLD, r"flink_configuration needs Flink 1\.17 or newer; .* runs 1\.16"),
        (Program(claim_mode="CLAIM"), OLDER, r"claim_mode needs Flink 1\.15 or newer; .* runs 1\.14"),
    ],
    ids=["configuration", "claim mode"],
)
def test_an_older_flink_is_not_asked_for_what_it_does_not_know(program: Program, dialect: Dialect, needs: str) -> None:
    with pytest.raises(NotInThisVersion, match=needs):
        jars.run(dialect, "1_a.jar", program, job_id=JOB)


@pytest.mark.parametrize("version", versions_with("jobid-first-submit"))
def test_a_run_returns_the_job_s_id(version: str) -> None:
    recording = recorded(version, "jobid-first-submit")
    assert recording.read().jobid == recording.json["jobid"]
