"""The emulator withstands whatever callers send, and what becomes of its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs
from airflow_provider_dli.local.dli.flink_jobs.keeper import _MOST_FAILURES, Keeper
from airflow_provider_dli.local.dli.obs import BadObsAddressError, ObjectStore
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.settings import Settings
from airflow_provider_dli.local.dli.store import DamagedStateError, Store
from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

JARS, JOBS = "/v1.0/{project_id}/streaming/flink-jobs", "/v1.0/{project_id}/streaming/jobs"
JSON = {"Content-Type": "application/json"}
POISON = {
    "half a surrogate pair": b'{"name": "a\\ud800b"}',
    "half a pair as a key": b'{"name": "a", "\\udc00": 1}',
    "NaN": b'{"name": "a", "resource_config": {"jobmanager_resource_spec": {"cpu": NaN}}}',
    "Infinity": b'{"name": "a", "resource_config": {"jobmanager_resource_spec": {"cpu": -Infinity}}}',
    "a float that is too large": b'{"name": "a", "resource_config": {"jobmanager_resource_spec": {"cpu": 1e999}}}',
    "an integer that is too large": b'{"name": "a", "parallel_number": 1%s}' % (b"0" * 400),
    "lists that are too deep": b'{"name": "a", "x": %s' % (b"[" * 50_000),
    "objects that are too deep": b'{"name": "a", "x": %s1%s}' % (b'{"y":' * 500, b"}" * 500),
    "no UTF-8": b'{"name": "a\xff"}',
}


class TestPoison:
    @pytest.mark.parametrize("content", POISON.values(), ids=POISON.keys())
    def test_it_is_refused_and_nothing_is_stored(self, dli: DliClient, content: bytes) -> None:
        assert refused(dli.post(JARS, content=content, headers=JSON)) == "DLI.0001"
        assert accepted(dli.get(JOBS))["job_list"] == {"total_count": 0, "jobs": []}

    def test_json_within_a_text_is_read_with_the_same_care(self, dli: DliClient) -> None:
        assert refused(dli.post(JARS, {"name": "a", "runtime_config": "[" * 50_000})) == "DLI.0001"
        assert refused(dli.post(JARS, {"name": "a", "runtime_config": '{"a": NaN}'})) == "DLI.0001"

    def test_whole_pairs_and_other_scripts_are_fine(self, dli: DliClient) -> None:
        created = dli.post(JARS, content=b'{"name": "\\ud83d\\ude00 \xe4\xbd\x9c\xe4\xb8\x9a"}', headers=JSON)
        accepted(created)
        (job,) = accepted(dli.get(JOBS))["job_list"]["jobs"]  # type: ignore[index]
        assert job["name"] == "\U0001f600 作业"

    @pytest.mark.parametrize("shift", [b"1e300", b"NaN", b"-1e12", b"true"])
    def test_a_clock_that_no_date_can_show(self, dli: DliClient, shift: bytes) -> None:
        response = dli.put("/_emulator/clock", content=b'{"shift": %s}' % shift, headers=JSON, signed=False)
        assert refused(response) == "DLI.0001"
        assert dli.get("/health", signed=False).status_code == 200


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    root = tmp_path / "obs"
    (root / "data").mkdir(parents=True)
    (root / "data/loop").symlink_to(root / "data/loop")
    return ObjectStore(root)


PATHS = ["data/" + "a" * 256, "data/" + "作" * 100, "data/a\0b", "data/loop", "data/loop/x", "data" + "/a" * 3000]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_a_path_that_this_machine_cannot_have(objects: ObjectStore, path: str) -> None:
    with pytest.raises(BadObsAddressError) as caught:
        objects.path(path)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("path", [*PATHS[:2], PATHS[2]], ids=range(3))
def test_such_a_path_in_a_request_is_refused(dli: DliClient, path: str) -> None:
    (dli.settings.obs / "data").mkdir(parents=True)
    job = accepted(dli.post(JARS, {"name": "a"}))["job"]["job_id"]  # type: ignore[index]
    body = {"job_id": job, "savepoint_path": path}
    assert refused(dli.post(f"{JOBS}/{job}/import-savepoint", body)) == "DLI.0001"
    assert refused(dli.post(JARS, {"name": "b", "obs_bucket": path.partition("/")[2]})) == "DLI.11016"


def test_a_job_whose_steps_fail_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was submitted for ever, and each step wrote a trace into the log."""
    services = Services(Settings(tmp_path), Store(tmp_path / "state.db"))
    jobs = FlinkJobs(services)
    run = {"active": True, "phase": "submitting", "flink_job_id": "f" * 32, "began_running": False}
    number = jobs.add("flink_jar_job", {"name": "a"})["job_id"]
    jobs.change(number, lambda job: job.update(run=run, status="job_submitting"))
    keeper = Keeper(services, "http://127.0.0.1:9")

    def broken(*_: Any) -> None:
        raise OSError("The disk is gone")

    monkeypatch.setattr(keeper._life, "step", broken)
    for _ in range(_MOST_FAILURES):
        assert jobs.active()
        keeper._step(jobs.find(number), {})
    job = jobs.find(number)
    assert (job["status"], job["status_desc"]) == ("job_submit_fail", "OSError: The disk is gone")
    assert not jobs.active()
    services.store.close()


