from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.dli.flink import FlinkRunner
from tests.local.dli.flink_jobs_emulator import JOBS, Emulator, error_of
from tests.local.flink_jobs import FRESH
from tests.local.waiting import wait_until

pytestmark = pytest.mark.live

NUMBERS = """
CREATE TABLE numbers (a BIGINT) WITH ('connector' = 'datagen', {options});
CREATE TABLE received (a BIGINT) WITH ({sink});
INSERT INTO received SELECT a FROM numbers;
"""
ENDLESS = NUMBERS.format(options="'rows-per-second' = '50'", sink="'connector' = 'blackhole'")
FAILING = ENDLESS.replace("SELECT a FROM", "SELECT 1 / (a - a) FROM")


def bounded(sink: str) -> str:
    return NUMBERS.format(options="'number-of-rows' = '20'", sink=sink)


@pytest.fixture(scope="module")
def flink() -> Iterator[LocalFlink]:
    with LocalFlink(slots=12, configuration=FRESH) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def runner(flink: LocalFlink) -> FlinkRunner:
    return FlinkRunner(flink.address)


@pytest.fixture(scope="module")
def dli(flink: LocalFlink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("dli"), flink.address).running() as emulator:
        yield emulator


def flink_job(dli: Emulator, job_id: int) -> str:
    job = dli.services.store.kind("flink_jobs").get(job_id)
    assert job
    return str(job["run"]["flink_job_id"])


def count(dli: Emulator, runner: FlinkRunner, job_id: int, name: str = "count") -> float:
    """A figure of the counting job's operator."""
    flink_job_id = flink_job(dli, job_id)
    graph = runner.graph(flink_job_id)
    vertex = next((one["id"] for one in (graph or {"vertices": []})["vertices"] if one["name"] == "Count"), None)
    return runner.figures(flink_job_id, vertex, (name,))[name] if vertex else 0.0


