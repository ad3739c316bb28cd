"""What happens to a whole cluster or to Airflow itself: nothing else is tried out meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from airflow_provider_dli.local.airflow import api
from airflow_provider_dli.local.airflow.api import DagRun
from airflow_provider_dli.local.airflow.component import SCHEDULER, TRIGGERER
from airflow_provider_dli.local.cluster import LocalFlink
from airflow_provider_dli.rest.errors import NotFound, ServerError
from tests.cluster import Cluster
from tests.crash.experiment import Result, fresh_name
from tests.crash.flink_cases import end_all, named
from tests.crash.lane import PATIENCE, TASK, Lane
from tests.crash.scenarios import CANCEL, CHOICES, CLEARED, FAILED, LEAVES, STOP, SUCCESS, TOLD, begin, count
from tests.crash.stage import FLINK_SETTINGS, Stage
from tests.crash.tally import Tally
from tests.local.waiting import wait_until

RUN_JAR = "FlinkRunJarOperator"
#: How many tasks are killed at once.
MANY = 200


@dataclass
class Task:
    """A task in the middle of its work.

    :param lane: where it runs.
    :param dag_id: its DAG.
    :param name: its job's name.
    :param run: its run.
    :param job_id: its job.
    """

    lane: Lane
    dag_id: str
    name: str
    run: DagRun
    job_id: str

    @classmethod
    def begun(cls, lane: Lane, dag_id: str) -> Task:
        """Start one, and wait until its job runs and its task waits."""
        name = fresh_name(dag_id)
        run, job_id = begin(lane, dag_id, name, "deferred" if dag_id.endswith("deferred") else "running")
        return cls(lane, dag_id, name, run, job_id)

    @property
    def operator(self) -> str:
        """What the table calls it."""
        return f"{RUN_JAR} ({self.dag_id.rpartition('_')[2]})"

    def states(self) -> list[str]:
        """The states of the jobs of its name."""
        return list(named(self.lane.stage.cluster, self.name).values())

    @property
    def is_at_work(self) -> bool:
        """Whether both tasks of its job run."""
        return bool(self.lane.stage.cluster.jobs()[self.job_id]["tasks"]["running"] == 2)

    def ends(self) -> str:
        """Wait for the run's end, and return its state."""
        return self.lane.outcome(self.run).state

    def give_up(self) -> None:
        """End it, and its jobs."""
        self.lane.client.mark(self.run, TASK, SUCCESS)
        self.lane.client.wait(self.run, seconds=PATIENCE)
        end_all(self.lane, {"name": self.name})


def lanes(stage: Stage) -> list[Lane]:
    """All lanes of a stage."""
    return [Lane(stage, number) for number in range(len(stage.wires))]


def tasks(stage: Stage, *dag_ids: str) -> list[Task]:
    """Start a task of each of these DAGs, in a lane of its own."""
    return [Task.begun(lane, dag_id) for lane, dag_id in zip(lanes(stage), dag_ids, strict=False)]


def jobmanager_is_lost(stage: Stage) -> Iterator[Result]:
    """Without high availability, a killed JobManager's jobs are gone: that is told, and a next try can go on."""
    begun = tasks(stage, "endless_detach_waiting", "endless_detach_deferred", "restored_waiting", "restored_deferred")
    for task in begun:
        wait_until(lambda task=task: stage.cluster.completed_checkpoints(task.job_id))
    stage.flink.kill_jobmanager()
    stage.flink.restart_jobmanager()
    for task in begun:
        tally = _restored(task) if task.dag_id.startswith("restored") else _forgotten(task)
        yield Result(task.operator, "kill -9 of the JobManager", "without high availability", 1, tally)
        end_all(task.lane, {"name": task.name})


def _forgotten(task: Task) -> Tally:
    state, told = task.ends(), task.lane.told(task.run)
    tally = Tally(hangs=state == "hangs")
    tally.expect(state == "failed", f"the run is {state}")
    tally.expect("no longer knows job" in told, "the error does not say that the job is forgotten")
    tally.expect("chk-" in told, "the error does not name the last checkpoint")
    return tally


def _restored(task: Task) -> Tally:
    """The next try's job, which goes on from the last checkpoint, is all that the new JobManager knows of."""
    wait_until(lambda: task.states() == ["RUNNING"])
    cluster = task.lane.stage.cluster
    (job_id,) = named(cluster, task.name)
    tally = Tally(1, 1)
    wait_until(lambda: cluster.metric(job_id, "restoredCount") is not None)
    tally.expect((cluster.metric(job_id, "restoredCount") or 0) > 0, "the count does not go on")
    task.give_up()
    return tally