def test_no_edge_node_reports_on_a_job_that_runs_here(dli: DliClient) -> None:
    number = accepted(dli.post(JARS, {"name": "a"}))["job"]["job_id"]  # type: ignore[index]
    jobs = FlinkJobs(dli.services)
    jobs.change(number, lambda job: job.update(run={"active": True}, status="job_running"))
    report = {"jobs": [{"job_id": number, "status": "job_finish", "create_time": 1}], "message_id": "m"}
    assert refused(dli.post("/v1/{project_id}/edgesrv/job-report", report)) == "DLI.0007"
    assert jobs.find(number)["status"] == "job_running"


class TestHost:
    @pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost:1", "localhost", "[::1]:8090"])
    @pytest.mark.parametrize("path", ["/", "/health", "/_emulator/requests"])
    def test_this_machine(self, dli: DliClient, host: str, path: str) -> None:
        assert dli.get(path, headers={"Host": host}, signed=False).status_code == 200

    @pytest.mark.parametrize("host", ["evil.com", "evil.com:8090", "127.0.0.1.evil.com", "localhost@evil.com:1", ""])
    @pytest.mark.parametrize("path", ["/", "/health", "/_emulator/requests"])
    def test_another_name(self, dli: DliClient, host: str, path: str) -> None:
        assert dli.get(path, headers={"Host": host}, signed=False).status_code == 403


class TestDamagedState:
    def file(self, folder: Path) -> Path:
        store = Store(folder / "state.db")
        store.kind("flink_jobs").put(1, {"name": "a"})
        store.close()
        return folder / "state.db"

    def test_another_file(self, tmp_path: Path) -> None:
        (tmp_path / "state.db").write_bytes(b"no database " * 1000)
        with pytest.raises(
            DamagedStateError, match=rf"state in {tmp_path}/state.db is damaged: file is not a database"
        ):
            Store(tmp_path / "state.db")

    @pytest.mark.parametrize("body", ["{", "[]", '"a"'])
    def test_a_document(self, tmp_path: Path, body: str) -> None:
        file = self.file(tmp_path)
        store = Store(file)
        with store.change() as connection:
            connection.execute("UPDATE documents SET body = ?", [body])
        store.close()
        with pytest.raises(DamagedStateError, match="Restore the file from a copy, or delete it"):
            Store(file)

    def test_an_older_state_is_taken_over(self, tmp_path: Path) -> None:
        file = self.file(tmp_path)
        store = Store(file)
        with store.change() as connection:
            connection.execute("DROP INDEX by_name")
        store.close()
        store = Store(file)
        assert store.kind("flink_jobs").having("name", "a") == [{"name": "a"}]
        store.close()


class TestManyJobs:
    """What is done often is looked up in an index, and does not read all jobs."""

    @pytest.mark.parametrize("count", [0, 200])
    def test_a_lookup_reads_what_it_finds(self, tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
        store = Store(tmp_path / "state.db")
        kind = store.kind("flink_jobs")
        for number in range(count):
            kind.put(number, {"name": f"job {number}", "run": {"active": False}})
        kind.put("x", {"name": "x", "run": {"active": True}})
        kind.put("y", {"name": "y", "run": None})
        decoded: list[str] = []
        monkeypatch.setattr(
            "airflow_provider_dli.local.dli.store.json.loads",
            lambda text, read=json.loads: decoded.append(text) or read(text),
        )
        assert [job["name"] for job in kind.having("active", True)] == ["x"]
        assert [job["name"] for job in kind.having("name", "y")] == ["y"]
        assert len(decoded) == 2
        store.close()

    @pytest.mark.parametrize("member", ["name", "active"])
    def test_the_index_is_used(self, tmp_path: Path, member: str) -> None:
        store = Store(tmp_path / "state.db")
        statements: list[str] = []
        with store.change() as connection:
            connection.set_trace_callback(statements.append)
        store.kind("flink_jobs").having(member, 1)
        (query,) = [one for one in statements if one.startswith("SELECT")]
        with store.change() as connection:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert f"USING INDEX by_{member}" in str(plan)
        store.close()


def test_a_draft_shows_what_the_documents_show(dli: DliClient) -> None:
    number = accepted(dli.post(JARS, {"name": "a"}))["job"]["job_id"]  # type: ignore[index]
    job = accepted(dli.get(f"{JOBS}/{number}"))["job_detail"]
    shown = {"sql_body": "", "run_mode": "exclusive_cluster", "main_class": None, "execution_graph": None}
    config = {"root_id": -1, "graph_editor_enabled": False, "graph_editor_data": "", "idle_state_retention": 3600}
    assert shown.items() <= job.items()  # type: ignore[attr-defined]
    assert config.items() <= job["job_config"].items()  # type: ignore[index]


@pytest.mark.parametrize(("name", "value"), [("cu_number", 10_000), ("checkpoint_interval", 999_999)])
def test_limits_of_the_console(dli: DliClient, name: str, value: int) -> None:
    accepted(dli.post(JARS, {"name": "a", name: value}))
    assert refused(dli.post(JARS, {"name": "b", name: value + 1})) == "DLI.0001"