class TestJarJob:
    def test_it_runs_until_it_is_stopped(self, dli: Emulator, runner: FlinkRunner) -> None:
        job = dli.create_counting("life")
        assert dli.detail(job)["start_time"] is None
        answer = dli.run(job)
        assert answer.status_code == 200
        assert [one["is_success"] for one in answer.json()] == ["true"]
        assert dli.status(job) == "job_init"
        running = dli.until(job, "job_running")
        assert running["start_time"] > 1_700_000_000_000
        seen = runner.state(flink_job(dli, job))
        assert seen
        assert seen.all_tasks_run
        assert len(dli.stop(job).json()) == 1
        assert dli.status(job) == "job_running"
        assert dli.until(job, "job_cancel_success")["duration"] > 0
        ended = runner.state(flink_job(dli, job))
        assert ended
        assert ended.status == "CANCELED"

    def test_a_bounded_one_finishes(self, dli: Emulator) -> None:
        job = dli.create_jar("bounded", main_class="demo.BoundedCount", entrypoint_args="--records 50")
        dli.run(job)
        detail = dli.until(job, "job_finish")
        assert detail["start_time"]
        assert detail["status_desc"] == ""

    def test_it_has_its_parallelism_and_its_settings(self, dli: Emulator, runner: FlinkRunner) -> None:
        settings = [{"key": "pipeline.max-parallelism", "value": "64"}]
        job = dli.create_counting("settings", parallel_number=2, runtime_config=json.dumps(settings))
        dli.run(job)
        dli.until(job, "job_running")
        graph = dli.get(f"{JOBS}/{job}/execute-graph")
        assert graph["is_success"] == "true"
        told = graph["execute_graph"]
        assert told["jid"] == flink_job(dli, job)
        assert {"name", "isStoppable", "state", "start-time", "end-time", "duration", "plan"} <= set(told)
        assert {(one["parallelism"], one["maxParallelism"]) for one in told["vertices"]} == {(2, 64)}
        dli.stop(job)
        dli.until(job, "job_cancel_success")

    def test_a_failing_one_is_told_with_the_cause(self, dli: Emulator) -> None:
        job = dli.create_counting("fails", arguments="--fail-after 5")
        dli.run(job)
        assert "told to fail after 5 records" in dli.until(job, "job_running_exception")["status_desc"]
        dli.send("PUT", f"streaming/flink-jobs/{job}", {"entrypoint_args": "--rate 100"})
        dli.run(job)
        dli.until(job, "job_running")
        dli.stop(job)
        dli.until(job, "job_cancel_success")

    @pytest.mark.parametrize(
        ("told", "why"),
        [
            ({"main_class": "demo.Misbehaving"}, "told to fail in main()"),
            ({"entrypoint": "obs://jars/other.jar"}, "There is no jar at obs://jars/other.jar"),
            ({"entrypoint": "../../etc/passwd"}, "'../../etc/passwd' is no path in OBS"),
            ({"main_class": "demo.Nothing"}, "demo.Nothing"),
        ],
    )
    def test_what_cannot_be_submitted(self, dli: Emulator, told: dict[str, str], why: str) -> None:
        job = dli.create_jar(f"cannot {why[-12:]}", **told)
        assert dli.run(job).status_code == 200
        detail = dli.until(job, "job_submit_fail")
        assert why in detail["status_desc"]
        assert detail["start_time"] is None
        assert error_of(dli.stop(job)) == "DLI.0007"

    def test_a_package_may_stand_for_its_jar(self, dli: Emulator) -> None:
        package = {"resource_name": "demo.jar", "group_name": "team", "obs_path": "obs://jars/demo.jar"}
        dli.services.store.kind("resources").put("team/demo.jar", package)
        job = dli.create_jar("packaged", entrypoint="team/demo.jar", main_class="demo.BoundedCount")
        dli.run(job)
        dli.until(job, "job_finish")

    def test_several_at_once(self, dli: Emulator) -> None:
        jobs = [dli.create_jar(f"of several {number}", main_class="demo.BoundedCount") for number in range(3)]
        answer = dli.run(*jobs, 4711)
        assert answer.status_code == 200
        assert [one.get("is_success") for one in answer.json()] == ["true", "true", "true", None]
        assert answer.json()[3]["error_code"] == "DLI.16001"
        for job in jobs:
            dli.until(job, "job_finish")

    def test_a_deleted_one_does_not_run_on(self, dli: Emulator, runner: FlinkRunner) -> None:
        job = dli.create_counting("deleted")
        dli.run(job)
        dli.until(job, "job_running")
        flink_job_id = flink_job(dli, job)
        assert dli.send("DELETE", f"{JOBS}/{job}").json()["is_success"] == "true"
        assert error_of(dli.send("GET", f"{JOBS}/{job}")) == "DLI.16001"
        wait_until(lambda: (seen := runner.state(flink_job_id)) and seen.status == "CANCELED")

    def test_while_it_runs(self, dli: Emulator) -> None:
        job = dli.create_counting("at work")
        dli.run(job)
        dli.until(job, "job_running")
        assert error_of(dli.run(job)) == "DLI.0007"
        path = f"streaming/flink-jobs/{job}"
        refused = dli.send("PUT", path, {"parallel_number": 3, "smn_topic": "alarms"})
        assert error_of(refused) == "DLI.0007"
        assert "parallel_number" in refused.json()["error_msg"]
        told = {"smn_topic": "alarms", "checkpoint_path": "state/own", "resume_max_num": 4, "parallel_number": 1}
        assert dli.send("PUT", path, told).status_code == 200
        assert dli.detail(job)["job_config"]["smn_topic"] == "alarms"
        body = {"job_id": job, "savepoint_path": "state/x"}
        assert error_of(dli.post(f"{JOBS}/{job}/import-savepoint", **body)) == "DLI.0007"
        dli.stop(job)
        assert error_of(dli.stop(job)) == "DLI.0007"
        dli.until(job, "job_cancel_success")

    @pytest.mark.parametrize(("most", "restarts"), [(None, 0), (1, 1)])
    def test_it_restarts_by_itself_as_often_as_it_may(self, dli: Emulator, most: int | None, restarts: int) -> None:
        told = {"restart_when_exception": most is not None, "resume_max_num": most}
        job = dli.create_sql(f"restarts {most}", sql_body=FAILING, **told)
        dli.run(job)
        detail = dli.until(job, "job_running_exception")
        assert "by zero" in detail["status_desc"]
        assert detail["restart_times"] == restarts


