from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli import flink_jobs
from airflow_provider_dli.local.dli.flink_jobs.views import CONFIG
from airflow_provider_dli.local.dli.refusals import Refusal
from tests.local.dli.flink_jobs_emulator import JOBS, Emulator, created, error_of

JARS, SQLS = "streaming/flink-jobs", "streaming/sql-jobs"


@pytest.fixture
def dli(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path).running() as emulator:
        yield emulator


class TestCreate:
    def test_a_jar_job(self, dli: Emulator) -> None:
        tags = [{"key": "team", "value": "a"}]
        config = {"parallel_number": 3, "checkpoint_mode": 2, "dependency_jars": ["obs://jars/x.jar"], "tags": tags}
        answer = dli.post(JARS, name="one", queue_name="Flink", main_class="a.B", entrypoint_args="x y", **config)
        body = answer.json()
        assert body["is_success"] == "true"
        assert body["job"] == {"job_id": 1001, "status_name": "job_init", "status_desc": ""}
        detail = dli.detail(1001)
        expected = {
            "name": "one",
            "job_type": "flink_jar_job",
            "status": "job_init",
            "start_time": None,
            "duration": None,
            "queue_name": "flink",
            "main_class": "a.B",
            "entrypoint_args": "x y",
            "sql_body": "",
            "savepoint_path": None,
            "has_savepoint": False,
            "root_id": -1,
        }
        assert expected.items() <= detail.items()
        assert set(detail["job_config"]) == set(CONFIG)
        assert detail["job_config"]["parallel_number"] == 3
        assert detail["job_config"]["checkpoint_mode"] == "at_least_once"
        assert detail["job_config"]["resume_max_num"] == -1
        assert detail["job_config"]["image"] is None

    def test_a_sql_job(self, dli: Emulator) -> None:
        job = created(dli.post(SQLS, name="one", sql_body="SELECT 1", checkpoint_mode="at_least_once"))
        detail = dli.detail(job)
        assert detail["job_type"] == "flink_opensource_sql_job"
        assert detail["run_mode"] == "shared_cluster"
        assert detail["job_config"]["checkpoint_mode"] == "at_least_once"
        assert detail["job_config"]["idle_state_retention"] == 3600

    def test_sql_may_come_from_a_template(self, dli: Emulator) -> None:
        body = {"name": "t", "sql_body": "INSERT INTO a SELECT 1"}
        template = dli.post("streaming/job-templates", **body).json()["template"]["template_id"]
        assert dli.detail(dli.create_sql("a", template_id=template))["sql_body"] == body["sql_body"]
        assert dli.detail(dli.create_sql("b", template_id=template, sql_body="other"))["sql_body"] == "other"
        assert error_of(dli.post(SQLS, name="c", template_id=99)) == "DLI.0002"

    @pytest.mark.parametrize(
        ("told", "code", "words"),
        [
            ({"name": None}, "DLI.0001", "name is mandatory"),
            ({"name": ""}, "DLI.0001", "name is mandatory"),
            ({"name": "x" * 58}, "DLI.0001", "57 characters"),
            ({"parallel_number": 0}, "DLI.0001", "parallel_number"),
            ({"parallel_number": "2"}, "DLI.0001", "parallel_number must be an integer"),
            ({"checkpoint_mode": "sometimes"}, "DLI.0001", "checkpoint_mode"),
            ({"checkpoint_enabled": True}, "DLI.0001", "obs_bucket is mandatory"),
            ({"checkpoint_enabled": True, "obs_bucket": "elsewhere"}, "DLI.11016", "elsewhere is not authorized"),
            ({"obs_bucket": "../jars"}, "DLI.11016", "not authorized"),
            (
                {"log_enabled": True, "obs_bucket": "state", "flink_version": "1.15"},
                "DLI.0001",
                "execution_agency_urn",
            ),
            ({"queue_name": "nowhere"}, "DLI.0002", "nowhere"),
            ({"runtime_config": "a=b"}, "DLI.0001", "runtime_config"),
            ({"runtime_config": '[{"key": "a"}]'}, "DLI.0001", "runtime_config"),
            ({"resume_max_num": 0}, "DLI.0001", "resume_max_num"),
        ],
    )
    @pytest.mark.parametrize("path", [JARS, SQLS])
    def test_what_is_wrong_is_refused(
        self, dli: Emulator, path: str, told: dict[str, Any], code: str, words: str
    ) -> None:
        answer = dli.post(path, **{"name": "one", **told})
        assert error_of(answer) == code
        assert words in answer.json()["error_msg"]
        assert dli.get(JOBS)["job_list"]["total_count"] == 0

    def test_what_only_sql_jobs_have(self, dli: Emulator) -> None:
        assert error_of(dli.post(SQLS, name="one", job_type="flink_jar_job")) == "DLI.0001"
        assert error_of(dli.post(SQLS, name="one", run_mode="anywhere")) == "DLI.0001"
        assert error_of(dli.send("POST", SQLS)) == "DLI.0001"

    def test_a_name_is_taken_once(self, dli: Emulator) -> None:
        dli.create_jar("taken")
        assert error_of(dli.post(SQLS, name="taken")) == "DLI.0006"

    def test_names_may_be_taken_twice_by_a_switch(self, tmp_path: Path) -> None:
        with Emulator(tmp_path, duplicate_job_name="").running() as dli:
            assert dli.create_jar("taken") != dli.create_jar("taken")

    def test_buckets_may_have_to_be_authorized(self, tmp_path: Path) -> None:
        with Emulator(tmp_path, authorize_buckets_by_hand=True).running() as dli:
            assert error_of(dli.post(JARS, name="one", obs_bucket="state")) == "DLI.11016"
            dli.services.store.kind("authorized_buckets").put("state", {"bucket": "state"})
            dli.create_jar("one", obs_bucket="state")

    def test_a_bare_success_by_a_switch(self, tmp_path: Path) -> None:
        with Emulator(tmp_path, quoted_success=False).running() as dli:
            assert dli.post(JARS, name="one").json()["is_success"] is True


