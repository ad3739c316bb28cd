"""Every templated parameter of every operator and sensor, with what templates and other tasks give.

A new templated parameter has to be put into one of the groups here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowException, ObjectStoragePath
from jinja2 import TemplateNotFound, UndefinedError

from airflow_provider_dli.operators.dli import DliFlinkSqlJobOperator, DliSparkBatchOperator, DliSqlOperator
from airflow_provider_dli.operators.flink import (
    FlinkDeleteJarOperator,
    FlinkDisposeSavepointOperator,
    FlinkRunJarOperator,
    FlinkSqlOperator,
    FlinkTriggerSavepointOperator,
)
from airflow_provider_dli.sensors.flink import FlinkCheckpointSensor, FlinkJobStatusSensor
from tests.airflow_engine import context_of, make_dag, run_dag
from tests.every_task import ABOUT_A_JOB, DLI_JOB, JOB, LEAST, ON_DLI, make
from tests.rest.server import Handler, answer, serving

Kind = Any
NOW = datetime(2026, 11, 21, 6, tzinfo=timezone.utc)
JAR_ID = "9a9a28ef-9b2c-4a4f-9a0f-0e4f6d5a6a2b_job.jar"

# Texts, which look like something else to Python.
TEXTS = {
    *("flink_conn_id", "dli_conn_id", "job_name", "entry_class", "queue_name", "obs_bucket", "execution_agency_urn"),
    *("flink_version", "message_id", "msg_confirm_topic", "database", "vertex", "metric"),
}
DECEPTIVE = ("20260101", "1.10", "1_000", "0x10", "1e3", "True", "'q'", "[1]", '{"a": 1}', "007", " x", "daily.sql")
PATHS = {"savepoint_directory", "savepoint_path", "restore_from", "path", "jar", "file"}
LISTS = {"arguments"}
DICTS = {"flink_configuration", "settings", "tags", "configuration", "spark_configuration"}
# The others, with values that work and what becomes of them; a text stands for the same value natively as well.
OTHERS: dict[str, dict[Any, Any]] = {
    "parallelism": {"3": 3, 3: 3},
    "lower_bound": {"1": 1, 1: 1},
    "threshold": {"1.5": 1.5, 2: 2.0, "1e3": 1000.0},
    "after": {"2026-11-21": NOW.timestamp() - 21600, "20261121T060000": NOW.timestamp(), NOW: NOW.timestamp()},
    "jar_id": {JAR_ID: JAR_ID, f"/tmp/flink/{JAR_ID}": JAR_ID},
}
OPTIONAL = {
    *("job_id", "job_name", "entry_class", "obs_bucket", "execution_agency_urn", "flink_version", "msg_confirm_topic"),
    *("database", "vertex", "restore_from", "path", "after"),
    # With missing_ok, nothing to delete is no error.
    *("savepoint_path of FlinkDisposeSavepointOperator", "jar_id"),
}
SOMETIMES_OPTIONAL = {"jar", "parallelism", "savepoint_directory", "queue_name"}
EVERY = [(kind, name) for kind in LEAST for name in kind.template_fields]
every = pytest.mark.parametrize(("kind", "name"), EVERY, ids=[f"{kind.__name__}-{name}" for kind, name in EVERY])
natively_or_not = pytest.mark.parametrize("native", [False, True], ids=["texts", "native"])


def chosen(condition: Callable[[Kind, str], bool]) -> pytest.MarkDecorator:
    some = [(kind, name) for kind, name in EVERY if condition(kind, name)]
    return pytest.mark.parametrize(("kind", "name"), some, ids=[f"{kind.__name__}-{name}" for kind, name in some])


def is_text(kind: Kind, name: str) -> bool:
    return name in TEXTS and not (name == "metric" and kind in ON_DLI)


def is_optional(kind: Kind, name: str) -> bool:
    if name == "job_name" and "job_name" in LEAST[kind]:
        return False
    named = {name, f"{name} of {kind.__name__}"}
    return bool(named & OPTIONAL) or name in SOMETIMES_OPTIONAL - LEAST[kind].keys()


def texts(*names: str) -> pytest.MarkDecorator:
    return chosen(lambda kind, name: name in names)


def dag_of(native: bool) -> DAG:
    return make_dag(render_template_as_native_obj=native)


def read(kind: Kind, name: str, value: Any, *, native: bool, **params: Any) -> Any:
    """Return what becomes of a parameter, rendered and converted as when the task runs."""
    with dag_of(native):
        task = make(kind, **_with(kind, name, value))
    task.render_template_fields({"params": params, "ds_nodash": "20260101"})
    task.read_parameters()
    return getattr(task, name)


def _with(kind: Kind, name: str, value: object) -> dict[str, Any]:
    """Return an argument, without the other way to name the job."""
    return {name: value, "job_id": None} if name == "job_name" and kind in ABOUT_A_JOB else {name: value}


@pytest.mark.parametrize("kind", LEAST)
def test_each_has_a_reader_and_a_place_here(kind: Kind) -> None:
    assert tuple(kind.readers) == tuple(kind.template_fields)
    of_its_own = {"job_id", "statuses", "jobs", "sql"}
    assert set(kind.template_fields) <= TEXTS | PATHS | LISTS | DICTS | OTHERS.keys() | of_its_own


@chosen(is_text)
@natively_or_not
def test_a_text_stays_as_it_is(kind: Kind, name: str, native: bool) -> None:
    for value in DECEPTIVE:
        for template in ("{{ params.v }}", "{{ params.v[:1] }}{{ params.v[1:] }}", value):
            assert read(kind, name, template, native=native, v=value) == value


@chosen(is_text)
@natively_or_not
def test_a_number_becomes_a_text(kind: Kind, name: str, native: bool) -> None:
    assert read(kind, name, "{{ params.v }}", native=native, v=20260101) == "20260101"


@chosen(lambda kind, name: is_text(kind, name) or name in PATHS or name == "sql")
def test_what_is_no_text(kind: Kind, name: str) -> None:
    for value in ({"a": 1}, True, b"a"):
        with pytest.raises(ValueError, match=f"^{name} must be a "):
            read(kind, name, "{{ params.v }}", native=True, v=value)
        with pytest.raises(ValueError, match=f"^{name} must be a "):
            make(kind, **_with(kind, name, value)).read_parameters()


# What missing_ok lets a clean-up task do without; it is checked when the task runs.
MAY_BE_MISSING = {(FlinkDisposeSavepointOperator, "savepoint_path"), (FlinkDeleteJarOperator, "jar_id")}


@every
def test_where_a_template_gives_nothing(kind: Kind, name: str) -> None:
    """A native None leaves a parameter out, where that is possible; the text ``None`` is no path, name or number."""
    if name in LISTS | DICTS | {"statuses"}:
        nothing = {} if name in DICTS else []
        assert read(kind, name, "{{ params.v }}", native=True, v=None) in (nothing, None)
    elif is_optional(kind, name) or (kind, name) in MAY_BE_MISSING:
        assert read(kind, name, "{{ params.v }}", native=True, v=None) is None
        assert read(kind, name, "{{ params.v or '' }}", native=False, v=None) is None
    else:
        with pytest.raises(ValueError, match=f"^{name} (is empty|must be)"):
            read(kind, name, "{{ params.v }}", native=True, v=None)
    with pytest.raises(ValueError, match=f"^{name} (is the text 'None'|must be)"):
        read(kind, name, "{{ params.v }}", native=False, v=None)


@chosen(lambda kind, name: name in PATHS)
@natively_or_not
def test_paths(kind: Kind, name: str, native: bool) -> None:
    assert read(kind, name, Path("/a/b.jar"), native=native) == "/a/b.jar"
    made = read(kind, name, ObjectStoragePath("s3://aws@bucket/{{ ds_nodash }}.jar"), native=native)
    for_flink = "s3://aws@bucket/20260101.jar" if name == "jar" else "s3://bucket/20260101.jar"
    for_dli = "obs://bucket/20260101.jar" if name in {"jar", "file"} else "bucket/20260101.jar"
    assert made == (for_dli if kind in ON_DLI else for_flink)
    assert read(kind, name, "s3://bucket/{{ ds_nodash }}", native=native) == "s3://bucket/20260101"


@chosen(lambda kind, name: name == "savepoint_directory" and kind not in ON_DLI)
def test_a_directory_of_flink_is_absolute(kind: Kind, name: str) -> None:
    with pytest.raises(ValueError, match=r"^savepoint_directory must be an absolute path or a URI, .* got 'backups', "):
        read(kind, name, "{{ params.v }}", native=False, v="backups")


@chosen(lambda kind, name: name in LISTS)
@natively_or_not
def test_lists(kind: Kind, name: str, native: bool) -> None:
    given = ["--v", "{{ params.v }}", "{{ ds_nodash }}", "1.10", "{'a':1}", 5]
    made = ["--v", "0x10", "20260101", "1.10", "{'a':1}", "5"]
    assert read(kind, name, given, native=native, v="0x10") == made
    with pytest.raises(ValueError, match=rf"^{name}\[1\] is None: the template or task that it comes from"):
        read(kind, name, ["a", "{{ params.v }}"], native=True, v=None)


@chosen(lambda kind, name: name in LISTS)
def test_a_whole_list_from_a_native_template(kind: Kind, name: str) -> None:
    assert read(kind, name, "{{ params.v }}", native=True, v=["a", 1, "1.10"]) == ["a", "1", "1.10"]
    assert read(kind, name, "{{ params.v }}", native=True, v="['a', '1.10']") == ["a", "1.10"]


@chosen(lambda kind, name: (name in LISTS and kind not in ON_DLI) or (kind is DliSparkBatchOperator and name in LISTS))
def test_a_list_or_a_dict_within_a_list_is_json(kind: Kind, name: str) -> None:
    value = {"a": [1, True], "b": "x"}
    (made,) = read(kind, name, ["{{ params.v }}"], native=True, v=value)
    assert json.loads(made) == value


@chosen(lambda kind, name: name in DICTS)
@natively_or_not
def test_dicts(kind: Kind, name: str, native: bool) -> None:
    given = {"a": "{{ params.v }}", "b": "1.10", "c": "True", "d": "x{{ ds_nodash }}"}
    made = {"a": "1.10", "b": "1.10", "c": "True", "d": "x20260101"}
    assert read(kind, name, given, native=native, v="1.10") == made
    with pytest.raises(ValueError, match=rf"^{name}\['a'\] is None: the template or task that it comes from gave"):
        read(kind, name, {"a": "{{ params.v }}"}, native=True, v=None)


@chosen(lambda kind, name: name in DICTS)
def test_a_whole_dict_from_a_native_template(kind: Kind, name: str) -> None:
    number = 1 if name == "settings" else "1"
    assert read(kind, name, "{{ params.v }}", native=True, v={"a": 1, "b": "1.10"}) == {"a": number, "b": "1.10"}
    assert read(kind, name, "{{ params.v }}", native=True, v="{'a': '1.10'}") == {"a": "1.10"}


@chosen(lambda kind, name: name in LISTS | DICTS)
def test_a_text_in_place_of_a_list_or_a_dict_is_not_shown(kind: Kind, name: str) -> None:
    """It may be a whole configuration, with secrets in it."""
    with pytest.raises(ValueError, match=f"(?s)^{name} must be a .* render_template_as_native_obj=True") as caught:
        read(kind, name, "{{ params.v }}", native=False, v='{"s3.secret-key": "hunter2"}')
    with pytest.raises(ValueError, match=f"^{name} must be a ") as when_parsed:
        make(kind, **{name: '{"s3.secret-key": "hunter2"}'})
    assert "hunter2" not in f"{caught.value}{when_parsed.value}"


@chosen(lambda kind, name: name in OTHERS)
@natively_or_not
def test_numbers_moments_and_ids(kind: Kind, name: str, native: bool) -> None:
    least = LEAST[kind]
    for value, made in OTHERS[name].items():
        if native or isinstance(value, str):
            assert read(kind, name, "{{ params.v }}", native=native, v=value) == made, value
        assert read(kind, name, value, native=native) == made, value
    assert least == LEAST[kind]


@chosen(lambda kind, name: name == "parallelism")
def test_a_parallelism_of_zero_is_refused(kind: Kind, name: str) -> None:
    for native in (False, True):
        with pytest.raises(ValueError, match=r"^parallelism must be above 0; got '?0'?"):
            read(kind, name, "{{ params.v }}", native=native, v=0)


@texts("job_id")
@natively_or_not
def test_ids_of_jobs(kind: Kind, name: str, native: bool) -> None:
    given: list[tuple[Any, str]] = [(DLI_JOB, DLI_JOB), (int(DLI_JOB), DLI_JOB)]
    for value, made in given if kind in ON_DLI else [(JOB, JOB), (JOB.upper(), JOB)]:
        assert read(kind, name, "{{ params.v }}", native=native, v=value) == made


@texts("statuses")
def test_statuses(kind: Kind, name: str) -> None:
    status = "job_finish" if kind in ON_DLI else "FAILED"
    assert read(kind, name, ["{{ params.v }}"], native=False, v=status) == [status]
    assert read(kind, name, "{{ params.v }}", native=True, v=[status]) == [status]
    with pytest.raises(ValueError, match=r"^statuses must be one of"):
        read(kind, name, "{{ params.v }}", native=True, v=["done"])


@texts("jobs")
def test_reported_jobs(kind: Kind, name: str) -> None:
    jobs = [{"job_id": 7, "status": "job_running", "metrics": {"cpu": 0.5}}]
    assert read(kind, name, "{{ params.v }}", native=True, v=jobs) == jobs


@texts("sql")
@natively_or_not
def test_sql_is_never_parsed(kind: Kind, name: str, native: bool) -> None:
    for sql in ("['a', 'b']", "SELECT 1", "SELECT * FROM load.sql", "SELECT 1 -- see load.sql"):
        made = read(kind, name, "{{ params.v }}", native=native, v=sql)
        assert made == ([sql] if kind is FlinkSqlOperator else sql)
        assert read(kind, name, sql, native=native) == made


@texts("sql")
def test_a_name_without_blanks_is_a_template_file(kind: Kind, name: str, tmp_path: Path) -> None:
    (tmp_path / "load.sql").write_text("SELECT '{{ ds_nodash }}'")
    for resolve in (False, True):
        with make_dag(template_searchpath=str(tmp_path)):
            task = make(kind, sql="load.sql")
        if resolve:
            task.resolve_template_files()
            assert task.sql == "SELECT '{{ ds_nodash }}'"
        task.render_template_fields({"ds_nodash": "20260101"})
        assert task.sql == "SELECT '20260101'"
    with make_dag(template_searchpath=str(tmp_path)):
        task = make(kind, sql="nowhere.sql")
    task.resolve_template_files()
    with pytest.raises(TemplateNotFound):
        task.render_template_fields({})


def test_a_list_of_template_files(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1")
    for resolve in (False, True):
        with make_dag(template_searchpath=str(tmp_path)):
            task = make(FlinkSqlOperator, sql=["a.sql", "SELECT 2"])
        if resolve:
            task.resolve_template_files()
        task.render_template_fields({})
        assert task.sql == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize("kind", [FlinkSqlOperator, DliSqlOperator, DliFlinkSqlJobOperator])
def test_no_other_parameter_names_a_file(kind: Kind) -> None:
    names = {name: "daily.sql" for name in kind.template_fields if name in TEXTS}
    dicts = {name: {"pipeline.name": "load.sql"} for name in kind.template_fields if name in DICTS - {"settings"}}
    with make_dag():
        task = make(kind, **names, **dicts)
    task.resolve_template_files()
    task.render_template_fields({})
    assert {name: getattr(task, name) for name in names} == names
    assert {name: getattr(task, name) for name in dicts} == dicts


DELIMITERS = {
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "block_start_string": "[%",
    "block_end_string": "%]",
}


@pytest.mark.parametrize("kind", LEAST)
def test_no_template_is_read_while_a_file_is_parsed(kind: Kind) -> None:
    for name in kind.template_fields:
        for template in ("[[ params.v ]]", "[% if params.v %]1[% endif %]"):
            with make_dag(jinja_environment_kwargs=DELIMITERS):
                make(kind, **_with(kind, name, template))
        with make_dag():
            make(kind, **_with(kind, name, "{# from the params #}"))


@natively_or_not
@pytest.mark.parametrize("template", ["{% raw %}{{windowsize}}{% endraw %}", "{{ '{{windowsize}}' }}"])
def test_global_variables_of_dli(native: bool, template: str) -> None:
    for kind in (DliSqlOperator, DliFlinkSqlJobOperator):
        assert read(kind, "sql", f"SELECT {template}", native=native) == "SELECT {{windowsize}}"


@natively_or_not
@pytest.mark.parametrize("kind", ON_DLI)
def test_a_variable_that_is_not_defined(kind: Kind, native: bool) -> None:
    told = r"'windowsize' is undefined. If it is a global variable of DLI, .*raw %"
    for name in kind.template_fields:
        with pytest.raises(UndefinedError, match=told):
            read(kind, name, "{{windowsize}}", native=native)


@natively_or_not
def test_a_variable_that_is_not_defined_elsewhere(native: bool) -> None:
    with pytest.raises(UndefinedError, match=r"'windowsize' is undefined$"):
        read(FlinkRunJarOperator, "entry_class", "{{windowsize}}", native=native)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server with one job, whose name looks like a number."""
    body = {
        "jobs": [{"jid": JOB, "name": "20260101", "state": "FINISHED", "start-time": 1, "end-time": 2, "tasks": {}}]
    }

    def reply(handler: Handler) -> None:
        answer(body=json.dumps(body).encode())(handler)

    with serving() as server:
        server.says(reply)
        monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", json.dumps({"conn_type": "flink", "host": server.address}))
        yield server


