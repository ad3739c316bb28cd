"""What has broken a guarantee once, as a short story each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.model.flink_jobs import SNAPSHOT, STOP
from tests.model.machine import AIRFLOWS, Scene
from tests.model.wire import GATEWAY

Stage = Callable[..., Scene]
FLINKS = ("1.20.5", "2.3.0")
on_all_flinks = pytest.mark.parametrize("flink", FLINKS)
on_all_airflows = pytest.mark.parametrize("airflow", AIRFLOWS, ids=lambda version: ".".join(map(str, version)))
deferred_or_not = pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "deferred"])


@pytest.fixture
def stage() -> Iterator[Stage]:
    scenes: list[Scene] = []

    def set_up(*args: Any, **kwargs: Any) -> Scene:
        scenes.append(Scene(*args, **kwargs))
        scenes[-1].advance(5)
        return scenes[-1]

    yield set_up
    for scene in scenes:
        scene.close()


def savepoints(scene: Scene) -> list[str]:
    return sorted(scene.flink.disk)


@on_all_flinks
@on_all_airflows
@deferred_or_not
class TestStops:
    def test_a_clear_while_a_stop_is_in_progress(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow, snapshot=30.0)
        stop = s.stop(s.orders, deferrable=deferrable)
        s.advance(8)
        s.airflow.clear(stop)
        s.until_over(stop)
        s.end()
        assert stop.state == "success"
        assert len(savepoints(s)) == 1

    def test_two_tasks_stop_the_same_job(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow, snapshot=30.0)
        one = s.stop(s.orders, deferrable=deferrable)
        s.advance(9)
        other = s.stop(s.orders, deferrable=deferrable)
        s.end()
        assert [one.state, other.state] == ["success", "success"]
        assert savepoints(s) == [one.result] == [other.result]

    def test_somebody_makes_a_savepoint_at_that_moment(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow, snapshot=30.0)
        s.flink.stranger_savepoint(s.orders, SNAPSHOT)
        s.advance(5)
        stop = s.stop(s.orders, deferrable=deferrable)
        s.end()
        assert stop.state == "success"
        assert len(savepoints(s)) == 2

    def test_a_stranger_stops_the_job_at_that_moment(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow, snapshot=30.0)
        s.flink.stranger_savepoint(s.orders, STOP)
        s.advance(5)
        stop = s.stop(s.orders, deferrable=deferrable)
        s.end()
        assert savepoints(s) == [stop.result]


@on_all_flinks
@on_all_airflows
@deferred_or_not
class TestSavepoints:
    def test_a_retry_does_not_take_another_tasks_savepoint(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow)
        run = s.new_run()
        one = s.savepoint(s.orders, run=run, deferrable=deferrable)
        s.until_over(one)
        s.outage(150, 503)
        other = s.savepoint(s.orders, run=s.new_run(), deferrable=deferrable)
        s.end()
        assert other.state == "success"
        assert savepoints(s) == sorted([one.result, other.result])

    def test_retries_are_raised_while_the_run_is_in_flight(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool
    ) -> None:
        s = stage(flink, airflow)
        one = s.savepoint(s.orders, deferrable=deferrable)
        s.until_over(one)
        s.advance(10)
        other = s.savepoint(s.orders, retries=1, deferrable=deferrable)
        other.retries = 3
        s.end()
        assert savepoints(s) == sorted([one.result, other.result])

    @pytest.mark.parametrize("offset", [-600.0, -10.0, 0.0, 10.0, 600.0])
    def test_the_operation_is_forgotten_before_the_retry(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool, offset: float
    ) -> None:
        s = stage(flink, airflow, offset=offset, snapshot=1.0)
        task = s.savepoint(s.orders, delay=400.0, deferrable=deferrable)
        s.fault(task, "kill after")
        s.end()
        assert task.state == "success"
        assert savepoints(s) == [task.result]

    @pytest.mark.parametrize("ha", [False, True], ids=["no HA", "HA"])
    @pytest.mark.parametrize("kind", ["savepoint", "stop"])
    def test_the_jobmanager_goes_before_the_path_was_read(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool, ha: bool, kind: str
    ) -> None:
        s = stage(flink, airflow, ha=ha, snapshot=12.0)
        getattr(s, kind)(s.orders, deferrable=deferrable, poll_interval=30.0)
        s.world.until(lambda: bool(s.flink.disk), 100)
        s.advance(1.0)
        s.restart()
        s.end()

    @pytest.mark.parametrize("kind", ["savepoint", "stop"])
    def test_the_cluster_is_out_of_reach_once_a_savepoint_has_begun(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool, kind: str
    ) -> None:
        s = stage(flink, airflow, snapshot=4.0)
        getattr(s, kind)(s.orders, retries=0, deferrable=deferrable)
        s.world.until(lambda: bool(s.flink.all_operations), 100)
        s.advance(1.0)
        s.outage(1000, 502)
        s.end()


@on_all_flinks
@on_all_airflows
class TestGenerations:
    def test_retries_are_lowered_before_a_clear(self, stage: Stage, flink: str, airflow: tuple[int, int]) -> None:
        s = stage(flink, airflow)
        task = s.run_jar("batch", retries=2)
        s.until_over(task)
        task.retries = 1
        s.airflow.clear(task)
        s.end()
        assert task.state == "success"
        assert len(s.flink.all_runs) == 3

    def test_a_run_is_deleted_and_run_again(self, stage: Stage, flink: str, airflow: tuple[int, int]) -> None:
        s = stage(flink, airflow)
        task = s.run_jar("batch")
        s.until_over(task)
        s.airflow.delete_run(task.run)
        s.outage(150, 503)
        again = s.airflow.add(s.airflow.add_run(task.run.run_id), "run", task.make)
        again.kind, again.wait_until = "run", "finished"
        s.oracle.instances.append(again)
        s.end()
        assert again.state == "success"
        assert again.result != task.result

    def test_an_operator_is_executed_twice_in_one_try(self, stage: Stage, flink: str, airflow: tuple[int, int]) -> None:
        s = stage(flink, airflow)
        task = s.run_jars("short", "short")
        s.end()
        assert task.state == "success"
        assert len(set(task.result)) == 2

    def test_a_finished_job_is_forgotten_before_the_retry(
        self, stage: Stage, flink: str, airflow: tuple[int, int]
    ) -> None:
        s = stage(flink, airflow, ha=True)
        task = s.run_jar("batch", deferrable=False, delay=60.0)
        s.world.until(lambda: any(run.complete for run in s.flink.all_runs), 300)
        s.kill_process(task)
        s.evict()
        s.end()


@on_all_flinks
def test_two_airflows_with_equal_ids_on_one_cluster(stage: Stage, flink: str) -> None:
    from tests.model.fake_airflow import Airflow

    s = stage(flink)
    task = s.run_jar("batch")
    s.advance(10)
    staging = Airflow(s.world, "staging", s.airflow.version, seed=1)
    other = staging.add(staging.add_run(task.run.run_id, task.run.run_after), "run", task.make)
    other.kind, other.wait_until = "run", "finished"
    s.oracle.instances.append(other)
    s.end()
    assert task.result != other.result


@on_all_flinks
@deferred_or_not
class TestGateways:
    @pytest.mark.parametrize("status", GATEWAY)
    @pytest.mark.parametrize("after", [0.0, 1.1, 1.3, 6.0])
    def test_one_answers_by_itself_for_a_while(
        self, stage: Stage, flink: str, deferrable: bool, status: int, after: float
    ) -> None:
        s = stage(flink)
        # Credentials that were never accepted are most likely wrong: only Airflow's retry helps then.
        retries = 1 if status in (401, 403) and not after else 0
        tasks = [s.run_jar("batch", retries=retries, deferrable=deferrable)]
        tasks.append(s.savepoint(s.orders, retries=retries, deferrable=deferrable))
        s.advance(after)
        s.outage(20, status)
        s.end()
        assert [task.state for task in tasks] == ["success", "success"]

    def test_connections_cannot_be_read_for_a_while(self, stage: Stage, flink: str, deferrable: bool) -> None:
        s = stage(flink)
        task = s.run_jar("batch", retries=0, deferrable=deferrable)
        s.seal(20)
        s.end()
        assert task.state == "success"

    def test_the_clock_of_a_worker_jumps(self, stage: Stage, flink: str, deferrable: bool) -> None:
        s = stage(flink)
        task = s.run_jar("batch", retries=0, deferrable=deferrable, timeout=3600, on_kill="cancel")
        s.advance(12)
        assert task.process
        task.process.wall += 7200
        s.end()
        assert task.state == "success"


@on_all_flinks
@on_all_airflows
@deferred_or_not
class TestCancels:
    @pytest.mark.parametrize("fault", ["lost", "no answer", "kill after", "late", "twice"])
    def test_one_job_is_cancelled(
        self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool, fault: str
    ) -> None:
        s = stage(flink, airflow)
        task = s.cancel(s.orders, deferrable=deferrable)
        s.fault(task, fault)
        s.end()
        assert task.state == "success"
        assert not s.orders.alive

    def test_a_stop_is_in_progress(self, stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool) -> None:
        s = stage(flink, airflow, snapshot=30.0)
        s.stop(s.orders, deferrable=deferrable)
        s.advance(8)
        task = s.cancel(s.orders, deferrable=deferrable)
        s.end()
        assert task.state == "success"


@on_all_flinks
@on_all_airflows
@deferred_or_not
@pytest.mark.parametrize("fault", ["lost", "no answer", "kill after", "twice"])
def test_a_checkpoint_is_made_once_while_the_cluster_knows_it(
    stage: Stage, flink: str, airflow: tuple[int, int], deferrable: bool, fault: str
) -> None:
    s = stage(flink, airflow)
    task = s.checkpoint(s.orders, deferrable=deferrable)
    s.fault(task, fault)
    s.end()
    assert task.state == "success"
    assert len(s.flink.all_operations) == 1


class TestNames:
    @on_all_flinks
    def test_a_retry_by_name_leaves_the_next_job_alone(self, stage: Stage, flink: str) -> None:
        s = stage(flink)
        task = s.stop(s.orders, by_name=True)
        s.world.until(lambda: not s.orders.alive, 100)
        s.kill_process(task)
        new = s.flink.stranger_starts("orders")
        s.end()
        assert new.alive
        assert task.state == "success"


@on_all_flinks
class TestPrograms:
    @deferred_or_not
    def test_two_environments(self, stage: Stage, flink: str, deferrable: bool) -> None:
        s = stage(flink)
        task = s.run_jar("two", deferrable=deferrable)
        s.end()
        assert task.state == "success"

    @pytest.mark.parametrize("program", ["throws", "two_in_one", "fails", "broken"])
    @deferred_or_not
    def test_what_fails_is_no_success(self, stage: Stage, flink: str, program: str, deferrable: bool) -> None:
        s = stage(flink)
        task = s.run_jar(program, deferrable=deferrable, retries=0)
        s.end()
        assert task.state == "failed"

    @pytest.mark.parametrize("after", [0.3, 1.0, 5.0])
    @on_all_airflows
    def test_a_jobmanager_dies_while_one_of_several_jobs_is_started(
        self, stage: Stage, flink: str, airflow: tuple[int, int], after: float
    ) -> None:
        s = stage(flink, airflow, ha=True)
        task = s.run_jar("pausing", several_jobs=True, retries=2)
        s.world.until(lambda: bool(s.flink.all_runs[1:]), 100)
        s.advance(after)
        s.restart()
        s.end()
        # Without a ledger, a retry could not tell the incomplete program from a complete one.
        assert task.state == ("success" if airflow >= (3, 3) else "failed")

    @pytest.mark.parametrize("program", ["unsaid", "pausing", "slow", "two_in_one"])
    @pytest.mark.parametrize("after", [0.3, 1.0, 5.0])
    def test_a_jobmanager_dies_while_main_is_at_work(
        self, stage: Stage, flink: str, program: str, after: float
    ) -> None:
        s = stage(flink, ha=True)
        task = s.run_jar(program, retries=1)
        s.world.until(lambda: bool(s.flink.all_runs[1:]), 100)
        s.advance(after)
        s.restart()
        s.end()
        if flink == "2.3.0" and program in ("slow", "pausing"):
            assert task.state == "success"

    @pytest.mark.parametrize("after", [0.3, 0.6, 0.9, 1.2])
    def test_ended_jobs_are_forgotten_while_marks_are_read(self, stage: Stage, flink: str, after: float) -> None:
        s = stage(flink, has_logs=False)
        s.run_jars("short", "short", retries=1)
        s.world.until(lambda: bool(s.flink.all_runs[1:]), 100)
        s.advance(after)
        s.restart(0.0)
        s.evict()
        s.end()

    @on_all_airflows
    @pytest.mark.parametrize("on_kill", ["cancel", "detach"])
    def test_the_cluster_cannot_be_reached_once_main_has_failed(
        self, stage: Stage, flink: str, airflow: tuple[int, int], on_kill: str
    ) -> None:
        s = stage(flink, airflow, has_logs=False)
        task = s.run_jar("throws", on_kill=on_kill)
        s.world.until(lambda: any(run.failure for run in s.flink.all_runs), 100)
        s.outage(200, 503)
        s.end()
        assert task.state == "failed"


@on_all_flinks
@pytest.mark.parametrize("on_kill", ["cancel", "stop_with_savepoint"])
def test_a_triggerer_that_hung_leaves_the_job_of_a_task_that_succeeded(stage: Stage, flink: str, on_kill: str) -> None:
    s = stage(flink)
    task = s.run_jar("late_stream", wait_until="running", deferrable=True, on_kill=on_kill)
    s.world.until(lambda: task.state == "deferred" and task.process is not None, 100)
    s.advance(1)
    s.airflow.hang_triggerer(task, 80, cancelled_after=0.0)
    s.end()
    assert task.state == "success"
    assert s.flink.all_jobs[-1].state == "RUNNING"


@on_all_flinks
@on_all_airflows
def test_a_worker_that_was_given_up_leaves_the_job_of_the_next_try(
    stage: Stage, flink: str, airflow: tuple[int, int]
) -> None:
    s = stage(flink, airflow)
    task = s.run_jar("long", deferrable=False, on_kill="cancel_unless_retried")
    s.advance(20)
    s.airflow.hang_worker(task, 400)
    s.end()
    assert task.state == "success"
    assert s.flink.all_jobs[-1].state == "FINISHED"


@on_all_flinks
@on_all_airflows
@pytest.mark.parametrize("offset", [-600.0, -10.0, 0.0, 10.0, 600.0])
@pytest.mark.parametrize("kind", ["no answer", "lost", "kill after"])
def test_an_insert_without_an_answer_starts_one_job(
    stage: Stage, flink: str, airflow: tuple[int, int], offset: float, kind: str
) -> None:
    s = stage(flink, airflow, offset=offset)
    task = s.sql("stream", wait_until="running", delay=400.0)
    s.fault(task, kind, skip=1)
    s.end()
    assert task.state == "success"
    assert sum(job.alive for job in s.flink.all_jobs) == 2


@on_all_airflows
@pytest.mark.parametrize("has_logs", [True, False], ids=["logs", "no logs"])
@pytest.mark.parametrize("after", [1.0, 1.3, 3.0])
def test_a_kill_while_a_program_of_several_jobs_is_submitted(
    stage: Stage, airflow: tuple[int, int], has_logs: bool, after: float
) -> None:
    s = stage("1.20.5", airflow, has_logs=has_logs)
    task = s.run_jar("pondering", deferrable=False, on_kill="cancel", several_jobs=True)
    s.world.until(lambda: bool(s.flink.all_runs[1:]), 100)
    # SIGTERM comes two seconds later, and the job three seconds after its program was sent.
    s.advance(after)
    s.airflow.mark(task, "failed")
    s.advance(60)
    s.end()
    assert [job.name for job in s.flink.all_jobs if job.alive] == ["orders"]


@on_all_flinks
@on_all_airflows
@pytest.mark.parametrize("several_jobs", [None, False])
@pytest.mark.parametrize("after", [0.0, 0.3])
def test_a_kill_while_a_main_is_at_work_for_long(
    stage: Stage, flink: str, airflow: tuple[int, int], several_jobs: bool | None, after: float
) -> None:
    s = stage(flink, airflow)
    task = s.run_jar("slow", deferrable=False, on_kill="cancel", several_jobs=several_jobs)
    s.world.until(lambda: bool(s.flink.all_runs[1:]), 100)
    s.advance(after)
    s.airflow.mark(task, "failed")
    s.end()
    assert [job.name for job in s.flink.all_jobs if job.state != "CANCELED"] == ["orders"]
