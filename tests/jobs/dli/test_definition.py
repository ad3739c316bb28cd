"""A job is created, changed, or left as it is: by its name, and once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.jobs.dli.definition import JAR, SQL, Definition, define
from airflow_provider_dli.jobs.errors import BackendTrouble, JobRejected, SubmissionUnclear
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.request import Request
from tests.jobs.dli.script import (
    CREATE_JAR,
    CREATE_SQL,
    JOB,
    LIST,
    OTHER,
    UPDATE_JAR,
    UPDATE_SQL,
    Script,
    listed,
    refusal,
    seen,
)
from tests.jobs.script import html

SETTINGS = {"queue_name": "q", "entrypoint": "obs://bucket/a.jar", "checkpoint_mode": "exactly_once"}
AS_SETTINGS = {
    "queue_name": "q",
    "job_config": {"entrypoint": "obs://bucket/a.jar", "checkpoint_mode": "exactly_once", "cu_number": 2},
}
CREATED = {"is_success": "true", "job": {"job_id": int(JOB), "status_name": "job_init"}}
LOST = [
    errors.NoAnswer,
    errors.ConnectionLost,
    html(502),
    html(408),
    refusal("DLI.0001", "Request timeout", 408),
    refusal("DLI.0999"),
]


def defining(script: Script, kind: str = JAR, tags: Any = None, **changed: Any) -> str:
    settings = changed.pop("settings", SETTINGS)
    return script.run(define(script.backend, Definition(kind, "count", settings | changed, tags)))


def there(status: str = "job_init", **members: Any) -> Script:
    job = seen(status, **{**AS_SETTINGS, **members})
    return Script().on(LIST, listed(job)).jobs(job)


class TestCreated:
    def test_a_jar(self) -> None:
        script = Script().on(CREATE_JAR, CREATED)
        assert defining(script, tags={"team": "a"}) == JOB
        assert script.body(CREATE_JAR) == {
            "name": "count",
            "queue_name": "q",
            "entrypoint": "obs://bucket/a.jar",
            "checkpoint_mode": 1,
            "tags": [{"key": "team", "value": "a"}],
        }
        assert script.told == [f"Created job 'count' ({JOB})."]
        assert script.changes == [CREATE_JAR]

    def test_sql(self) -> None:
        script = Script().on(CREATE_SQL, CREATED)
        assert defining(script, SQL, settings={"sql_body": "SELECT 1", "runtime_config": {"a": 1}}) == JOB
        body = script.body(CREATE_SQL)
        assert (body["job_type"], body["run_mode"]) == ("flink_opensource_sql_job", "exclusive_cluster")
        assert json.loads(body["runtime_config"]) == [{"key": "a", "value": "1"}]

    def test_although_others_are_called_nearly_so(self) -> None:
        script = Script().on(LIST, listed(seen("job_init", OTHER, name="count2"))).on(CREATE_JAR, CREATED)
        assert defining(script) == JOB

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_the_answer_is_lost_and_it_is_there(self, lost: Any) -> None:
        script = Script().on(CREATE_JAR, lost).on(LIST, listed(), listed(), listed(seen("job_init")))
        assert defining(script.jobs(seen("job_init", **AS_SETTINGS))) == JOB
        assert script.changes == [CREATE_JAR]
        assert f"and yet job 'count' ({JOB}) is job_init." in script.told[-2]

    @pytest.mark.parametrize("lost", LOST, ids=str)
    def test_the_answer_is_lost_and_it_is_not_there(self, lost: Any) -> None:
        script = Script().on(CREATE_JAR, lost)
        with pytest.raises(SubmissionUnclear, match=r"nothing is there 18 s later.*looks for it before") as caught:
            defining(script)
        assert (script.changes, caught.value.hopeless) == ([CREATE_JAR], False)

    def test_the_answer_is_not_what_was_promised(self) -> None:
        script = Script().on(CREATE_JAR, {"is_success": "true"}).on(LIST, listed(), listed(seen("job_init")))
        assert defining(script.jobs(seen("job_init", **AS_SETTINGS))) == JOB
        assert script.changes == [CREATE_JAR]


class TestNameInUse:
    REFUSED = refusal("DLI.0006", "The job name exists.")

    def test_by_what_can_be_seen(self) -> None:
        """Another task may have created it in the meantime."""
        job = seen("job_init", **AS_SETTINGS)
        script = Script().on(CREATE_JAR, self.REFUSED).on(LIST, listed(), listed(job)).jobs(job)
        assert defining(script) == JOB
        assert script.changes == [CREATE_JAR]

    def test_by_what_cannot(self) -> None:
        script = Script().on(CREATE_JAR, self.REFUSED)
        with pytest.raises(JobRejected, match=r"DLI\.0006: The job name exists") as caught:
            defining(script)
        assert (script.changes, caught.value.hopeless) == ([CREATE_JAR], True)

    def test_by_a_job_that_differs(self) -> None:
        job = seen("job_init", **{**AS_SETTINGS, "queue_name": "p"})
        script = Script().on(CREATE_JAR, self.REFUSED).on(LIST, listed(), listed(job)).jobs(job)
        assert defining(script) == JOB
        assert script.body(UPDATE_JAR) == {"queue_name": "q"}


def test_refused() -> None:
    script = Script().on(CREATE_JAR, refusal("DLI.1028", "Too many jobs."))
    with pytest.raises(JobRejected, match=r"Too many jobs \(.*\)\. Ask for a higher quota") as caught:
        defining(script)
    assert (script.changes, caught.value.hopeless, script.pauses) == ([CREATE_JAR], True, [])


def test_refused_on_the_way() -> None:
    script = Script().on(CREATE_JAR, refusal("APIGW.0301", "Wrong signature", 401))
    with pytest.raises(BackendTrouble, match="Wrong signature"):
        defining(script)


def test_it_is_as_defined() -> None:
    script = there()
    assert defining(script) == JOB
    assert not script.changes
    assert script.told == [f"job 'count' ({JOB}) is job_init, and is as defined."]


def test_what_dli_chose_is_left_alone() -> None:
    """What nobody asked for is no difference, also where a creation would ask for it."""
    script = there(job_type="flink_opensource_sql_job", run_mode="shared_cluster", sql_body="SELECT 1")
    defining(script, SQL, settings={"sql_body": "SELECT 1"})
    assert not script.changes


def test_what_it_has_from_its_creation_on_is_left_alone() -> None:
    script = there(job_type="flink_sql_job", sql_body="SELECT 1")
    settings = {"sql_body": "SELECT 2", "job_type": "flink_opensource_sql_job", "template_id": 7}
    defining(script, SQL, settings=settings, tags={"team": "a"})
    assert script.body(UPDATE_SQL) == {"sql_body": "SELECT 2"}


def test_its_name_is_found_on_a_later_page() -> None:
    jobs = [seen("job_init", str(number), name=f"count-{number}") for number in range(1, 250)]
    jobs.append(seen("job_init", **AS_SETTINGS))
    script = Script().jobs(jobs[-1])

    def page(request: Request[Any]) -> Any:
        begin = int(dict(request.query)["offset"])
        return listed(*jobs[begin : begin + 100])

    script.on(LIST, page)
    assert defining(script) == JOB
    assert [(query["name"], query["offset"]) for query in script.queries[:3]] == [
        ("count", "0"),
        ("count", "100"),
        ("count", "200"),
    ]
    assert not script.changes


class TestChanged:
    def test_what_differs_is_sent_and_said(self) -> None:
        script = there(queue_name="p", entrypoint_args="--key s3cr3t")
        defining(script, entrypoint_args="--key other", cu_number=2)
        assert script.body(UPDATE_JAR) == {"queue_name": "q", "entrypoint_args": "--key other"}
        assert script.told == [f"Changed job 'count' ({JOB}): entrypoint_args, queue_name 'p' -> 'q'."]

    def test_sql(self) -> None:
        script = there(job_type="flink_opensource_sql_job", sql_body="SELECT 1")
        defining(script, SQL, settings={"sql_body": "SELECT 2", "run_mode": "exclusive_cluster"}, tags={"a": "b"})
        assert script.body(UPDATE_SQL) == {"sql_body": "SELECT 2", "run_mode": "exclusive_cluster"}

    def test_refused(self) -> None:
        script = there().on(UPDATE_JAR, refusal("DLI.0002", "No such queue."))
        with pytest.raises(JobRejected, match=r"No such queue \(.*\)\. Check the names of the queue") as caught:
            defining(script, queue_name="p")
        assert (caught.value.job_id, caught.value.hopeless) == (JOB, True)


class TestRunning:
    @pytest.mark.parametrize(
        "changed",
        [
            {"smn_topic": "t"},
            {"restart_when_exception": True},
            {"resume_checkpoint": True},
            {"resume_max_num": 3},
            {"obs_bucket": "b"},
            {"checkpoint_path": "b/c"},
        ],
        ids=str,
    )
    def test_what_may_change_at_any_time(self, changed: dict[str, Any]) -> None:
        script = there("job_running")
        defining(script, **changed)
        assert script.body(UPDATE_JAR) == changed

    @pytest.mark.parametrize("status", ["job_running", "job_submitting", "job_savepointing"])
    def test_the_rest_may_not(self, status: str) -> None:
        script = there(status)
        words = rf"is {status}, and differs in cu_number, queue_name, which .* Stop it first"
        with pytest.raises(JobRejected, match=words) as caught:
            defining(script, queue_name="p", cu_number=3, smn_topic="t")
        assert caught.value.hopeless
        assert not script.changes

    def test_it_is_as_defined(self) -> None:
        script = there("job_running")
        assert defining(script) == JOB
        assert not script.changes


@pytest.mark.parametrize(
    ("job_type", "kind"),
    [("flink_jar_job", SQL), ("flink_sql_job", JAR), ("flink_opensource_sql_job", JAR), ("flink_sql_edge_job", JAR)],
)
def test_another_kind_of_job_has_the_name(job_type: str, kind: str) -> None:
    script = there(job_type=job_type)
    words = rf"Job 'count' \({JOB}\) is there already, as a {job_type}: give this one another name"
    with pytest.raises(JobRejected, match=words) as caught:
        defining(script, kind, settings={"queue_name": "p"})
    assert caught.value.hopeless
    assert not script.changes


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (JAR, "queue", "settings has 'queue', which DLI does not know: did you mean queue_name"),
        (SQL, "sql_boddy", "did you mean sql_body"),
        (JAR, "sql_body", "settings has 'sql_body', which DLI does not know"),
        (JAR, "xyz", "there are .*entrypoint, main_class"),
    ],
)
@pytest.mark.parametrize("script", [there, Script])
def test_a_setting_that_there_is_not(kind: str, name: str, words: str, script: Any) -> None:
    job_type = "flink_jar_job" if kind == JAR else "flink_sql_job"
    answering = script(job_type=job_type) if script is there else script()
    with pytest.raises(ValueError, match=words):
        defining(answering, kind, settings={name: "x"})
    assert not answering.changes


def test_a_mode_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="checkpoint_mode is 1 or exactly_once"):
        defining(Script(), checkpoint_mode="sometimes")


def test_a_list_that_lacks_most_members_is_enough_to_find_it() -> None:
    script = there().on(LIST, listed({"job_id": int(JOB), "name": "count", "status": "job_init", "job_config": None}))
    assert defining(script) == JOB
