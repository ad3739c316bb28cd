"""A state machine: people, clusters and networks do at random what they do, and the guarantees must hold."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_dli.operators.flink import (
    FlinkCancelJobOperator,
    FlinkRunJarOperator,
    FlinkSqlOperator,
    FlinkStopJobOperator,
    FlinkTriggerCheckpointOperator,
    FlinkTriggerSavepointOperator,
)
from tests.conftest import AIRFLOW_3
from tests.model.fake_airflow import Airflow, TaskInstance
from tests.model.fake_flink import FakeFlink
from tests.model.flink_jobs import SNAPSHOT, STOP, Job
from tests.model.kernel import World, current
from tests.model.oracle import Oracle
from tests.model.simulation import Switchboard, simulated
from tests.model.wire import FAULTS, GATEWAY, Fault, Wire

VERSIONS = ("1.16.3", "1.20.5", "2.3.0")
AIRFLOWS = ((3, 3), (3, 2), (3, 1)) if AIRFLOW_3 else ((2, 11),)
SKEWS = (0.0, 10.0, -10.0, 600.0, -600.0)
MOMENTS = (0.05, 0.3, 1.0, 3.0, 8.0, 20.0, 60.0, 200.0, 400.0, 4000.0)
#: Programs that end well, and whose jobs are all that they start.
GOOD = ("stream", "late_stream", "batch", "long", "short", "slow", "pondering", "two")
#: Programs whose task fails, as it should; "unsaid" does so where Flink cannot run it.
BAD = ("fails", "two_in_one", "throws", "broken", "unsaid")

retries = st.integers(0, 3)
yes = st.booleans()
#: How far a task gets before something else happens.
then = st.sampled_from((0.0, 1.03, 1.15, 1.3, 1.7, 3.0, 12.0))


class Scene:
    """A cluster, one or two Airflows, and what can be done to them; also for tests that are written by hand."""

    def __init__(
        self,
        flink: str = "1.20.5",
        airflow: tuple[int, int] = AIRFLOWS[0],
        *,
        known: frozenset[str] = frozenset(),
        **cluster: Any,
    ) -> None:
        self.world = World()
        self.flink = FakeFlink(self.world, flink, **cluster)
        self.wire = Wire(self.world, self.flink)
        self.airflow = Airflow(self.world, "prod", airflow)
        self.airflows = [self.airflow]
        self.oracle = Oracle(self.flink, self.wire, known)
        self.wire.after_harm = lambda actor, fault: self._killed(actor)
        self._stack = ExitStack()
        self._stack.enter_context(simulated(self.world, self.wire))
        self.orders = self.flink.stranger_starts("orders")
        self._runs = 0

    def close(self) -> None:
        self._stack.close()

    # -- tasks -------------------------------------------------------------------------------------------------

    def new_run(self, airflow: Airflow | None = None, run_after: float | None = None) -> Any:
        self._runs += 1
        return (airflow or self.airflow).add_run(f"run_{self._runs}", run_after)

    def run_jar(
        self,
        program: str = "batch",
        *,
        wait_until: str = "finished",
        retries: int = 2,
        delay: float = 30.0,
        run: Any = None,
        **arguments: Any,
    ) -> TaskInstance:
        """Run a program as a task."""
        if program == "two" and self.flink.number >= (1, 17) and (self.flink.ha or self.flink.number < (2, 3)):
            # There, Flink runs the jobs of several environments under ids of its own only.
            arguments.setdefault("several_jobs", True)

        def make(retries: int) -> Any:
            return FlinkRunJarOperator(
                task_id="run",
                retries=retries,
                jar="/jars/job.jar",
                arguments=[program],
                wait_until=wait_until,
                **arguments,
            )

        ti = self._add("run", make, retries, delay, run)
        ti.wait_until = wait_until
        if program in BAD or (program == "two" and self.flink.number < (1, 17)):
            self.oracle.excuses.append(_always(ti))
        return ti

    def run_jars(self, *programs: str, retries: int = 2, delay: float = 30.0, **arguments: Any) -> TaskInstance:
        """Run several programs in one task, as code in a ``@task`` does that executes operators."""

        def make(retries: int) -> Any:
            return Several(
                [
                    FlinkRunJarOperator(
                        task_id="run",
                        retries=retries,
                        jar="/jars/job.jar",
                        arguments=[one],
                        wait_until="finished",
                        **arguments,
                    )
                    for one in programs
                ]
            )

        ti = self._add("run", make, retries, delay, None)
        ti.wait_until = "finished"
        return ti

    def sql(
        self,
        program: str = "batch",
        *,
        wait_until: str = "finished",
        retries: int = 2,
        delay: float = 30.0,
        **more: Any,
    ) -> TaskInstance:
        """Run an INSERT as a task."""

        def make(retries: int) -> Any:
            sql = f"INSERT INTO s SELECT * FROM {program}"
            return FlinkSqlOperator(task_id="run", retries=retries, sql=sql, wait_until=wait_until, **more)

        ti = self._add("run", make, retries, delay, None)
        ti.wait_until = wait_until
        return ti

    def savepoint(self, job: Job, *, retries: int = 2, delay: float = 30.0, run: Any = None, **more: Any) -> Any:
        """Take a savepoint as a task."""

        def make(retries: int) -> Any:
            return FlinkTriggerSavepointOperator(task_id="savepoint", retries=retries, job_id=job.id, **more)

        return self._add("savepoint", make, retries, delay, run, job)

    def stop(self, job: Job, *, retries: int = 2, delay: float = 30.0, by_name: bool = False, **more: Any) -> Any:
        """Stop a job as a task."""
        which: dict[str, Any] = {"job_name": job.name} if by_name else {"job_id": job.id}

        def make(retries: int) -> Any:
            return FlinkStopJobOperator(task_id="stop", retries=retries, **which, **more)

        ti = self._add("stop", make, retries, delay, None, job)
        ti.by_name = by_name
        return ti

    def cancel(self, job: Job, *, retries: int = 2, delay: float = 30.0, **more: Any) -> Any:
        """Cancel a job as a task."""

        def make(retries: int) -> Any:
            return FlinkCancelJobOperator(task_id="cancel", retries=retries, job_id=job.id, **more)

        return self._add("cancel", make, retries, delay, None, job)

    def checkpoint(self, job: Job, *, retries: int = 2, delay: float = 30.0, **more: Any) -> Any:
        """Make a checkpoint as a task."""

        def make(retries: int) -> Any:
            return FlinkTriggerCheckpointOperator(task_id="checkpoint", retries=retries, job_id=job.id, **more)

        return self._add("checkpoint", make, retries, delay, None, job)

    def _add(
        self, kind: str, make: Any, retries: int, delay: float, run: Any, target: Job | None = None
    ) -> TaskInstance:
        ti: TaskInstance = (run or self.new_run()).airflow.add(run or self._last_run, kind, make, retries, delay)
        ti.kind, ti.target = kind, target
        self.oracle.instances.append(ti)
        return ti

    @property
    def _last_run(self) -> Any:
        return self.airflow.runs[f"run_{self._runs}"]

    # -- what happens ------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        self.world.advance(seconds)
        self.oracle.check()

    def until_over(self, *instances: TaskInstance, most: float = 7200.0) -> None:
        """Let time pass until tasks have ended."""
        self.world.until(lambda: all(ti.is_over for ti in instances), most)
        self.oracle.check()

    def restart(self, down: float = 5.0) -> None:
        """Kill the JobManager."""
        self.oracle.excuse("the JobManager was killed", is_final=True, lasts=down + 400)
        self.oracle.darken(down)
        self.flink.restart(down)

    def evict(self) -> None:
        """Let the cluster forget the jobs that have ended."""
        self.oracle.excuse("jobs were forgotten", is_final=True, lasts=1e6)
        self.flink.evict()

    def _killed(self, actor: Any) -> None:
        ti = actor.owner
        self.oracle.excuse("kill -9", ti, lasts=60.0)
        self.world.after(0, lambda: ti.airflow.process_died(actor))

    def kill_process(self, ti: TaskInstance) -> None:
        """Kill -9 of whatever runs of a task."""
        self.oracle.excuse("kill -9", ti, lasts=60.0)
        ti.airflow.kill_process(ti)

    def fault(self, ti: TaskInstance, kind: str, **members: Any) -> None:
        """Do harm to a request of a task that is still to be sent."""
        if ti.kind == "run" and kind in ("lost", "no answer", "late", "gateway after", "suspend"):
            self.oracle.excuse("a submission without a clear answer", ti, lasts=1e6)
        if kind in ("suspend", "late"):
            self.oracle.excuse(kind, ti, lasts=1e6)
        self.wire.faults.append(Fault(kind, ti, **members))

    def outage(self, seconds: float, status: int) -> None:
        """Let a gateway answer by itself for a while."""
        self.oracle.darken(seconds)
        self.wire.outage(seconds, status)

    def seal(self, seconds: float) -> None:
        """Let no connection be read for a while."""
        self.oracle.darken(seconds)
        Switchboard.sealed_until = self.world.now + seconds

    def end(self) -> None:
        """Let all come to rest, and check what must hold then."""
        self.wire.faults.clear()
        self.world.advance(60)
        self.world.until(lambda: all(ti.is_over or ti.deleted for ti in self.oracle.instances), 20_000)
        self.world.advance(120)
        self.oracle.check_in_the_end()


def _always(ti: TaskInstance) -> Any:
    from tests.model.oracle import Excuse

    return Excuse(0.0, "a bad program", ti, True, 1e12)


class Several:
    """A task that executes operators one after the other."""

    def __init__(self, operators: list[Any]) -> None:
        self.operators = operators

    def pre_execute(self, context: Any) -> None:
        pass

    def execute(self, context: Any) -> list[Any]:
        results = []
        for part, operator in enumerate(self.operators):
            current().part = part  # type: ignore[union-attr]
            execute = type(operator).execute
            results.append(getattr(execute, "__wrapped__", execute)(operator, {**context, "task": operator}))
        return results

    def on_kill(self) -> None:
        """Code in a ``@task`` handles no kill of its own."""


class Model(RuleBasedStateMachine):
    """All that may happen, at random."""

    known: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.scene: Scene | None = None

    @initialize(
        flink=st.sampled_from(VERSIONS),
        airflow=st.sampled_from(AIRFLOWS),
        ha=yes,
        offset=st.sampled_from(SKEWS),
        snapshot=st.sampled_from((0.5, 4.0, 12.0)),
        keeps_results=yes,
        has_logs=yes,
    )
    def begin(self, flink: str, airflow: tuple[int, int], **cluster: Any) -> None:
        self.scene = Scene(flink, airflow, known=self.known, **cluster)

    @property
    def s(self) -> Scene:
        assert self.scene
        return self.scene

    def teardown(self) -> None:
        if self.scene is None:
            return
        try:
            self.scene.end()
        finally:
            self.scene.close()

    @invariant()
    def the_guarantees_hold(self) -> None:
        if self.scene:
            self.scene.oracle.check()

    def _some(self, data: Any, things: list[Any]) -> Any:
        return data.draw(st.sampled_from(things))

    def _task(self, data: Any) -> TaskInstance:
        return self._some(data, self.s.oracle.instances)  # type: ignore[no-any-return]

    @property
    def _has_tasks(self) -> bool:
        return bool(self.scene and self.scene.oracle.instances)

    def _busy(self, data: Any) -> TaskInstance:
        """Return a task that has not ended: harm to the others is no harm."""
        return self._some(data, self._all_busy)  # type: ignore[no-any-return]

    @property
    def _all_busy(self) -> list[TaskInstance]:
        every = self.scene.oracle.instances if self.scene else []
        return [ti for ti in every if not (ti.is_over or ti.deleted)]

    @property
    def _streams(self) -> list[Job]:
        return [job for job in self.s.flink.all_jobs if job.seconds is None and not job.forgotten][-3:]

    # -- tasks -------------------------------------------------------------------------------------------------

    @rule(
        then=then,
        program=st.sampled_from(GOOD),
        retries=retries,
        deferrable=yes,
        on_kill=st.sampled_from((None, "cancel", "cancel_unless_retried", "stop_with_savepoint", "detach")),
        delay=st.sampled_from((5.0, 400.0)),
    )
    def run_good(self, program: str, then: float, **arguments: Any) -> None:
        until = "running" if "stream" in program else "finished"
        self.s.run_jar(program, wait_until=until, **arguments)
        self.s.advance(then)

    @rule(
        then=then,
        program=st.sampled_from(("stream", "batch")),
        retries=retries,
        deferrable=yes,
        on_kill=st.sampled_from((None, "cancel", "stop_with_savepoint")),
        delay=st.sampled_from((5.0, 400.0)),
    )
    def run_sql(self, program: str, then: float, **arguments: Any) -> None:
        if self.s.flink.number >= (1, 17):
            self.s.sql(program, wait_until="running" if program == "stream" else "finished", **arguments)
            self.s.advance(then)

    @rule(then=then, programs=st.sampled_from((("short", "short"), ("batch", "short"))), retries=retries)
    def run_several(self, programs: tuple[str, ...], retries: int, then: float) -> None:
        self.s.run_jars(*programs, retries=retries)
        self.s.advance(then)

    @rule(then=then, program=st.sampled_from(BAD), retries=retries, deferrable=yes)
    def run_bad(self, program: str, then: float, **arguments: Any) -> None:
        self.s.run_jar(program, delay=5.0, **arguments)
        self.s.advance(then)

    @rule(then=then, data=st.data(), retries=retries, deferrable=yes, delay=st.sampled_from((5.0, 400.0)))
    def savepoint(self, data: Any, then: float, **arguments: Any) -> None:
        if self._streams:
            self.s.savepoint(self._some(data, self._streams), **arguments)
        self.s.advance(then)

    @rule(then=then, data=st.data(), retries=retries, deferrable=yes, delay=st.sampled_from((5.0, 400.0)), by_name=yes)
    def stop(self, data: Any, then: float, **arguments: Any) -> None:
        if self._streams:
            self.s.stop(self._some(data, self._streams), **arguments)
        self.s.advance(then)

    @rule(then=then, data=st.data(), retries=retries, deferrable=yes, delay=st.sampled_from((5.0, 400.0)))
    def checkpoint(self, data: Any, then: float, **arguments: Any) -> None:
        if self._streams and self.s.flink.number >= (1, 17):
            self.s.checkpoint(self._some(data, self._streams), **arguments)
        self.s.advance(then)

    @rule(then=then, data=st.data(), retries=retries, deferrable=yes, delay=st.sampled_from((5.0, 400.0)))
    def cancel(self, data: Any, then: float, **arguments: Any) -> None:
        if self._streams:
            self.s.cancel(self._some(data, self._streams), **arguments)
        self.s.advance(then)

    # -- time --------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from(MOMENTS))
    def advance(self, seconds: float) -> None:
        self.s.advance(seconds)

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data(), seconds=st.sampled_from((7200.0, -7200.0)))
    def clock_jumps(self, data: Any, seconds: float) -> None:
        ti = self._busy(data)
        ti.wall += seconds
        if ti.process:
            ti.process.wall += seconds

    # -- people ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._has_tasks)
    @rule(data=st.data())
    def clear(self, data: Any) -> None:
        ti = self._task(data)
        ti.airflow.clear(ti)

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data(), state=st.sampled_from(("failed", "success")))
    def mark(self, data: Any, state: str) -> None:
        ti = self._busy(data)
        ti.airflow.mark(ti, state)

    @precondition(lambda self: self._has_tasks)
    @rule(data=st.data(), retries=retries)
    def edit_retries(self, data: Any, retries: int) -> None:
        self._task(data).retries = retries

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data())
    def queue_by_hand(self, data: Any) -> None:
        ti = self._busy(data)
        ti.airflow.queue_by_hand(ti.run)

    @precondition(lambda self: self._has_tasks)
    @rule(data=st.data(), same_date=yes)
    def delete_and_run_again(self, data: Any, same_date: bool) -> None:
        ti = self._task(data)
        if not ti.deleted:
            ti.airflow.delete_run(ti.run)
            self._again(ti, ti.airflow, ti.run.run_after if same_date else None)

    @precondition(lambda self: self._has_tasks)
    @rule(data=st.data())
    def another_airflow_runs_the_same(self, data: Any) -> None:
        s, ti = self.s, self._task(data)
        if len(s.airflows) == 1:
            s.airflows.append(Airflow(s.world, "staging", s.airflow.version, seed=1))
        if ti.run.run_id not in s.airflows[1].runs:
            self._again(ti, s.airflows[1], ti.run.run_after)

    def _again(self, ti: TaskInstance, airflow: Airflow, run_after: float | None) -> None:
        run = airflow.add_run(ti.run.run_id, run_after)
        new = airflow.add(run, ti.task_id, ti.make, ti.retries, ti.delay)
        new.kind, new.target, new.by_name = ti.kind, ti.target, ti.by_name
        if ti.kind == "run":
            new.wait_until = ti.wait_until
        self.s.oracle.instances.append(new)
        self.s.oracle.excuses += [_always(new) for one in self.s.oracle.excuses if one.owner is ti and not one.at]

    # -- harm --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._all_busy)
    @rule(
        data=st.data(),
        kind=st.sampled_from(FAULTS),
        changes=yes,
        skip=st.integers(0, 2),
        seconds=st.sampled_from((2.0, 20.0, 100.0, 400.0)),
    )
    def fault(self, data: Any, kind: str, **members: Any) -> None:
        self.s.fault(self._busy(data), kind, **members)

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data())
    def kill_process(self, data: Any) -> None:
        self.s.kill_process(self._busy(data))

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data(), seconds=st.sampled_from((5.0, 35.0, 100.0)), cancelled_after=st.sampled_from((0.0, 1.0)))
    def hang_triggerer(self, data: Any, seconds: float, cancelled_after: float) -> None:
        ti = self._busy(data)
        self.s.oracle.excuse("suspend", ti, lasts=seconds + 60)
        ti.airflow.hang_triggerer(ti, seconds, cancelled_after)

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data(), seconds=st.sampled_from((20.0, 100.0, 400.0)))
    def hang_worker(self, data: Any, seconds: float) -> None:
        ti = self._busy(data)
        self.s.oracle.excuse("suspend", ti, lasts=seconds + 60)
        ti.airflow.hang_worker(ti, seconds)

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data())
    def lose_an_event(self, data: Any) -> None:
        self._busy(data).loses_event = True

    @precondition(lambda self: self._all_busy)
    @rule(data=st.data())
    def evict_pod(self, data: Any) -> None:
        ti = self._busy(data)
        ti.airflow.evict_pod(ti)

    @rule(seconds=st.sampled_from((1.0, 15.0, 40.0, 200.0)), status=st.sampled_from(GATEWAY))
    def outage(self, seconds: float, status: int) -> None:
        self.s.outage(seconds, status)

    @rule(seconds=st.sampled_from((5.0, 30.0)))
    def seal(self, seconds: float) -> None:
        self.s.seal(seconds)

    @rule(down=st.sampled_from((1.0, 20.0)))
    def restart(self, down: float) -> None:
        self.s.restart(down)

    @rule()
    def evict(self) -> None:
        self.s.evict()

    @rule(data=st.data(), what=st.sampled_from(("cancel", STOP, SNAPSHOT, "fail", "start")))
    def stranger(self, data: Any, what: str) -> None:
        s = self.s
        if what == "start":
            s.flink.stranger_starts("orders")
            return
        alive = [job for job in s.flink.jobs.values() if job.alive]
        if not alive:
            return
        job = self._some(data, alive)
        if what in (STOP, SNAPSHOT):
            s.flink.stranger_savepoint(job, what)
        else:
            (s.flink.stranger_cancels if what == "cancel" else s.flink.fail_job)(job)
        if what != SNAPSHOT:
            s.oracle.excuse(f"a stranger did {what}", is_final=True, lasts=1e6)