class TestUpdate:
    def test_what_is_given_changes(self, dli: Emulator) -> None:
        job = dli.create_jar("one", parallel_number=3, main_class="a.B")
        answer = dli.send("PUT", f"{JARS}/{job}", {"name": "two", "cu_number": 4, "main_class": None}).json()
        detail = dli.detail(job)
        assert answer["job"]["update_time"] == detail["update_time"]
        assert (detail["name"], detail["main_class"]) == ("two", "a.B")
        assert (detail["job_config"]["cu_number"], detail["job_config"]["parallel_number"]) == (4, 3)

    def test_what_is_wrong_is_refused(self, dli: Emulator) -> None:
        job, other = dli.create_sql("one"), dli.create_jar("two")
        assert error_of(dli.send("PUT", f"{SQLS}/{job}", {"name": "two"})) == "DLI.0006"
        assert error_of(dli.send("PUT", f"{SQLS}/{other}", {"desc": "x"})) == "DLI.0001"
        assert error_of(dli.send("PUT", f"{SQLS}/4711", {"desc": "x"})) == "DLI.16001"
        assert error_of(dli.send("PUT", f"{SQLS}/{job}", {"checkpoint_enabled": True})) == "DLI.0001"
        assert error_of(dli.send("PUT", f"{SQLS}/{job}", {"queue_name": "nowhere"})) == "DLI.0002"
        assert dli.send("PUT", f"{SQLS}/{job}", {"name": "one"}).status_code == 200


