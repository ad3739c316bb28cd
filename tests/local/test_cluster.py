from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from airflow_provider_dli.local import demo_jobs
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.local.errors import StartError
from tests.local.flink_jobs import FRESH, FlinkJobs
from tests.local.waiting import is_gone, wait_until
from tests.selection import FLINK_1, FLINK_2, FLINKS

PARENT = """
import json, sys, time
from airflow_provider_dli.local.cluster import LocalFlink
with LocalFlink(sys.argv[1]) as flink:
    print(json.dumps([flink.jobmanager_pid, flink.taskmanager_pid]), flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module", params=FLINKS)
def fragile(request: pytest.FixtureRequest) -> Iterator[LocalFlink]:
    """A cluster of its own, for tests that break things."""
    with LocalFlink(request.param, slots=2, savepoint_directory=None, configuration=FRESH) as flink:
        yield flink


@pytest.mark.live
class TestWhenItRuns:
    def test_it_is_the_flink_that_was_asked_for(self, fragile: LocalFlink) -> None:
        overview = FlinkJobs(fragile).get("/overview")
        assert overview["flink-version"] == fragile.version
        assert overview["slots-total"] == fragile.slots == 2

    def test_its_logs_are_served(self, fragile: LocalFlink) -> None:
        jobs = FlinkJobs(fragile)
        assert "jobmanager.log" in [log["name"] for log in jobs.get("/jobmanager/logs")["logs"]]
        (taskmanager,) = jobs.get("/taskmanagers")["taskmanagers"]
        logs = jobs.get(f"/taskmanagers/{taskmanager['id']}/logs")["logs"]
        assert "taskmanager.log" in [log["name"] for log in logs]

    def test_a_savepoint_needs_a_directory_where_none_is_configured(self, fragile: LocalFlink) -> None:
        jobs = FlinkJobs(fragile)
        answer = jobs.post(f"/jobs/{'0' * 32}/savepoints")
        assert fragile.savepoints is None
        assert answer.status_code == 400
        assert "must be provided" in answer.text

    def test_a_taskmanager_can_be_killed_and_another_started(self, fragile: LocalFlink) -> None:
        killed = fragile.taskmanager_pid
        fragile.kill_taskmanager()
        assert is_gone(killed)
        with pytest.raises(StartError, match="The taskmanager ended"):
            fragile.wait()
        fragile.start_taskmanager()
        assert fragile.taskmanager_pid != killed
        wait_until(lambda: FlinkJobs(fragile).get("/overview")["slots-total"] == 2)

    @pytest.mark.parametrize("killed", [False, True])
    def test_a_jobmanager_comes_back_without_its_jobs(self, fragile: LocalFlink, killed: bool) -> None:
        jobs = FlinkJobs(fragile)
        before = fragile.jobmanager_pid, fragile.address
        jobs.run(demo_jobs.STREAMING_COUNT)
        if killed:
            fragile.kill_jobmanager()
            with pytest.raises(StartError, match="The jobmanager ended"):
                fragile.wait()
        fragile.restart_jobmanager()
        assert is_gone(before[0])
        assert fragile.address == before[1]
        assert jobs.get("/jobs")["jobs"] == []
        # Uploaded jars outlive a JobManager.
        assert jobs.ended(jobs.run(demo_jobs.BOUNDED_COUNT))["state"] == "FINISHED"


@pytest.fixture(scope="module", params=[pytest.param(FLINK_1, marks=pytest.mark.long), FLINK_2])
def enduring(request: pytest.FixtureRequest) -> Iterator[LocalFlink]:
    """A cluster whose jobs outlive its JobManager."""
    with LocalFlink(request.param, slots=2, high_availability=True, configuration=FRESH) as flink:
        yield flink


@pytest.mark.live
@pytest.mark.parametrize("killed", [False, True])
def test_with_high_availability_a_jobmanager_comes_back_with_its_jobs(enduring: LocalFlink, killed: bool) -> None:
    jobs = FlinkJobs(enduring)
    before = enduring.jobmanager_pid, enduring.address
    job = jobs.run(demo_jobs.STREAMING_COUNT, "--checkpoint-interval", "200")
    # The first one may have been made before anything was counted.
    wait_until(lambda: jobs.completed_checkpoints(job) > 1)
    if killed:
        enduring.kill_jobmanager()
        with pytest.raises(StartError, match="The jobmanager ended"):
            enduring.wait()
    enduring.restart_jobmanager()
    assert is_gone(before[0])
    assert enduring.address == before[1]
    # Those that have ended do not come back.
    assert wait_until(lambda: [one["id"] for one in jobs.get("/jobs")["jobs"]]) == [job]
    # Of one that is only being read anew, hardly anything can be asked.
    wait_until(lambda: jobs.get(f"/jobs/{job}")["state"] == "RUNNING")

    restored = wait_until(lambda: jobs.get(f"/jobs/{job}/checkpoints")["latest"]["restored"])
    assert not restored["is_savepoint"]
    went_on_from = wait_until(lambda: jobs.metric(job, "restoredCount"))
    assert wait_until(lambda: (count := jobs.metric(job, "count")) and count > went_on_from)
    jobs.cancel(job)
    assert jobs.ended(job)["state"] == "CANCELED"


def pids_of(flink: LocalFlink) -> set[int]:
    """All processes that were told of the cluster's directory."""
    processes = psutil.process_iter(["cmdline"])
    return {one.pid for one in processes if any(str(flink.directory) in word for word in one.info["cmdline"] or ())}


@pytest.mark.live
class TestItsEnd:
    @pytest.mark.parametrize("high_availability", [False, True])
    def test_it_leaves_no_process_and_no_file(self, high_availability: bool) -> None:
        with LocalFlink(high_availability=high_availability) as flink:
            pids = pids_of(flink)
            assert {flink.jobmanager_pid, flink.taskmanager_pid} < pids
            # Each has a guardian.
            assert len(pids) == 2 * (3 if high_availability else 2)
            assert flink.directory.exists()
        assert all(map(is_gone, pids))
        assert not flink.directory.exists()

    def test_it_does_not_survive_a_parent_that_is_killed(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", PARENT, FLINKS[0]]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
            assert parent.stdout
            pids = json.loads(parent.stdout.readline())
            assert not any(map(is_gone, pids))
            parent.send_signal(signal.SIGKILL)
        wait_until(lambda: all(map(is_gone, pids)))


def start_error(configuration: Mapping[str, str] | None = None, port: int = 0) -> str:
    flink = LocalFlink(port=port, configuration=configuration)
    with pytest.raises(StartError) as caught:
        flink.start()
    assert not flink.directory.exists()
    return str(caught.value)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.live
class TestWhenItCannotStart:
    def test_a_port_that_is_taken_is_told(self, taken_port: int) -> None:
        assert f"Port {taken_port} cannot be used (Address already in use)" in start_error(port=taken_port)

    def test_a_port_that_is_taken_meanwhile_is_told(self, taken_port: int) -> None:
        assert "a port is taken" in start_error({"rest.bind-port": str(taken_port)})

    @pytest.mark.parametrize("key", ["jobmanager.memory.heap.size", "taskmanager.memory.task.heap.size"])
    def test_too_little_memory_is_told(self, key: str) -> None:
        assert "not enough memory" in start_error({key: "9000g"})

    def test_any_other_reason_is_quoted(self) -> None:
        assert 'NumberFormatException: For input string: "none"' in start_error({"blob.server.port": "none"})