class TestSqlJob:
    def test_it_runs_until_it_is_stopped(self, dli: Emulator) -> None:
        config = {"checkpoint_enabled": True, "checkpoint_interval": 1, "obs_bucket": "state"}
        job = dli.create_sql("endless", sql_body=ENDLESS, **config)
        dli.run(job)
        dli.until(job, "job_running")
        folder = dli.settings.obs / "state/jobs/checkpoint" / str(job)
        wait_until(lambda: list(folder.glob("*/chk-*/_metadata")))
        dli.stop(job)
        dli.until(job, "job_cancel_success")
        assert list(folder.glob("*/chk-*/_metadata"))

    @pytest.mark.parametrize("job_type", ["flink_sql_job", "flink_opensource_sql_job"])
    def test_a_bounded_one_writes_to_obs_and_finishes(self, dli: Emulator, job_type: str) -> None:
        sink = f"'connector' = 'filesystem', 'format' = 'json', 'path' = 'obs://state/{job_type}/'"
        job = dli.create_sql(f"writes {job_type}", sql_body=bounded(sink), job_type=job_type)
        dli.run(job)
        dli.until(job, "job_finish")
        files = (dli.settings.obs / "state" / job_type).glob("part-*")
        assert sum(len(file.read_text().splitlines()) for file in files) == 20

    @pytest.mark.parametrize(
        ("sql", "why"),
        [
            ("INSERT INTO nowhere SELECT 1", "nowhere"),
            ("SELEKT 1", "Non-query expression"),
            ("CREATE VIEW v AS SELECT 1", "no INSERT"),
            (bounded("'connector' = 'filesystem', 'path' = 'obs://state/../../x'"), "no path in OBS"),
        ],
    )
    def test_what_cannot_be_submitted(self, dli: Emulator, sql: str, why: str) -> None:
        job = dli.create_sql(f"bad {why}", sql_body=sql)
        dli.run(job)
        assert why in dli.until(job, "job_submit_fail")["status_desc"]


class TestSavepoints:
    def test_a_stop_with_one_and_a_start_from_it(self, dli: Emulator, runner: FlinkRunner) -> None:
        job = dli.create_counting("goes on")
        dli.run(job)
        dli.until(job, "job_running")
        wait_until(lambda: count(dli, runner, job))
        dli.stop(job, trigger_savepoint=True)
        detail = dli.until(job, "job_cancel_success")
        assert detail["has_savepoint"] is True
        assert detail["savepoint_path"].startswith(f"state/jobs/savepoint/{job}/")
        folder = dli.settings.obs / detail["savepoint_path"]
        assert (folder / "_metadata").is_file()

        dli.run(job, resume_savepoint=True)
        wait_until(lambda: count(dli, runner, job, "restoredCount"))
        detail = dli.until(job, "job_running")
        assert detail["has_savepoint"] is False
        assert detail["savepoint_path"] is None
        assert not folder.exists()
        dli.stop(job)
        dli.until(job, "job_cancel_success")
        assert error_of(dli.run(job, resume_savepoint=True)) == "DLI.0002"

    @pytest.mark.parametrize("form", ["obs://state/kept/", "state/kept-too"])
    def test_one_while_it_runs_for_another_job(self, dli: Emulator, runner: FlinkRunner, form: str) -> None:
        job = dli.create_counting(f"makes {form[-4:]}")
        dli.run(job)
        dli.until(job, "job_running")
        wait_until(lambda: count(dli, runner, job))
        answer = dli.post(f"{JOBS}/{job}/savepoint", action="TRIGGER", savepoint_path=form).json()
        assert answer["is_success"] == "true"
        said = {"is_success": "true", "message": "api.msg.deal_savepoint_success"}
        assert json.loads(answer["message"]) == said
        wait_until(lambda: dli.detail(job)["has_savepoint"])
        detail = dli.until(job, "job_running")
        path = detail["savepoint_path"]
        assert path.startswith(form.removeprefix("obs://").rstrip("/") + "/")
        dli.stop(job)
        dli.until(job, "job_cancel_success")
        assert (dli.settings.obs / path / "_metadata").is_file()

        other = dli.create_counting(f"takes {form[-4:]}")
        body = {"job_id": other, "savepoint_path": path}
        assert dli.post(f"{JOBS}/{other}/import-savepoint", **body).json()["is_success"] == "true"
        assert dli.detail(other)["savepoint_path"] == path
        dli.run(other, resume_savepoint=True)
        wait_until(lambda: count(dli, runner, other, "restoredCount"))
        dli.until(other, "job_running")
        assert dli.detail(other)["savepoint_path"] == path
        dli.stop(other)
        dli.until(other, "job_cancel_success")

    def test_a_stop_with_one_waits_until_the_job_runs(self, dli: Emulator) -> None:
        job = dli.create_counting("stopped early")
        dli.run(job)
        dli.stop(job, trigger_savepoint=True)
        detail = dli.until(job, "job_cancel_success")
        # Before it was submitted there is nothing that could make one.
        assert detail["has_savepoint"] is (detail["start_time"] is not None)

    def test_a_stop_whose_savepoint_cannot_be_made(self, dli: Emulator) -> None:
        (dli.settings.obs / "full").mkdir()
        in_the_way = dli.settings.obs / "full" / "jobs"
        job = dli.create_counting("cannot stop", obs_bucket="full", checkpoint_path="state/own")
        dli.run(job)
        dli.until(job, "job_running")
        in_the_way.write_text("This is no folder.")
        dli.stop(job, trigger_savepoint=True)
        assert "full/jobs" in dli.until(job, "job_cancel_fail")["status_desc"]
        assert error_of(dli.run(job)) == "DLI.0007"
        in_the_way.unlink()
        dli.stop(job, trigger_savepoint=True)
        assert dli.until(job, "job_cancel_success")["has_savepoint"] is True

    def test_one_that_fails_fails_the_job(self, dli: Emulator) -> None:
        job = dli.create_counting("fails to snapshot", arguments="--fail-snapshot")
        dli.run(job)
        dli.until(job, "job_running")
        dli.stop(job, trigger_savepoint=True)
        detail = dli.until(job, "job_running_exception")
        assert "told to fail in a snapshot" in detail["status_desc"]
        assert detail["has_savepoint"] is False

    def test_the_status_shows_that_one_is_made(self, dli: Emulator) -> None:
        job = dli.create_counting("slow snapshot", arguments="--slow-snapshot 1000")
        dli.run(job)
        dli.until(job, "job_running")
        dli.post(f"{JOBS}/{job}/savepoint", action="TRIGGER", savepoint_path="state/slow")
        dli.until(job, "job_savepointing")
        again = dli.post(f"{JOBS}/{job}/savepoint", action="TRIGGER", savepoint_path="state/slow")
        assert error_of(again) == "DLI.0007"
        dli.until(job, "job_running")
        dli.stop(job, trigger_savepoint=True)
        dli.until(job, "job_savepointing")
        dli.until(job, "job_cancel_success")

    def test_a_checkpoint_may_be_taken_over(self, dli: Emulator, runner: FlinkRunner) -> None:
        job = dli.create_counting("checkpoints", entrypoint_args="--rate 1000 --checkpoint-interval 50")
        dli.run(job)
        folder = dli.settings.obs / "state/jobs/checkpoint" / str(job)
        found = wait_until(lambda: list(folder.glob("*/chk-*/_metadata")))
        dli.until(job, "job_running")
        dli.stop(job)
        dli.until(job, "job_cancel_success")
        found = list(folder.glob("*/chk-*/_metadata"))
        path = found[-1].parent.relative_to(dli.settings.obs).as_posix()
        dli.post(f"{JOBS}/{job}/import-savepoint", job_id=job, savepoint_path=f"obs://{path}/")
        dli.run(job, resume_savepoint=True)
        wait_until(lambda: count(dli, runner, job, "restoredCount"))
        dli.stop(job)
        dli.until(job, "job_cancel_success")


