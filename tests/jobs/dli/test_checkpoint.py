"""Checkpoints as the object store shows them, in folders as Flink leaves them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_dli.hooks.object_store import OpenedStore
from airflow_provider_dli.jobs.dli.checkpoint import wait_for_dli_checkpoint
from airflow_provider_dli.jobs.errors import ConditionNotReachable, JobEnded, JobFailed, SavepointFailed
from airflow_provider_dli.jobs.flows import call
from airflow_provider_dli.jobs.model import Checkpoint, Checkpoints
from airflow_provider_dli.jobs.wait import wait_for_job
from airflow_provider_dli.rest.patience import WaitTimedOut, within
from tests.jobs.dli.script import JOB, NO_JOB, Script, seen
from tests.jobs.dli.test_savepoint import retry, save
from tests.jobs.script import START

RUNNING = seen("job_running", job_config={"checkpoint_path": "obs://bucket/chk", "obs_bucket": "logs"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def script(root: Path) -> Script:
    return Script(OpenedStore(f"file://{root}")).jobs(RUNNING)


def make(root: Path, path: str, at: float = START, proof: str = "_metadata") -> None:
    folder = root / path
    folder.mkdir(parents=True)
    (folder / proof).write_text("state")
    os.utime(folder / proof, (at, at))


def checkpoints(script: Script) -> Checkpoints:
    return script.run(script.backend.checkpoints(JOB))


def test_they_are_told_as_those_of_any_job(script: Script, root: Path) -> None:
    make(root, "bucket/chk/abc/chk-7", START + 7)
    make(root, "bucket/chk/abc/chk-8", proof="part-1")
    make(root, "bucket/chk/abc/shared", proof="part-1")
    make(root, f"logs/jobs/savepoint/{JOB}/2026-01-01_00-00-00", START + 9)
    make(root, "logs/jobs/savepoint/1/2026-01-01_00-00-00", START + 9)
    savepoint, checkpoint = checkpoints(script).history
    assert checkpoint == Checkpoint(7, False, "COMPLETED", START + 7, START + 7, "bucket/chk/abc/chk-7")
    assert (savepoint.path, savepoint.is_savepoint) == (f"logs/jobs/savepoint/{JOB}/2026-01-01_00-00-00", True)
    assert checkpoints(script).last_id == (START + 9) * 1000


@pytest.mark.parametrize("kind", ["checkpoint", "savepoint"])
@pytest.mark.parametrize("name", [JOB, f"{JOB}_a1b2", f"{JOB}-2026", f"{JOB}abc"])
def test_the_folder_of_a_job_begins_with_its_id(script: Script, root: Path, kind: str, name: str) -> None:
    make(root, f"logs/jobs/{kind}/{name}/abc/chk-7")
    assert [one.path for one in checkpoints(script).history] == [f"logs/jobs/{kind}/{name}/abc/chk-7"]


@pytest.mark.parametrize("name", [f"{JOB}0", f"{JOB}1_a", f"1{JOB}", "a"])
def test_the_folder_of_another_job_does_not(script: Script, root: Path, name: str) -> None:
    make(root, f"logs/jobs/checkpoint/{name}/abc/chk-7")
    assert checkpoints(script).history == ()


def test_one_is_counted_once(script: Script, root: Path) -> None:
    make(root, "bucket/chk/s")
    script.jobs(RUNNING | {"savepoint_path": "obs://bucket/chk/s/"})
    assert [one.path for one in checkpoints(script).history] == ["bucket/chk/s"]


@pytest.mark.parametrize(
    "job", [RUNNING, seen("job_running"), seen("job_running", job_config=None), RUNNING | {"savepoint_path": ""}]
)
def test_there_are_none(script: Script, job: Any) -> None:
    assert checkpoints(script.jobs(job)) == Checkpoints(0, ())


def test_only_those_of_this_run_are_counted(script: Script, root: Path) -> None:
    """A job that was run again has not made a checkpoint because it had made one before."""
    make(root, "bucket/chk/old/chk-1", START - 100)
    script.jobs(RUNNING | {"start_time": int(START) * 1000})
    assert (checkpoints(script).completed, len(checkpoints(script).history)) == (0, 1)
    with pytest.raises(WaitTimedOut):
        checkpointed(script)
    make(root, "bucket/chk/new/chk-1", START + 1)
    assert checkpointed(script) == "job_running"


def checkpointed(script: Script) -> str:
    flow = wait_for_job(script.backend, job_id=JOB, until="checkpointed", poll_interval=10)
    return script.run(within(flow, script.now + 15, script.clock)).status


def test_a_job_that_makes_none(script: Script) -> None:
    script.jobs(seen("job_running", job_type="flink_sql_job", job_config={"checkpoint_enabled": False}))
    with pytest.raises(ConditionNotReachable, match="Job 'count' makes no checkpoints"):
        checkpointed(script)


@pytest.mark.parametrize(
    ("job_type", "enabled", "makes"),
    [("flink_sql_job", True, True), ("flink_sql_job", None, False), ("flink_jar_job", False, True)],
)
def test_whether_it_makes_them(script: Script, job_type: str, enabled: bool | None, makes: bool) -> None:
    script.jobs(seen("job_running", job_type=job_type, job_config={"checkpoint_enabled": enabled}))
    assert script.run(script.backend.makes_checkpoints(JOB)) is makes


class TestWait:
    def wait(self, script: Script, path: str | None = None, **wanted: Any) -> Checkpoint:
        flow = wait_for_dli_checkpoint(
            script.backend, job_id=JOB, path=path, poll_interval=10, clock=script.clock, **wanted
        )
        return script.run(within(flow, script.now + 15, script.clock))

    def test_where_dli_tells(self, script: Script, root: Path) -> None:
        make(root, "bucket/chk/a/chk-1")
        assert self.wait(script).path == "bucket/chk/a/chk-1"

    @pytest.mark.parametrize("path", ["obs://bucket/elsewhere/", "bucket/elsewhere"])
    def test_in_a_folder(self, script: Script, root: Path, path: str) -> None:
        make(root, "bucket/chk/a/chk-9", START + 9)
        make(root, "bucket/elsewhere/chk-1")
        assert self.wait(script, path).path == "bucket/elsewhere/chk-1"

    def test_a_new_one(self, script: Script, root: Path) -> None:
        make(root, "bucket/chk/a/chk-1", START)
        with pytest.raises(WaitTimedOut, match="the newest is checkpoint 1 at bucket/chk/a/chk-1"):
            self.wait(script, after=START + 1)
        make(root, "bucket/chk/a/chk-2", START + 2)
        assert self.wait(script, after=START + 1).id == 2

    @pytest.mark.parametrize("ahead", [-600, 0, 600], ids="DLI is {} s ahead".format)
    @pytest.mark.parametrize(("age", "fits"), [(20, True), (40, False)])
    @pytest.mark.parametrize("is_here", [True, False], ids=["files of this machine", "of the cloud"])
    def test_the_age_of_one_is_by_the_clock_of_dli(
        self, root: Path, ahead: float, age: float, fits: bool, is_here: bool
    ) -> None:
        script = Script(OpenedStore(f"file://{root}"), store_is_here=is_here)
        script.ahead = ahead
        script.jobs(RUNNING | {"start_time": int((script.now + ahead - 100) * 1000)})
        make(root, "bucket/chk/a/chk-1", script.now - age + (0 if is_here else ahead))
        assert checkpoints(script).completed == 1
        if fits:
            assert self.wait(script, max_age=30).id == 1
        else:
            with pytest.raises(WaitTimedOut, match="not older than 30 s"):
                self.wait(script, max_age=30)

    @pytest.mark.parametrize("ahead", [-600, 600], ids="DLI is {} s ahead".format)
    def test_savepoints_are_counted_once_whatever_the_clocks_show(self, root: Path, ahead: float) -> None:
        script = Script(OpenedStore(f"file://{root}"), store_is_here=True)
        script.ahead = ahead + 0.5
        script.jobs(RUNNING | {"start_time": int((script.now + ahead - 100) * 1000)})
        make(root, "bucket/chk/savepoint-1", script.now - 20)
        with pytest.raises(WaitTimedOut, match="1 of 2 completed"):
            self.wait(script, count=2, max_age=300)

    def test_a_savepoint(self, script: Script, root: Path) -> None:
        make(root, "bucket/chk/a/chk-1")
        with pytest.raises(WaitTimedOut):
            self.wait(script, kind="savepoint")
        make(root, "bucket/chk/savepoint-1")
        assert self.wait(script, kind="savepoint").is_savepoint

    def test_several(self, script: Script, root: Path) -> None:
        make(root, "bucket/chk/a/chk-1", START + 1)
        make(root, "bucket/chk/a/chk-2", START + 2)
        assert self.wait(script, count=2).id == 2

    def test_the_job_fails(self, script: Script) -> None:
        script.jobs(seen("job_running_exception", status_desc="Out of disk"))
        with pytest.raises(JobFailed, match="Out of disk"):
            self.wait(script)

    def test_the_job_is_gone(self, script: Script) -> None:
        script.jobs(RUNNING, RUNNING, NO_JOB)
        with pytest.raises(Exception, match=f"DLI no longer knows job {JOB}"):
            self.wait(script)

    @pytest.mark.parametrize(("path", "where"), [(None, "bucket/chk"), ("obs://bucket/x/", "bucket/x")])
    def test_without_a_store(self, path: str | None, where: str) -> None:
        script = Script().jobs(RUNNING)
        words = f"DLI lists no checkpoints; .* in the object store, at {where}. .* extra: object_store, as in s3://"
        with pytest.raises(ConditionNotReachable, match=words):
            self.wait(script, path)

    def test_by_name(self, script: Script, root: Path) -> None:
        make(root, "bucket/x/chk-1")
        flow = call(wait_for_dli_checkpoint, job_id=JOB, path="bucket/x", poll_interval=10)
        assert script.run(flow.on(script.backend)).id == 1


class TestSavepoint:
    """A savepoint operator's folder, in the store."""

    def test_it_is_found(self, script: Script, root: Path) -> None:
        make(root, "bucket/backup/f1/savepoint-2")
        make(root, "bucket/backup/f10/savepoint-3")
        assert save(script, retry()).path == "bucket/backup/f1/savepoint-2"

    def test_it_lies_in_the_folder_itself(self, script: Script, root: Path) -> None:
        make(root, "bucket/backup/f1")
        assert save(script, retry()).path == "bucket/backup/f1"

    def test_it_is_not_complete(self, script: Script, root: Path) -> None:
        make(root, "bucket/backup/f1/savepoint-2", proof="part-1")
        with pytest.raises(SavepointFailed):
            save(script.jobs(RUNNING, RUNNING, seen("job_finish")))

    def test_a_retry_finds_it(self, script: Script, root: Path) -> None:
        make(root, "bucket/backup/f1/savepoint-2")
        assert save(script.jobs(seen("job_finish")), retry()).job_status == "job_finish"
        assert not script.changes

    def test_a_retry_that_finds_none_of_a_job_that_has_ended(self, script: Script) -> None:
        with pytest.raises(JobEnded):
            save(script.jobs(seen("job_finish")), retry())