def taskmanager_is_lost(stage: Stage) -> Iterator[Result]:
    """A job whose TaskManager is killed comes back by itself; whoever waits for it goes on waiting."""
    begun = tasks(stage, "endless_detach_waiting", "endless_detach_deferred")
    stage.flink.kill_taskmanager()
    # Flink takes its time to notice that a TaskManager is gone.
    wait_until(lambda: not any(task.is_at_work for task in begun))
    stage.flink.start_taskmanager()
    for task in begun:
        yield Result(task.operator, "kill -9 of the TaskManager", "while it waits", 1, _goes_on(task))


@contextmanager
def instead(stage: Stage, flink: LocalFlink) -> Iterator[None]:
    """Let all wires lead to another Flink."""
    before, cluster = stage.flink, stage.cluster
    stage.flink, stage.cluster = flink, Cluster(flink)
    for wire in stage.wires:
        wire.upstream = flink.port
    try:
        yield
    finally:
        stage.flink, stage.cluster = before, cluster
        for wire in stage.wires:
            wire.upstream = before.port


def jobmanager_fails_over(stage: Stage) -> Iterator[Result]:
    """With high availability, jobs come back under their ids; whoever waits for them goes on waiting."""
    version = stage.flink.version
    with LocalFlink(version, high_availability=True, configuration=FLINK_SETTINGS) as flink, instead(stage, flink):
        begun = tasks(stage, "endless_detach_waiting", "endless_detach_deferred")
        for task in begun:
            wait_until(lambda task=task: stage.cluster.completed_checkpoints(task.job_id))
        flink.kill_jobmanager()
        flink.restart_jobmanager()
        for task in begun:
            yield Result(task.operator, "kill -9 of the JobManager", "with high availability", 1, _goes_on(task))


def _goes_on(task: Task) -> Tally:
    wait_until(lambda: task.states() == ["RUNNING"])
    wait_until(lambda: task.is_at_work)
    tally = count(task.lane, task.run, task.name, jobs=1, savepoints=0)
    state = task.lane.task(task.run)
    tally.expect(state.state in {"running", "deferred"} and state.try_number == 1, f"the task is {state.state}")
    task.give_up()
    return tally


def scheduler_is_lost(stage: Stage) -> Iterator[Result]:
    """The scheduler is killed with all its workers: the next tries find the jobs."""
    begun = [
        Task.begun(lane, f"restored_{kind}") for lane, kind in zip(lanes(stage), ("waiting", "deferred"), strict=False)
    ]
    stage.airflow.components[SCHEDULER].kill()
    stage.airflow.restart(SCHEDULER)
    waiting = begun[0]
    wait_until(
        lambda: (now := waiting.lane.task(waiting.run)).try_number == 2 and now.state == "running", seconds=PATIENCE
    )
    wait_until(lambda: "Attached" in waiting.lane.told(waiting.run), seconds=PATIENCE)
    for task in begun:
        tally = count(task.lane, task.run, task.name, jobs=1, savepoints=0)
        tally.expect(task.states() == ["RUNNING"], f"the job is {task.states()}")
        task.give_up()
        yield Result(task.operator, "kill -9 of the scheduler and all workers", "while it waits", 1, tally)


def no_triggerer(stage: Stage) -> Iterator[Result]:
    """A task is deferred, and no triggerer is there: neither to wait, nor to hear of a kill."""
    stage.airflow.components[TRIGGERER].kill()
    try:
        late = [
            _deferred(lane, f"late_{on_kill}_deferred") for lane, on_kill in zip(lanes(stage), CHOICES, strict=False)
        ]
        for task, on_kill in zip(late, CHOICES, strict=False):
            state = task.ends()
            tally = count(task.lane, task.run, task.name, jobs=1, savepoints=int(on_kill == STOP))
            tally.hangs = state == "hangs"
            tally.expect(state == "failed", f"the run is {state}")
            tally.expect(task.states() == [LEAVES[on_kill]], f"the job is {task.states()}")
            end_all(task.lane, {"name": task.name})
            yield Result(f"{RUN_JAR}, on_kill={on_kill}", "timeout is over", "no triggerer is there", 1, tally)
        for lane, action in zip(lanes(stage), TOLD, strict=False):
            yield _between(lane, action)
    finally:
        stage.airflow.restart(TRIGGERER)


def _deferred(lane: Lane, dag_id: str) -> Task:
    name = fresh_name(dag_id)
    run = lane.start(dag_id, {"name": name})
    wait_until(lambda: lane.task(run).state == "deferred" and "RUNNING" in named(lane.stage.cluster, name).values())
    return Task(lane, dag_id, name, run, next(iter(named(lane.stage.cluster, name))))