class TestMetrics:
    def test_both_forms(self, dli: Emulator) -> None:
        job = dli.create_counting("measured")
        dli.run(job)
        dli.until(job, "job_running")

        def figures() -> Any:
            jobs = dli.post(f"{JOBS}/metrics", job_ids=[job]).json()["metrics"]["jobs"]
            figures = jobs[0]["metrics"]
            return figures if figures["sources"][0]["records"] and figures["sinks"][0]["records"] else None

        seen = wait_until(figures)
        assert [one["corrupted_records"] for one in (*seen["sources"], *seen["sinks"])] == [0, 0]
        assert seen["sources"][0]["name"].startswith("Source: Numbers")
        assert seen["sinks"][0]["name"] == "Count"
        assert seen["total_read_rate"] >= 0
        old = dli.post("jobs/metrics", job_ids=[job]).json()
        assert old["message_id"] == "CS.10001"
        assert old["payload"]["jobs"][0]["job_id"] == job
        dli.stop(job)
        dli.until(job, "job_cancel_success")
        assert dli.post(f"{JOBS}/metrics", job_ids=[job]).json()["metrics"]["jobs"] == []


class TestStreamGraph:
    def test_of_a_script(self, dli: Emulator) -> None:
        job = dli.create_sql("graph", sql_body=ENDLESS)
        body = {"sql_body": ENDLESS, "flink_version": "1.12"}
        answer = dli.send("POST", f"{JOBS}/{job}/gen-graph", body, "v3").json()
        assert answer["is_success"] is True
        graph = json.loads(answer["stream_graph"])
        assert graph["nodes"]
        assert {one["id"] for one in graph["operator_list"]} == {one["id"] for one in graph["nodes"]}

    def test_of_what_is_no_sql(self, dli: Emulator) -> None:
        job = dli.create_sql("no graph")
        answer = dli.send("POST", f"{JOBS}/{job}/gen-graph", {"sql_body": "SELEKT"}, "v3").json()
        assert answer["is_success"] is False
        assert answer["message"]


