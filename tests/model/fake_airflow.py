"""A simulated Airflow: what it gives to tasks and triggers, and what it does to them, version by version."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, TaskDeferred

from airflow_provider_dli.triggers import clients
from tests.model.kernel import Actor, Killed, VirtualLoop, World, current

UNFINISHED = ("scheduled", "running", "deferred", "up_for_retry")
_KILL_MESSAGE = "on_kill"
SECONDS_OF_A_KILL = 5.0
SECONDS_WITHOUT_HEARTBEAT = 300.0


def _date(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


class Notes:
    """Stands in for a logger."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def note(self, message: str, *args: Any, **kwargs: Any) -> None:
        actor = current()
        if not (actor and actor.dead):
            self.lines.append(message % args if args else str(message))

    debug = info = warning = error = exception = critical = note

    def isEnabledFor(self, level: int) -> bool:
        return True


class Store:
    """Airflow's task state store (3.3+) of one task instance; falsy while it is empty, as Airflow's is."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.fails_until = 0.0

    def __len__(self) -> int:
        return len(self.kept)

    def get(self, key: str, default: Any = None) -> Any:
        _alive()
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key: str, value: Any, **kwargs: Any) -> None:
        _alive()
        self.kept[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)


def _alive() -> None:
    actor = current()
    if actor:
        actor.check()


@dataclass
class DagRun:
    """A DAG run."""

    airflow: Airflow
    dag_id: str
    run_id: str
    id: int
    run_after: float
    start_date: float
    clear_number: int = 0
    tasks: dict[str, TaskInstance] = field(default_factory=dict)

    def view(self) -> Any:
        """Return what a task sees of it."""
        members: dict[str, Any] = {
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "start_date": _date(self.start_date),
            "clear_number": self.clear_number,
            "run_type": "manual",
            "conf": {},
        }
        if self.airflow.version >= (3, 0):
            members |= {"run_after": _date(self.run_after), "logical_date": _date(self.run_after)}
        else:
            members |= {"id": self.id, "execution_date": _date(self.run_after), "queued_at": _date(self.start_date)}
        return SimpleNamespace(**members)

    @property
    def finished(self) -> bool:
        return all(ti.state not in UNFINISHED for ti in self.tasks.values())


@dataclass
class Try:
    """One try of a task instance, and how it ended."""

    number: int
    generation: int
    began: float
    ended: float | None = None
    outcome: str = "running"
    error: str = ""
    hopeless: bool = False
    kinds: list[str] = field(default_factory=list)


class TaskInstance:
    """A task instance, with all that Airflow keeps of it."""

    def __init__(self, run: DagRun, task_id: str, make: Callable[..., Any], retries: int, delay: float) -> None:
        self.run = run
        self.airflow = run.airflow
        self.task_id = task_id
        self.make = make
        self.retries = retries
        self.delay = delay
        self.state: str | None = None
        self.try_number = 0
        self.max_tries = retries
        self.carrier = self.airflow.new_carrier()
        self.xcoms: dict[str, Any] = {}
        self.cleared_keys: list[str] = []
        self.store = Store()
        self.process: Actor | None = None
        self.event: Any = None
        self.trigger: dict[str, Any] | None = None
        self.start_date = 0.0
        #: What the oracle knows, and no task.
        self.generation = 0
        self.tries: list[Try] = []
        self.words: list[str] = []
        self.kills: list[tuple[float, int, str]] = []
        self.result: Any = None
        self.deleted = False
        self.wall = 0.0
        #: What names each generation before Airflow 3.2, where nothing is unique.
        self.names: dict[int, tuple[Any, ...]] = {}
        self.last_outcome: str | None = None
        #: Whether the next event of its trigger is lost.
        self.loses_event = False
        self.kind = ""
        self.wait_until = "finished"
        #: The job that it is about, where it does not start one.
        self.target: Any = None
        self.by_name = False

    def __repr__(self) -> str:
        return f"{self.airflow.name}.{self.run.run_id}.{self.task_id}"

    @property
    def is_over(self) -> bool:
        return self.state not in UNFINISHED

    def view(self) -> Any:
        return TiView(self)

    def killed(self, generation: int | None = None) -> bool:
        """Tell whether somebody has killed it, in one generation or ever."""
        return any(generation in (None, one) for _, one, _ in self.kills)


class TiView:
    """What a task sees of its own instance."""

    def __init__(self, ti: TaskInstance) -> None:
        self._it = ti
        self.dag_id, self.run_id, self.task_id, self.map_index = ti.run.dag_id, ti.run.run_id, ti.task_id, -1
        self.try_number, self.max_tries = ti.try_number, ti.max_tries
        self.start_date = _date(ti.start_date)
        self.next_method: str | None = None
        self.id = f"{ti!r}-{ti.generation}-{ti.try_number}"
        if ti.airflow.version >= (3, 0):
            self.context_carrier = ti.carrier if ti.airflow.version >= (3, 2) else {}
            self._ti_context_from_server = SimpleNamespace(xcom_keys_to_clear=list(ti.cleared_keys))

    def xcom_push(self, key: str, value: Any) -> None:
        _alive()
        self._it.xcoms[key] = json.loads(json.dumps(value))
        self._it.words.append(f"{key}={value}")

    def xcom_pull(self, task_ids: Any = None, key: str = "return_value", map_indexes: Any = None, **_: Any) -> Any:
        return self._it.xcoms.get(key)


class Airflow:
    """An installation of Airflow.

    :param version: its version, as (3, 3).
    """

    def __init__(self, world: World, name: str, version: tuple[int, int], seed: int = 0) -> None:
        self.world = world
        self.name = name
        self.version = version
        self.random = random.Random(f"{name}{seed}")
        self.runs: dict[str, DagRun] = {}
        self.instances: list[TaskInstance] = []
        self._run_ids = 0
        self.no_triggerer_until = 0.0

    def new_carrier(self) -> dict[str, str]:
        digits = f"{self.random.getrandbits(128):032x}-{self.random.getrandbits(64):016x}"
        return {"traceparent": f"00-{digits}-01"}

    # -- what people do ----------------------------------------------------------------------------------------

    def add_run(self, run_id: str, run_after: float | None = None, dag_id: str = "etl") -> DagRun:
        """Make a DAG run."""
        self._run_ids += 1
        now = self.world.now
        run = DagRun(self, dag_id, run_id, self._run_ids, now if run_after is None else run_after, now)
        self.runs[run_id] = run
        return run

    def add(self, run: DagRun, task_id: str, make: Callable[..., Any], retries: int = 2, delay: float = 30.0) -> Any:
        """Add a task to a run, and schedule it."""
        ti = TaskInstance(run, task_id, make, retries, delay)
        run.tasks[task_id] = ti
        self.instances.append(ti)
        self._schedule(ti, 1.0)
        return ti

    def clear(self, ti: TaskInstance) -> None:
        """Clear a task instance, whatever state it is in."""
        if ti.deleted:
            return
        was = ti.state
        run = ti.run
        was_finished = run.finished
        if was in UNFINISHED:
            ti.kills.append((self.world.now, ti.generation, "cleared"))
        stays = self.version < (3, 0) and was == "running"
        if not stays:
            ti.max_tries = max(ti.try_number, 0) + ti.retries
        ti.carrier = self.new_carrier()
        if was_finished:
            run.clear_number += 1
            run.start_date = self.world.now
        elif self.version >= (3, 2):
            run.clear_number += 1
        ti.last_outcome = "success" if was == "success" else None
        ti.generation += 1
        self._end_process(ti, was)
        # A running task ends first.
        self._schedule(ti, SECONDS_OF_A_KILL + 3 if was == "running" else 2.0)

    def mark(self, ti: TaskInstance, state: str) -> None:
        """Set a task instance to failed or success by hand."""
        if ti.is_over or ti.deleted:
            return
        was = ti.state
        ti.kills.append((self.world.now, ti.generation, f"marked {state}"))
        ti.state = state
        self._end_process(ti, was)

    def queue_by_hand(self, run: DagRun) -> None:
        """Set a DAG run to queued by hand: it begins again, and its tasks are as they were."""
        run.start_date = self.world.now

    def delete_run(self, run: DagRun) -> None:
        """Delete a run; its tasks that have not ended are killed."""
        for ti in run.tasks.values():
            ti.deleted = True
            if not ti.is_over:
                ti.kills.append((self.world.now, ti.generation, "deleted"))
                was, ti.state = ti.state, None
                self._end_process(ti, was)
        self.runs.pop(run.run_id, None)

    # -- what happens by itself --------------------------------------------------------------------------------

    def kill_process(self, ti: TaskInstance) -> None:
        """Kill -9 of the worker or triggerer that has a task instance."""
        actor = ti.process
        if actor is None or actor.over:
            return
        actor.kill()
        self.process_died(actor)

    def process_died(self, actor: Actor) -> None:
        """Let Airflow find out, after a while, that a process is gone."""
        ti = actor.owner
        if ti.process is not actor:
            return
        if ti.state == "deferred":
            self.world.after(31.0, lambda: self._run_trigger(ti) if ti.process is actor else None)
        else:
            self.world.after(20.0, lambda: self._zombie(ti, actor))

    def hang_worker(self, ti: TaskInstance, seconds: float) -> None:
        """Suspend a worker; one that sends no heartbeat for five minutes is given up, and ended when it wakes."""
        actor = ti.process
        if ti.state != "running" or actor is None or actor.over:
            return
        actor.suspend(seconds)
        if seconds > SECONDS_WITHOUT_HEARTBEAT:
            actor.given_up = True
            self.world.after(SECONDS_WITHOUT_HEARTBEAT, lambda: self._zombie(ti, actor))
        self.world.after(seconds + 5.0, lambda: self._terminate(actor) if ti.process is not actor else None)

    def hang_triggerer(self, ti: TaskInstance, seconds: float, cancelled_after: float = 1.0) -> None:
        """Suspend the triggerer that has a deferred task; after 30 s another one takes over."""
        actor = ti.process
        if ti.state != "deferred" or actor is None or actor.over:
            return
        actor.suspend(seconds)
        self.world.after(30.0, lambda: self._take_over(ti, actor))
        # When it wakes, it finds that its triggers are not its own any more, and cancels them as after a kill.
        self.world.after(seconds + cancelled_after, lambda: self._cancel_trigger(actor, tells=ti.process is not actor))

    def _take_over(self, ti: TaskInstance, actor: Actor) -> None:
        if ti.process is actor and ti.state == "deferred" and actor.suspended_until > self.world.now:
            self._run_trigger(ti)

    def _zombie(self, ti: TaskInstance, actor: Actor) -> None:
        if ti.process is actor and ti.state == "running":
            self._failed(ti, "the worker has died", hopeless=False, outcome="worker lost")

    def _schedule(self, ti: TaskInstance, seconds: float) -> None:
        ti.state = "scheduled"
        wanted = ti.generation
        self.world.after(seconds, lambda: self._begin_try(ti) if self._still(ti, wanted, "scheduled") else None)

    def _still(self, ti: TaskInstance, generation: int, state: str) -> bool:
        return not ti.deleted and ti.generation == generation and ti.state == state

    def _begin_try(self, ti: TaskInstance) -> None:
        ti.try_number += 1
        ti.start_date = self.world.now
        ti.cleared_keys = list(ti.xcoms)
        ti.xcoms = {}
        ti.event = None
        ti.names.setdefault(ti.generation, self._name(ti))
        ti.tries.append(Try(ti.try_number, ti.generation, self.world.now))
        self._run_worker(ti, resuming=False)

    def _name(self, ti: TaskInstance) -> tuple[Any, ...]:
        """Return all that this Airflow offers to name a generation by."""
        run = ti.run
        ids = (run.dag_id, run.run_id, ti.task_id, ti.max_tries)
        if self.version >= (3, 2):
            return (*ids, ti.carrier["traceparent"])
        instance = run.run_after if self.version >= (3, 0) else (run.id, run.run_after)
        return (*ids, instance, run.clear_number)

    def _run_worker(self, ti: TaskInstance, resuming: bool) -> None:
        ti.state = "running"
        number, generation = ti.try_number, ti.generation
        name = f"worker of {ti!r} generation {generation} try {number}"
        actor = self.world.spawn(name, lambda: self._work(ti, actor, resuming), wall=ti.wall, owner=ti)
        actor.generation = generation
        actor.locals = {}
        ti.process = actor

    def context(self, ti: TaskInstance, task: Any) -> dict[str, Any]:
        """Return the context of a try."""
        context: dict[str, Any] = {"ti": ti.view(), "task_instance": None, "task": task, "dag_run": ti.run.view()}
        context["task_instance"] = context["ti"]
        context["run_id"] = ti.run.run_id
        if self.version >= (3, 3):
            context["task_state_store"] = ti.store
        return context

    def _work(self, ti: TaskInstance, actor: Actor, resuming: bool) -> None:
        task = ti.make(retries=ti.retries)
        context = self.context(ti, task)
        if resuming:
            context["ti"].next_method = "execute_complete"
        actor.task = task
        try:
            result = self._execute(ti, task, context, resuming)
        except TaskDeferred as deferred:
            self._report(ti, actor, partial(self._defer, ti, deferred))
        except AirflowFailException as error:
            self._report(ti, actor, partial(self._failed, ti, str(error), hopeless=True))
        except Exception as error:
            told = str(error) if isinstance(error, AirflowException) else f"{type(error).__name__}: {error}"
            self._report(ti, actor, partial(self._failed, ti, told, hopeless=False), error)
        else:
            self._report(ti, actor, partial(self._succeeded, ti, result))

    def _execute(self, ti: TaskInstance, task: Any, context: Any, resuming: bool) -> Any:
        task.pre_execute(context)
        if resuming:
            return task.resume_execution("execute_complete", {"event": ti.event}, context)
        execute = type(task).execute
        # Airflow's guard against operators that are called by operators wants a task runner around it.
        return getattr(execute, "__wrapped__", execute)(task, context)

    def _report(self, ti: TaskInstance, actor: Actor, do: Callable[[], None], error: Exception | None = None) -> None:
        """Tell Airflow how a process ended; it takes no word from one that is no longer the task's."""
        actor.check()
        if error is not None:
            ti.words.append(str(error))
            if not isinstance(error, AirflowException):
                ti.tries[-1].kinds.append(type(error).__name__)
        if ti.process is actor and ti.state == "running" and not ti.deleted:
            do()

    def _succeeded(self, ti: TaskInstance, result: Any) -> None:
        ti.state, ti.result = "success", result
        ti.xcoms["return_value"] = result
        ti.words.append(f"return_value={result}")
        self._close(ti, "success")

    def _failed(self, ti: TaskInstance, error: str, hopeless: bool, outcome: str = "failed") -> None:
        ti.words.append(error)
        has_tries = ti.try_number <= ti.max_tries and not hopeless
        self._close(ti, outcome, error, hopeless)
        if not has_tries:
            ti.state = "failed"
            return
        ti.state = "up_for_retry"
        wanted = ti.generation
        self.world.after(ti.delay, lambda: self._retry(ti, wanted))

    def _close(self, ti: TaskInstance, outcome: str, error: str = "", hopeless: bool = False) -> None:
        last = ti.tries[-1]
        last.ended, last.outcome, last.error, last.hopeless = self.world.now, outcome, error, hopeless
        ti.last_outcome = outcome

    def _retry(self, ti: TaskInstance, generation: int) -> None:
        if self._still(ti, generation, "up_for_retry"):
            self._begin_try(ti)

    # -- deferral ----------------------------------------------------------------------------------------------

    def _defer(self, ti: TaskInstance, deferred: TaskDeferred) -> None:
        assert deferred.method_name == "execute_complete"
        path, arguments = deferred.trigger.serialize()
        ti.trigger = json.loads(json.dumps({"path": path, "arguments": arguments}))
        ti.state = "deferred"
        ti.process = None
        wanted = ti.generation
        self.world.after(1.0, lambda: self._run_trigger(ti) if self._still(ti, wanted, "deferred") else None)

    def _run_trigger(self, ti: TaskInstance) -> None:
        if ti.state != "deferred" or ti.deleted:
            return
        if self.no_triggerer_until > self.world.now:
            wanted, before = ti.generation, ti.process
            self.world.after(
                self.no_triggerer_until - self.world.now,
                lambda: self._run_trigger(ti) if self._still(ti, wanted, "deferred") and ti.process is before else None,
            )
            return
        name = f"trigger of {ti!r} generation {ti.generation} try {ti.try_number}"
        actor = self.world.spawn(name, lambda: self._watch(ti, actor), wall=ti.wall, owner=ti)
        actor.generation = ti.generation
        actor.locals = {}
        ti.process = actor

    def _watch(self, ti: TaskInstance, actor: Actor) -> None:
        assert ti.trigger
        module, _, name = ti.trigger["path"].rpartition(".")
        trigger = getattr(import_module(module), name)(**ti.trigger["arguments"])
        trigger.task_instance = self._seen_by_trigger(ti)
        loop = actor.loop = VirtualLoop(actor)
        actor.body = None
        try:
            loop.run_until_complete(self._triggerer(ti, actor, trigger))
        finally:
            if actor.dead:
                _abandon(loop)
            loop._selector = _NoSelector()
            loop.close()

    async def _triggerer(self, ti: TaskInstance, actor: Actor, trigger: Any) -> None:
        """Do with one trigger what a triggerer does."""
        loop = asyncio.get_running_loop()
        actor.body = loop.create_task(self._fire(ti, actor, trigger))
        with contextlib.suppress(asyncio.CancelledError):
            await actor.body
        # What a trigger leaves running goes on: the triggerer lives.
        while others := asyncio.all_tasks(loop) - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def _fire(self, ti: TaskInstance, actor: Actor, trigger: Any) -> None:
        try:
            async for event in trigger.run():
                self._fired(ti, actor, event)
                break
        except asyncio.CancelledError as error:
            if self.version >= (3, 3) and error.args == (_KILL_MESSAGE,):
                await self._kill_of_trigger(trigger)
            raise
        finally:
            if not actor.dead:
                await trigger.cleanup()

    async def _kill_of_trigger(self, trigger: Any) -> None:
        with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(trigger.on_kill(), timeout=30)

    def _fired(self, ti: TaskInstance, actor: Actor, event: Any) -> None:
        payload = json.loads(json.dumps(event.payload))
        if ti.process is actor and ti.state == "deferred" and not ti.deleted:
            ti.event = payload
            ti.state = "scheduled"
            wanted = ti.generation
            self.world.after(2.0, lambda: self._resume(ti, wanted))

    def _resume(self, ti: TaskInstance, generation: int) -> None:
        if not self._still(ti, generation, "scheduled"):
            return
        if ti.loses_event:
            # The scheduler takes the end of the deferring worker for that of the resumed one: `execute` runs again.
            ti.loses_event = False
            self._close(ti, "event lost")
            self._begin_try(ti)
        else:
            self._run_worker(ti, resuming=True)

    def _cancel_trigger(self, actor: Actor, tells: bool) -> None:
        """Cancel a trigger; Airflow 3.3 and newer tells it of a kill."""
        body = getattr(actor, "body", None)
        if not tells or actor.over or body is None or body.done():
            return

        def again(number: int) -> None:
            # Airflow cancels again each second until the trigger has ended.
            if number and not body.done() and not actor.over:
                actor.loop.call_from_outside(lambda: body.cancel(_KILL_MESSAGE))
                self.world.after(1.0, lambda: again(number - 1))

        again(8)

    def _seen_by_trigger(self, ti: TaskInstance) -> Any:
        members = {"dag_id": ti.run.dag_id, "run_id": ti.run.run_id, "task_id": ti.task_id, "map_index": -1}
        members |= {"try_number": ti.try_number, "id": f"{ti!r}-{ti.generation}-{ti.try_number}"}
        if self.version >= (3, 2):
            members["context_carrier"] = ti.carrier
        return SimpleNamespace(**members)

    # -- kills -------------------------------------------------------------------------------------------------

    def _end_process(self, ti: TaskInstance, was: str | None) -> None:
        """End what runs of a task instance whose state somebody has changed."""
        actor = ti.process
        ti.process = None
        if actor is None or actor.over:
            return
        if was == "deferred":
            # The triggerer asks the database about once a second.
            self.world.after(1.0, lambda: self._cancel_trigger(actor, tells=True))
        else:
            self.world.after(2.0, lambda: self._terminate(actor))

    def _terminate(self, actor: Actor) -> None:
        """Send SIGTERM to a worker's process, and SIGKILL five seconds later."""
        if not actor.over:
            actor.interrupt(lambda: self._on_term(actor))
            self.world.after(SECONDS_OF_A_KILL, actor.kill)

    def evict_pod(self, ti: TaskInstance) -> None:
        """Send SIGTERM to a worker as the eviction of its pod does; nobody has changed the task's state."""
        actor = ti.process
        if ti.state != "running" or actor is None or actor.over:
            return
        ti.kills.append((self.world.now, ti.generation, "evicted"))
        self._terminate(actor)
        self.process_died(actor)

    def _on_term(self, actor: Actor) -> None:
        task = getattr(actor, "task", None)
        if task is not None:
            task.on_kill()
        if self.version < (3, 0):
            raise AirflowException("Task received SIGTERM signal")


class _NoSelector:
    def close(self) -> None:
        pass


def _abandon(loop: VirtualLoop) -> None:
    """Drop all work of a loop: its process was killed, so no `finally` of it may do anything any more.

    The coroutines are closed here: the garbage collector would close them later, in the middle of another process.
    """
    loop._ready.clear()
    loop._scheduled.clear()
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False
        with contextlib.suppress(BaseException):
            task.get_coro().close()
    for known in (clients._current, clients._readings):
        for key in [key for key in known if key[0] is loop]:
            del known[key]


__all__ = ["Airflow", "DagRun", "Killed", "TaskInstance"]