class TestList:
    @pytest.fixture
    def five(self, dli: Emulator) -> Emulator:
        for number in range(5):
            dli.create_jar(f"job {number}", tags=[{"key": "number", "value": str(number)}])
        return dli

    def names(self, dli: Emulator, **query: Any) -> list[str]:
        return [job["name"] for job in dli.get(JOBS, **query)["job_list"]["jobs"]]

    def test_pages(self, five: Emulator) -> None:
        assert self.names(five, limit=2) == ["job 4", "job 3"]
        assert self.names(five, limit=2, offset=4) == ["job 0"]
        assert self.names(five, limit=2, order="asc") == ["job 0", "job 1"]
        assert five.get(JOBS, limit=2)["job_list"]["total_count"] == 5

    def test_ten_unless_asked_otherwise(self, dli: Emulator) -> None:
        for number in range(11):
            dli.create_jar(f"job {number}")
        assert len(self.names(dli)) == 10

    def test_filters(self, five: Emulator) -> None:
        five.create_sql("other")
        assert self.names(five, name="b 3") == ["job 3"]
        assert self.names(five, job_type="flink_opensource_sql_job") == ["other"]
        assert self.names(five, status="job_running") == []
        assert self.names(five, queue_name="sql") == []
        assert self.names(five, tags="number=2") == ["job 2"]
        assert self.names(five, user_name="nobody") == self.names(five, username="nobody") == []
        assert len(self.names(five, user_name="local-user")) == 6
        assert self.names(five, root_job_id=5) == []

    def test_details(self, five: Emulator) -> None:
        short = five.get(JOBS)["job_list"]["jobs"][0]
        whole = five.get(JOBS, show_detail="true")["job_list"]["jobs"][0]
        assert "job_config" not in short
        assert {"job_id", "name", "status", "create_time", "job_type"} <= set(short)
        assert whole["job_config"]["entrypoint"] == "obs://jars/demo.jar"

    @pytest.mark.parametrize(
        "query", [{"limit": 101}, {"limit": 0}, {"offset": -1}, {"status": "running"}, {"order": "up"}, {"limit": "x"}]
    )
    def test_what_is_wrong_is_refused(self, dli: Emulator, query: dict[str, Any]) -> None:
        assert error_of(dli.send("GET", JOBS, **query)) == "DLI.0001"


class TestBatchCalls:
    @pytest.mark.parametrize("call", ["run", "stop", "delete"])
    def test_their_refusals_are_lists(self, dli: Emulator, call: str) -> None:
        path = f"{JOBS}/{call}"
        for body, code in (({}, "DLI.0001"), ({"job_ids": ["a"]}, "DLI.0001"), ({"job_ids": [7]}, "DLI.16001")):
            answer = dli.post(path, **body)
            assert isinstance(answer.json(), list)
            assert error_of(answer) == code

    def test_a_job_without_a_queue_does_not_run(self, dli: Emulator) -> None:
        job = created(dli.post(JARS, name="one", entrypoint="obs://jars/demo.jar"))
        answer = dli.run(job)
        assert answer.status_code == 400
        assert answer.json() == [
            {
                "error_code": "DLI.13024",
                "error_msg": "No job-running queue selected. Please select a queue for your job.",
            }
        ]

    def test_what_does_not_run(self, dli: Emulator) -> None:
        shared = dli.create_sql("shared", run_mode="shared_cluster", sql_body="INSERT INTO a SELECT 1")
        empty, jarless = dli.create_sql("empty"), dli.create_jar("jarless", entrypoint=None)
        whole = dli.create_jar("whole")
        codes = [error_of(dli.run(job)) for job in (shared, empty, jarless, whole)]
        assert codes == ["DLI.0007", "DLI.0001", "DLI.0001", "DLI.0012"]
        assert error_of(dli.stop(whole)) == "DLI.0007"
        savepoint = dli.post(f"{JOBS}/{whole}/savepoint", action="TRIGGER", savepoint_path="state/x")
        assert error_of(savepoint) == "DLI.0007"

    def test_a_partly_wrong_batch(self, tmp_path: Path) -> None:
        with Emulator(tmp_path, partly_wrong_batch_status=400).running() as dli:
            job = dli.create_jar("one")
            answer = dli.post(f"{JOBS}/delete", job_ids=[job, 7])
            assert answer.status_code == 400
            assert [one.get("error_code") for one in answer.json()] == [None, "DLI.16001"]
            assert error_of(dli.send("GET", f"{JOBS}/{job}")) == "DLI.16001"

    def test_several_are_deleted_with_one_element(self, dli: Emulator) -> None:
        jobs = [dli.create_jar("one"), dli.create_jar("two")]
        answer = dli.post(f"{JOBS}/delete", job_ids=jobs).json()
        assert [one["is_success"] for one in answer] == ["true"]
        assert dli.get(JOBS)["job_list"]["total_count"] == 0


class TestSavepointCalls:
    def test_what_is_wrong_is_refused(self, dli: Emulator) -> None:
        job = dli.create_jar("one")
        trigger, take_over = f"{JOBS}/{job}/savepoint", f"{JOBS}/{job}/import-savepoint"
        assert error_of(dli.post(trigger, action="LIST", savepoint_path="state/x")) == "DLI.0001"
        assert error_of(dli.post(trigger, action="TRIGGER")) == "DLI.0001"
        assert error_of(dli.post(trigger, action="TRIGGER", savepoint_path="obs://other/x")) == "DLI.11016"
        assert error_of(dli.post(take_over, job_id=job, savepoint_path="state/x")) == "DLI.0002"
        assert error_of(dli.post(take_over, job_id=job, savepoint_path="../x")) == "DLI.0001"
        assert error_of(dli.post(take_over, job_id=7, savepoint_path="state/x")) == "DLI.0001"
        assert error_of(dli.post(take_over, savepoint_path="state/x")) == "DLI.0001"
        assert error_of(dli.post(f"{JOBS}/7/import-savepoint", job_id=7, savepoint_path="state/x")) == "DLI.16001"