@natively_or_not
def test_in_airflows_engine(cluster: Any, airflow_db: None, native: bool) -> None:
    with make_dag(render_template_as_native_obj=native, params={"name": "20260101"}) as dag:
        FlinkJobStatusSensor(task_id="named", job_name="{{ params.name }}")
        FlinkJobStatusSensor.partial(task_id="mapped").expand(job_name=["{{ params.name }}", "20260101"])
    run = run_dag(dag)
    assert {name: task.state for name, task in run.tasks.items()} == {
        "named": "success",
        "mapped[0]": "success",
        "mapped[1]": "success",
    }, run.log


def test_parameters_are_converted_whenever_a_task_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://127.0.0.1:1")
    for resume in (
        lambda task, context: task.execute_complete(context, None),
        lambda task, context: task.resume_execution("__fail__", {"error": "Trigger failure"}, context),
        lambda task, context: task.execute(context),
    ):
        task = make(FlinkTriggerSavepointOperator, savepoint_directory=Path("/backups"), grace_period=0)
        with pytest.raises(AirflowException):
            resume(task, context_of(task))
        assert task.savepoint_directory == "/backups"


def test_a_moment_reaches_the_flow_as_seconds() -> None:
    with dag_of(native=True):
        task = make(FlinkCheckpointSensor, after="{{ ds_nodash }}")
    task.render_template_fields({"ds_nodash": "20261121"})
    task.read_parameters()
    assert task.arguments_of(JOB)["after"] == NOW.timestamp() - 21600


@pytest.mark.parametrize("value", [Path("/backups"), ObjectStoragePath("file:///backups")], ids=repr)
def test_a_path_reaches_the_cluster_as_a_text(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    begun: list[Any] = []

    def begin(*given: Any, **more: Any) -> Any:
        begun.append(more["directory"])
        raise ValueError("enough")

    monkeypatch.setattr(FlinkTriggerSavepointOperator, "start", begin)
    task = make(FlinkTriggerSavepointOperator, savepoint_directory=value)
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", "flink://jobs")
    with pytest.raises(Exception, match="enough"):
        task.execute(context_of(task))
    assert begun == [str(value)]
