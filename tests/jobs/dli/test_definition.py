"""A job is created, changed, or left as it is: by its name, and once."""

from __future__ import annotations

import json
from typing import Any, ClassVar

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


OPEN_SOURCE, OLD = "flink_opensource_sql_job", "flink_sql_job"


def test_a_run_mode_in_which_the_job_cannot_run_is_changed() -> None:
    script = there(job_type=OPEN_SOURCE, run_mode="shared_cluster", sql_body="SELECT 1")
    defining(script, SQL, settings={"sql_body": "SELECT 1"})
    assert script.body(UPDATE_SQL) == {"run_mode": "exclusive_cluster"}


@pytest.mark.parametrize("mode", ["shared_cluster", "exclusive_cluster", None])
def test_a_run_mode_that_nobody_has_chosen_is_left_alone(mode: str | None) -> None:
    """The old kind of SQL runs in both."""
    script = there(job_type=OLD, run_mode=mode, sql_body="SELECT 1")
    defining(script, SQL, settings={"sql_body": "SELECT 1", "job_type": OLD})
    assert not script.changes


def test_what_it_has_from_its_creation_on_is_left_alone() -> None:
    script = there(job_type=OLD, sql_body="SELECT 1")
    defining(script, SQL, settings={"sql_body": "SELECT 2", "job_type": OLD, "template_id": 7}, tags={"team": "a"})
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


class TestComplete:
    """A mapping of settings is all of them: what is taken out of a DAG has DLI's default again."""

    HAS: ClassVar[dict[str, Any]] = {
        **AS_SETTINGS["job_config"],  # type: ignore[dict-item]
        "parallel_number": 4,
        "restart_when_exception": True,
        "checkpoint_enabled": True,
        "runtime_config": '[{"key": "a.b", "value": "c"}]',
        "tm_slot_num": 8,
    }

    def defining(self, script: Script, **members: Any) -> None:
        definition = Definition(JAR, "count", {**SETTINGS, **members}, is_complete=True)
        script.run(define(script.backend, definition))

    def test_settings_are_removed(self) -> None:
        script = there(job_config=self.HAS, entrypoint_args="--a b", main_class="Main")
        self.defining(script, runtime_config={}, entrypoint_args="", main_class="")
        assert script.body(UPDATE_JAR) == {
            "parallel_number": 1,
            "restart_when_exception": False,
            "checkpoint_enabled": False,
            "runtime_config": "[]",
            "entrypoint_args": "",
            "main_class": "",
        }

    def test_settings_that_are_given_stay(self) -> None:
        script = there(job_config=self.HAS)
        self.defining(script, parallel_number=4, checkpoint_enabled=True, runtime_config={"a.b": "c"})
        assert script.body(UPDATE_JAR) == {"restart_when_exception": False}

    @pytest.mark.parametrize("member", ["parallel_number", "log_enabled", "smn_topic", "resume_max_num"])
    def test_a_job_without_settings_has_the_defaults(self, member: str) -> None:
        for config in ({member: None}, {}):
            script = there(job_config={**AS_SETTINGS["job_config"], **config})  # type: ignore[dict-item]
            self.defining(script)
            assert not script.changes

    def test_a_job_that_runs_is_not_changed(self) -> None:
        script = there("job_running", job_config=self.HAS)
        with pytest.raises(JobRejected, match="differs in checkpoint_enabled, parallel_number, which"):
            self.defining(script)
        assert not script.changes

    def test_other_settings_are_named_where_they_are_left_alone(self) -> None:
        script = there(job_config=self.HAS)
        defining(script)
        assert not script.changes
        assert script.told == [
            f"job 'count' ({JOB}) is job_init, and is as defined. It has settings of its own, which this task does not "
            "give: parallel_number, checkpoint_enabled, restart_when_exception, runtime_config."
        ]

    def test_a_creation_leaves_empty_ones_out(self) -> None:
        script = Script().on(CREATE_JAR, CREATED)
        self.defining(script, runtime_config={}, entrypoint_args="", main_class="")
        assert script.body(CREATE_JAR).keys() == {"name", *SETTINGS}


class TestNotShown:
    """Some regions leave settings out of a job's detail."""

    def test_a_job_that_runs_is_taken_as_it_is(self) -> None:
        script = there("job_running")
        defining(script, tm_cus=2, tm_slot_num=4)
        assert not script.changes
        assert "they are left as they are: tm_cus, tm_slot_num." in script.told[0]

    def test_a_job_that_does_not_run_is_changed(self) -> None:
        script = there()
        defining(script, tm_cus=2)
        assert script.body(UPDATE_JAR) == {"tm_cus": 2}
        assert script.told == [f"Changed job 'count' ({JOB}): tm_cus (DLI does not show it)."]

    def test_null_is_shown(self) -> None:
        script = there("job_running", job_config={**AS_SETTINGS["job_config"], "tm_cus": None})  # type: ignore[dict-item]
        with pytest.raises(JobRejected, match="differs in tm_cus"):
            defining(script, tm_cus=2)


class TestMayRun:
    """A job that DLI restarts, or whose stop has failed, counts as running."""

    def test_a_failed_stop(self) -> None:
        script = there("job_cancel_fail")
        with pytest.raises(JobRejected, match="is job_cancel_fail, and differs in queue_name"):
            defining(script, queue_name="p")
        assert not script.changes

    def test_a_restart(self) -> None:
        config = {**AS_SETTINGS["job_config"], "restart_when_exception": True}  # type: ignore[dict-item]
        failed = seen("job_running_exception", **{**AS_SETTINGS, "job_config": config})
        script = Script().on(LIST, listed(failed)).jobs(failed, failed, seen("job_running"))
        definition = Definition(JAR, "count", {**SETTINGS, "queue_name": "p"})
        with pytest.raises(JobRejected, match="is job_running, and differs in queue_name"):
            script.run(define(script.backend, definition, 60))
        assert (script.changes, script.pauses) == ([], [2])


@pytest.mark.parametrize(
    ("job_type", "kind", "wanted"),
    [
        ("flink_jar_job", SQL, OPEN_SOURCE),
        (OLD, JAR, "flink_jar_job"),
        (OPEN_SOURCE, JAR, "flink_jar_job"),
        ("flink_sql_edge_job", JAR, "flink_jar_job"),
        (OLD, SQL, OPEN_SOURCE),
        (OPEN_SOURCE, SQL, OLD),
        ("flink_sql_edge_job", SQL, OPEN_SOURCE),
    ],
)
@pytest.mark.parametrize("status", ["job_init", "job_running"])
def test_a_job_of_another_type_has_the_name(job_type: str, kind: str, wanted: str, status: str) -> None:
    script = there(status, job_type=job_type, sql_body="SELECT 1")
    words = rf"Job 'count' \({JOB}\) exists already, as a {job_type}, and this task defines a {wanted}: "
    settings = {"queue_name": "p", **({"sql_body": "SELECT 2", "job_type": wanted} if kind == SQL else {})}
    with pytest.raises(JobRejected, match=words) as caught:
        defining(script, kind, settings=settings)
    assert caught.value.hopeless
    assert not script.changes


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (JAR, "queue", "settings has 'queue', which DLI does not know: did you mean queue_name"),
        (SQL, "sql_boddy", "did you mean sql_body"),
        (JAR, "sql_body", "settings has 'sql_body', which DLI does not know"),
        (JAR, "xyz", "there are .*entrypoint, main_class"),
        (JAR, "name", "settings has 'name': give the operator's parameter job_name instead"),
        (SQL, "tags", "settings has 'tags': give the operator's parameter tags instead"),
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