def _between(lane: Lane, action: str) -> Result:
    """Airflow tells nobody of a kill before the trigger runs: the job goes on."""
    task = _deferred(lane, f"endless_{CANCEL}_deferred")
    jobs = 2 if action == CLEARED else 1
    if action == CLEARED:
        lane.client.clear(task.run, TASK)
        wait_until(lambda: task.states() == ["RUNNING", "RUNNING"])
    lane.client.mark(task.run, TASK, SUCCESS if action == CLEARED else action)
    lane.client.wait(task.run, seconds=PATIENCE)
    tally = count(lane, task.run, task.name, jobs=jobs, savepoints=0)
    tally.expect(set(task.states()) == {"RUNNING"}, f"jobs are {task.states()}")
    end_all(lane, {"name": task.name})
    return Result(
        f"{RUN_JAR}, on_kill={CANCEL}", f"the task is {TOLD[action]}", "between running and deferred", 1, tally
    )


def hand_over(stage: Stage) -> Iterator[Result]:
    """A trigger moves from a triggerer that hangs to another one: nobody has killed the task."""
    stage.airflow.start_another_triggerer()
    task = Task.begun(lanes(stage)[0], f"endless_{CANCEL}_deferred")
    first = stage.airflow.triggerer_of(task.run, TASK)
    assert first
    first.suspend()
    wait_until(lambda: stage.airflow.triggerer_of(task.run, TASK) not in (None, first), seconds=PATIENCE)
    first.resume()
    wait_until(lambda: "invoking on_kill" in task.lane.told(task.run), seconds=PATIENCE)
    task.lane.wire.set(None)
    wait_until(lambda: len(task.lane.wire.steps) > 3)
    tally = count(task.lane, task.run, task.name, jobs=1, savepoints=0)
    tally.expect(task.states() == ["RUNNING"], f"the job is {task.states()}")
    task.give_up()
    yield Result(task.operator, "the trigger moves to another triggerer", "while it is deferred", 1, tally)


def many_at_once(stage: Stage) -> Iterator[Result]:
    """Two hundred deferred tasks are marked failed at once."""
    lane = lanes(stage)[0]
    run = lane.start("many", {})
    wait_until(lambda: _in_state(lane, run, "deferred") == MANY, seconds=1200)
    cluster = stage.cluster
    wait_until(lambda: list(named(cluster, "many").values()).count("RUNNING") == MANY)
    lane.wire.set(None)
    wait_until(lambda: len(lane.wire.steps) > 1)
    lane.client.send(api.mark_run(run.dag_id, run.run_id, FAILED))
    with suppress(AssertionError):
        wait_until(lambda: list(named(cluster, "many").values()).count("CANCELED") == MANY, seconds=PATIENCE)
    states = list(named(cluster, "many").values())
    tally = Tally(len(states), MANY)
    tally.expect(states.count("CANCELED") == MANY, f"cancelled: {states.count('CANCELED')} of {MANY}")
    end_all(lane, {"name": "many"})
    yield Result(
        f"{RUN_JAR}, on_kill={CANCEL}",
        f"{MANY} tasks are marked failed at once",
        "while they are deferred",
        MANY,
        tally,
    )


def _in_state(lane: Lane, run: DagRun, state: str) -> int:
    return sum(task.state == state for task in lane.client.tasks(run))


def _delete(lane: Lane, run: DagRun) -> None:
    """Delete a run; on SQLite, Airflow may say that it has done so before it turns out that it could not."""
    while True:
        try:
            lane.client.look(run)
        except NotFound:
            return
        with suppress(ServerError, NotFound):
            lane.client.send(api.delete_run(run.dag_id, run.run_id))


def run_again(stage: Stage) -> Iterator[Result]:
    """A run is deleted, and another one has its id: its task does not take the old one's job for its own."""
    lane = lanes(stage)[0]
    name = fresh_name("again")
    first = lane.start("run_batch_waiting", {"name": name})
    lane.outcome(first)
    # Told of its end only later, the scheduler would take it for that of the next one's first try.
    log = stage.airflow.logs / "scheduler.log"
    wait_until(lambda: any("executor event" in one and first.run_id in one for one in log.read_text().splitlines()))
    _delete(lane, first)
    second = lane.start("run_batch_waiting", {"name": name}, run_id=first.run_id)
    state = lane.outcome(second).state
    tally = Tally(len(named(stage.cluster, name)), 2)
    tally.expect(state == "success", f"the run is {state}")
    yield Result(f"{RUN_JAR} (waiting)", "its DAG run is deleted and run again", "under the same id", 1, tally)


#: What is played on one stage, in an order in which nothing is in another's way.
WHOLE_STAGE: Sequence[Callable[[Stage], Iterator[Result]]] = (
    run_again,
    taskmanager_is_lost,
    jobmanager_is_lost,
    jobmanager_fails_over,
    scheduler_is_lost,
    no_triggerer,
    hand_over,
)