class TestTransfer:
    def test_out_and_in_again(self, dli: Emulator) -> None:
        tags = [{"key": "team", "value": "a"}]
        job = dli.create_jar("one", parallel_number=5, main_class="a.B", tags=tags)
        dli.create_sql("two", sql_body="SELECT 1")
        chosen = dli.post(f"{JOBS}/export", obs_dir="obs://state/out/", is_selected=True, job_selected=[job]).json()
        (file,) = chosen["zip_file"]
        assert file.startswith("state/out/")
        dli.post(f"{JOBS}/delete", job_ids=[job])

        answer = dli.post(f"{JOBS}/import", zip_file=f"obs://{file}").json()
        assert answer["is_success"] == "true"
        (mapping,) = answer["job_mapping"]
        assert mapping["old_job_id"] == job
        assert mapping["new_job_id"] not in {job, -1}
        detail = dli.detail(mapping["new_job_id"])
        assert (detail["main_class"], detail["job_config"]["parallel_number"]) == ("a.B", 5)
        assert dli.get(JOBS, tags="team=a")["job_list"]["total_count"] == 1

        left = dli.post(f"{JOBS}/import", zip_file=file).json()["job_mapping"][0]
        assert left["new_job_id"] == -1
        dli.send("PUT", f"{JARS}/{mapping['new_job_id']}", {"parallel_number": 1})
        covered = dli.post(f"{JOBS}/import", zip_file="state/out", is_cover=True).json()["job_mapping"][0]
        assert covered["new_job_id"] == mapping["new_job_id"]
        assert dli.detail(mapping["new_job_id"])["job_config"]["parallel_number"] == 5

    def test_all_of_them(self, dli: Emulator) -> None:
        dli.create_jar("one")
        dli.create_sql("two")
        (file,) = dli.post(f"{JOBS}/export", obs_dir="state", is_selected=False).json()["zip_file"]
        with zipfile.ZipFile(dli.settings.obs / file) as archive:
            assert {json.loads(archive.read(name))["name"] for name in archive.namelist()} == {"one", "two"}

    def test_what_is_wrong_is_refused(self, dli: Emulator) -> None:
        (dli.settings.obs / "state" / "x.zip").write_text("no zip")
        assert error_of(dli.post(f"{JOBS}/import", zip_file="state/x.zip")) == "DLI.0018"
        assert error_of(dli.post(f"{JOBS}/import", zip_file="state/y.zip")) == "DLI.0002"
        assert error_of(dli.post(f"{JOBS}/import", zip_file="../y.zip")) == "DLI.0001"
        assert error_of(dli.post(f"{JOBS}/export", obs_dir="state", is_selected=True)) == "DLI.0001"
        missing = dli.post(f"{JOBS}/export", obs_dir="state", is_selected=True, job_selected=[7])
        assert error_of(missing) == "DLI.16001"