class TestRestartOfTheEmulator:
    def test_it_finds_its_jobs_again(self, flink: LocalFlink, runner: FlinkRunner, tmp_path: Path) -> None:
        with Emulator(tmp_path, flink.address).running() as first:
            job = first.create_counting("outlives")
            first.run(job)
            first.until(job, "job_running")
            flink_job_id = flink_job(first, job)
        with Emulator(tmp_path, flink.address).running() as second:
            assert second.status(job) == "job_running"
            second.stop(job, trigger_savepoint=True)
            assert second.until(job, "job_cancel_success")["has_savepoint"]
            assert flink_job(second, job) == flink_job_id
        ended = runner.state(flink_job_id)
        assert ended
        assert ended.status == "FINISHED"

    def test_a_submission_is_not_sent_twice(self, flink: LocalFlink, runner: FlinkRunner, tmp_path: Path) -> None:
        with Emulator(tmp_path, flink.address).running() as first:
            job = first.create_counting("once")
            first.run(job)
            first.until(job, "job_running")
            before = set(runner.jobs())

        def forget(held: dict[str, Any]) -> None:
            """As after a crash between the submission and its note."""
            held["run"].update(phase="submitting", began_running=False)
            held.update(status="job_submitting")

        second = Emulator(tmp_path, flink.address)
        second.services.store.kind("flink_jobs").update(job, forget)
        with second.running():
            second.until(job, "job_running")
            assert set(runner.jobs()) == before
            second.stop(job)
            second.until(job, "job_cancel_success")

    def test_what_was_accepted_while_flink_was_away_is_still_done(self, flink: LocalFlink, tmp_path: Path) -> None:
        with Emulator(tmp_path, "http://127.0.0.1:9").running() as first:
            job = first.create_jar("accepted", main_class="demo.BoundedCount")
            first.run(job)
            assert first.status(job) == "job_init"
        with Emulator(tmp_path, flink.address).running() as second:
            second.until(job, "job_finish")

    def test_a_job_that_flink_has_lost_is_an_exception(self, flink: LocalFlink, tmp_path: Path) -> None:
        with Emulator(tmp_path, flink.address).running() as first:
            job = first.create_counting("lost")
            first.run(job)
            first.until(job, "job_running")
            known = flink_job(first, job)
            first.services.store.kind("flink_jobs").update(job, lambda held: held["run"].update(flink_job_id="0" * 32))
            assert "does not know the job" in first.until(job, "job_running_exception")["status_desc"]
            FlinkRunner(flink.address).cancel(known)


class TestSwitches:
    def test_restarts_may_show(self, flink: LocalFlink, tmp_path: Path) -> None:
        with Emulator(tmp_path, flink.address, restarts_show=True).running() as dli:
            options = "'rows-per-second' = '20', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1'"
            script = FAILING.replace("'rows-per-second' = '50'", f"{options}, 'fields.a.end' = '9999'")
            later = script.replace("(a - a)", "(a - 35)")
            job = dli.create_sql("shows", sql_body=later, restart_when_exception=True)
            dli.run(job)
            dli.until(job, "job_running")
            dli.until(job, "job_running_exception")
            assert dli.until(job, "job_running")["restart_times"] == 1
            dli.stop(job)
            dli.until(job, "job_cancel_success")

    def test_a_slow_start(self, flink: LocalFlink, tmp_path: Path) -> None:
        with Emulator(tmp_path, flink.address, slow_start=3600).running() as dli:
            job = dli.create_counting("waits")
            dli.run(job)
            dli.until(job, "job_submitting")
            dli.stop(job)
            dli.until(job, "job_cancel_success")

    def test_what_is_no_error(self, flink: LocalFlink, tmp_path: Path) -> None:
        lenient = {
            "refuse_run_of_running": False,
            "refuse_stop_of_stopped": False,
            "refuse_savepoint_of_stopped": False,
        }
        with Emulator(tmp_path, flink.address, **lenient).running() as dli:
            job = dli.create_counting("lenient")
            assert dli.stop(job).status_code == 200
            answer = dli.post(f"{JOBS}/{job}/savepoint", action="TRIGGER", savepoint_path="state/x")
            assert answer.status_code == 200
            dli.run(job)
            assert dli.run(job).status_code == 200
            dli.until(job, "job_running")
            dli.stop(job)
            dli.until(job, "job_cancel_success")
