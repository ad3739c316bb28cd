"""Huawei's own client calls every operation of the emulator's, and lives with it through the lives of Flink jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.demo_jobs import JAR
from airflow_provider_dli.local.dli.emulator import LocalDli
from tests.dli.operations import OPERATIONS
from tests.huawei_sdk.environment import run_script
from tests.huawei_sdk.test_requests import LACKING
from tests.local.flink_jobs import FRESH

pytestmark = pytest.mark.live

_OF_CONFIG: Final = ("auto_scaling_enable", "auto_scaling_interval", "max_parallelism")
#: What is in an answer and Huawei's client does not know it, by method; documents know it.
UNKNOWN: Final[Mapping[str, set[str]]] = {
    "show_flink_job": {
        *(f"job_detail.{name}" for name in ("feature", "flink_version", "image")),
        *(f"job_detail.job_config.{name}" for name in _OF_CONFIG),
    },
}
#: What Huawei's client knows of Flink's own graph; that is passed on whole.
OF_GRAPH: Final = {"jid", "name", "isStoppable", "state", "start-time", "end-time", "duration"}
#: Where the emulator says "true" and Huawei's client wants true, by method.
QUOTED: Final = {
    "register_bucket",  # other clients, which work, read a text here
    *("create_ief_message_channel", "run_ief_job_action_call_back", "create_ief_system_events"),  # so do documents
    "update_flink_job_status_report",
}


@pytest.fixture(scope="module")
def dli() -> Iterator[LocalDli]:
    with LocalFlink(slots=4, configuration=FRESH) as flink, LocalDli(flink=flink.address) as dli:
        for bucket in ("jars", "state"):
            (dli.obs / bucket).mkdir()
        (dli.obs / "jars" / "demo.jar").write_bytes(JAR.read_bytes())
        (dli.obs / "jars" / "wait.py").write_text("import time\ntime.sleep(600)\n")
        yield dli


@pytest.fixture(scope="module")
def seen(dli: LocalDli) -> Mapping[str, Any]:
    """What was seen of Flink jobs."""
    return run_against(dli, "live_flink_jobs")


@pytest.fixture(scope="module")
def seen_else(dli: LocalDli) -> Mapping[str, Any]:
    """What was seen of all else."""
    return run_against(dli, "live_all_else")


def run_against(dli: LocalDli, script: str) -> Mapping[str, Any]:
    keys = {name: getattr(dli.settings, name) for name in ("access_key", "secret_key", "project_id")}
    told: Mapping[str, Any] = run_script(script, {"address": dli.address, "keys": keys})
    return told


def known(*, of_flink_jobs: bool) -> set[str]:
    """The operations that Huawei's client has."""
    groups = {"flink_jobs", "flink_templates"}
    return {str(each) for each in OPERATIONS if (each.group in groups) == of_flink_jobs} - LACKING.keys()


def test_every_operation_on_flink_jobs_and_their_templates_was_called(seen: Mapping[str, Any]) -> None:
    assert {*seen["called"]} == known(of_flink_jobs=True)


def test_every_other_operation_was_called(seen_else: Mapping[str, Any]) -> None:
    assert {*seen_else["called"]} >= known(of_flink_jobs=False)


def test_every_answer_about_flink_jobs_is_what_the_client_takes_it_for(seen: Mapping[str, Any]) -> None:
    strange = {name: {*found} for name, found in seen["strange"].items()}
    graph = strange.pop("show_flink_job_execution_graph")
    assert strange == {name: {f"{each} is not known" for each in members} for name, members in UNKNOWN.items()}
    assert all(each.endswith(" is not known") for each in graph)
    assert not {f"execute_graph.{name} is not known" for name in OF_GRAPH} & graph


def test_every_other_answer_is_what_the_client_takes_it_for(seen_else: Mapping[str, Any]) -> None:
    assert seen_else["strange"] == {name: ["is_success is str, not bool"] for name in QUOTED}


def test_a_sql_job_from_its_draft_to_its_end(seen: Mapping[str, Any]) -> None:
    sql = seen["sql"]
    assert sql["created"] == ["true", "job_init", True]
    assert sql["updated"] == ["true", True]
    assert sql["started"] == [["true", "The Flink job is submitted."]]
    assert sql["running"] == ["numbers", "for ever", "exactly_once", True]
    assert sql["graph"] == ["numbers", "RUNNING", 32]
    has_savepoint, path = sql["stopped"]
    assert has_savepoint
    assert path.startswith("state/jobs/savepoint/")
    assert sql["again"] == [False, None]
    assert [sql["ended"], sql["deleted"], sql["gone"]] == [["true"], "true", "DLI.16001"]


def test_a_stream_graph(seen: Mapping[str, Any]) -> None:
    is_success, graph = seen["sql"]["planned"]
    assert is_success is True
    assert json.loads(graph)["operator_list"]


def test_a_jar_job_and_one_that_goes_on_from_its_savepoint(seen: Mapping[str, Any]) -> None:
    jar = seen["jar"]
    assert jar["updated"] == "true"
    assert jar["metrics"] == [True]
    is_success, message = jar["asked"]
    assert [is_success, json.loads(message)["is_success"]] == ["true", "true"]
    assert jar["kept"].startswith("state/kept/")
    assert [jar["imported"], jar["resumed"], jar["deleted"]] == ["true", True, True]
    assert jar["listed"] == [2, [["counting", "job_cancel_success", "counts"]]]


def test_a_bounded_job_finishes(seen: Mapping[str, Any]) -> None:
    assert seen["bounded"] == "job_finish"


def test_a_job_goes_out_and_comes_in(seen: Mapping[str, Any]) -> None:
    told = seen["transfer"]
    assert told["succeeded"] == ["true", "true"]
    assert told["ids"] == [True, True]
    assert told["arrived"] == ["on its way", "job_init", "demo.StreamingCount"]


def test_a_template_and_a_job_of_it(seen: Mapping[str, Any]) -> None:
    told = seen["templates"]
    assert told["succeeded"] == [True, True, True]
    assert told["listed"] == [1, [["numbers", "for ever"]]]
    assert told["job"] is True


@pytest.mark.parametrize(
    ("case", "status", "code", "words"),
    [
        ("unknown job", 400, "DLI.16001", "4711"),
        ("no name", 400, "DLI.0001", "name"),
        ("unknown queue", 400, "DLI.0002", "nowhere"),
        # A list of refusals is beyond Huawei's client: what it holds is lost but for the text.
        ("no queue", 400, "400", '"error_code":"DLI.13024"'),
        ("wrong key", 401, "APIGW.0301", "aksk"),
        ("another project", 403, "APIGW.0302", "ffff"),
    ],
)
def test_a_refusal_is_an_exception_with_its_code(
    case: str, status: int, code: str, words: str, seen: Mapping[str, Any]
) -> None:
    told = seen["refusals"][case]
    assert [told["kind"], told["status"], told["code"]] == ["ClientRequestException", status, code]
    assert words in told["sentence"]
    assert told["request"]