class TestGraphsAndMetrics:
    def test_of_a_job_that_never_ran(self, dli: Emulator, tmp_path: Path) -> None:
        job = dli.create_sql("one")
        assert error_of(dli.send("GET", f"{JOBS}/{job}/execute-graph")) == "DLI.0002"
        assert dli.get(f"{JOBS}/{job}/apig-sinks")["apig_sinks"] == {"sinks": []}
        assert dli.post(f"{JOBS}/metrics", job_ids=[job]).json()["metrics"] == {"jobs": []}
        assert error_of(dli.post(f"{JOBS}/metrics", job_ids=[7])) == "DLI.16001"
        with Emulator(tmp_path / "other", metrics_without_data_are_listed=True).running() as other:
            job = other.create_jar("one")
            (told,) = other.post("jobs/metrics", job_ids=[job]).json()["payload"]["jobs"]
            assert told["metrics"] == {"sources": [], "sinks": [], "total_read_rate": 0, "total_write_rate": 0}

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"flink_version": "1.15"}, "1.15 and newer are not supported"),
            ({"flink_version": "1.17"}, "1.15 and newer are not supported"),
            ({"job_type": "flink_sql_job"}, "flink_opensource_sql_job only"),
            ({"flink_version": "1.12"}, "No Flink runs behind this emulator"),
        ],
    )
    def test_no_stream_graph(self, dli: Emulator, told: dict[str, str], words: str) -> None:
        job = dli.create_sql("one")
        answer = dli.send("POST", f"{JOBS}/{job}/gen-graph", {"sql_body": "SELECT 1", **told}, "v3")
        assert answer.status_code == 200
        assert answer.json()["is_success"] is False
        assert words in answer.json()["message"]

    def test_a_stream_graph_needs_its_parameters(self, dli: Emulator) -> None:
        path = f"{JOBS}/{dli.create_sql('one')}/gen-graph"
        assert error_of(dli.send("POST", path, {}, "v3")) == "DLI.0001"
        estimating = {"sql_body": "SELECT 1", "static_estimator": True}
        assert error_of(dli.send("POST", path, estimating, "v3")) == "DLI.0001"


class TestEdgeJobs:
    def test_their_status_is_told_from_outside(self, dli: Emulator) -> None:
        job = dli.create_sql("edge", job_type="flink_sql_edge_job", run_mode="edge_node", sql_body="SELECT 1")
        assert dli.run(job).json()[0]["is_success"] == "true"
        assert dli.status(job) == "job_submitting"
        assert error_of(dli.run(job)) == "DLI.0007"
        flink_jobs.set_status(dli.services, job, "job_running")
        assert dli.detail(job)["start_time"]
        dli.stop(job)
        assert dli.status(job) == "job_canceling"
        flink_jobs.set_status(dli.services, job, "job_cancel_success", "by hand")
        assert dli.detail(job)["status_desc"] == "by hand"
        for wrong in ((job, "running"), (7, "job_running")):
            with pytest.raises(Refusal):
                flink_jobs.set_status(dli.services, *wrong)


class TestTemplates:
    PATH = "streaming/job-templates"

    def create(self, dli: Emulator, name: str, **more: Any) -> int:
        return int(dli.post(self.PATH, name=name, **more).json()["template"]["template_id"])

    def test_their_life(self, dli: Emulator) -> None:
        first = self.create(dli, "first", sql_body="SELECT 1", tags=[{"key": "a", "value": "b"}])
        second = self.create(dli, "second")
        answer = dli.get(self.PATH)
        assert answer["is_success"] is True
        rows = answer["template_list"]["templates"]
        assert [row["template_id"] for row in rows] == [second, first]
        assert rows[1]["job_type"] == "flink_sql_job"
        dli.send("PUT", f"{self.PATH}/{first}", {"sql_body": "SELECT 2"})
        (row,) = dli.get(self.PATH, name="irs", tags="a=b")["template_list"]["templates"]
        assert row["sql_body"] == "SELECT 2"
        assert dli.send("DELETE", f"{self.PATH}/{first}").json()["template"] == {"template_id": first}
        assert dli.get(self.PATH, limit=1, order="asc")["template_list"]["total_count"] == 1

    def test_what_is_wrong_is_refused(self, dli: Emulator) -> None:
        held, other = self.create(dli, "held"), self.create(dli, "other")
        assert error_of(dli.post(self.PATH, name="held")) == "DLI.0006"
        assert error_of(dli.post(self.PATH)) == "DLI.0001"
        assert error_of(dli.post(self.PATH, name="x" * 58)) == "DLI.0001"
        assert error_of(dli.send("PUT", f"{self.PATH}/{other}", {"name": "held"})) == "DLI.0006"
        assert error_of(dli.send("PUT", f"{self.PATH}/99", {"name": "x"})) == "DLI.0002"
        assert error_of(dli.send("DELETE", f"{self.PATH}/99")) == "DLI.0002"
        assert dli.send("PUT", f"{self.PATH}/{held}", {"name": "held"}).status_code == 200

    def test_a_hundred_is_the_most(self, dli: Emulator) -> None:
        for number in range(100):
            self.create(dli, f"template {number}")
        assert error_of(dli.post(self.PATH, name="one more")) == "DLI.1028"
