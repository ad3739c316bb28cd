"""A simulated Flink cluster: what its REST API answers, as measured on Flink 1.16.3, 1.20.5 and 2.3.0.

It knows who has sent each request, which Flink itself does not: the oracle of the tests needs that.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from tests.model.flink_jobs import (
    CHECKPOINT,
    ENDED,
    PROGRAMS,
    SNAPSHOT,
    STOP,
    Application,
    Execute,
    Harm,
    Jar,
    Job,
    Operation,
    Row,
    Run,
    Throw,
    Work,
)
from tests.model.kernel import World

CACHE = 3.0
# Seconds between two polls of a task, unless it says otherwise.
_POLL_INTERVAL = 10.0
_DUPLICATE = "org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted."
_DUPLICATE_APPLICATION = (
    "org.apache.flink.runtime.client.DuplicateApplicationSubmissionException: Application has already been submitted."
)
_NOT_RUNNING = (
    "java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: "
    "Checkpoint triggering task Source (1/2) of job is not being executed at the moment. Aborting checkpoint."
)
_SUSPENDING = (
    "java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: "
    "Checkpoint Coordinator is suspending."
)


@dataclass
class Reply:
    """An answer, which may come later than its request.

    :param status: the HTTP status; None while there is none, 0 where the connection breaks.
    :param token: what the process waits for that has sent the request.
    """

    status: int | None = None
    body: Any = None
    token: object = field(default_factory=object)
    notify: Callable[[], None] = lambda: None
    run: Run | None = None

    def give(self, status: int, body: Any) -> None:
        if self.status is None:
            self.status, self.body = status, body
            self.notify()


class Refusal(Exception):
    """An answer in the form of Flink's errors."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def errors(text: str, status: int) -> list[str]:
    return [text] if status < 500 else ["Internal server error.", f"<Exception on server side:\n{text}\n>"]


class FakeFlink:
    """A cluster.

    :param version: Flink's version.
    :param ha: whether it has high availability.
    :param offset: seconds that its clock is ahead.
    :param snapshot: seconds that a savepoint takes.
    :param store: seconds for which an ended job is remembered.
    :param remembers: seconds for which an ended operation is remembered.
    :param keeps_results: ``job-result-store.delete-on-commit: false``.
    :param has_logs: whether the JobManager logs into a file; in containers it often does not.
    """

    def __init__(
        self,
        world: World,
        version: str = "1.20.5",
        *,
        ha: bool = False,
        offset: float = 0.0,
        snapshot: float = 2.0,
        store: float = 3600.0,
        remembers: float = 300.0,
        keeps_results: bool = False,
        has_logs: bool = True,
        seed: int = 0,
    ) -> None:
        self.world = world
        self.version = version
        self.number = tuple(int(part) for part in version.split(".")[:2])
        self.ha = ha
        self.offset = offset
        self.snapshot = snapshot
        self.store = store
        self.remembers = remembers
        self.keeps_results = keeps_results
        self.has_logs = has_logs
        self.epoch = 0
        self.down_until = 0.0
        self.random = random.Random(seed)
        self.jobs: dict[str, Job] = {}
        self.all_jobs: list[Job] = []
        self.all_runs: list[Run] = []
        self.all_operations: list[Operation] = []
        self.applications: dict[str, Application] = {}
        self.all_applications: list[Application] = []
        self.operations: dict[tuple[str, str], Operation] = {}
        self.jars: dict[str, Jar] = {}
        self.used: set[str] = set()
        self.disk: dict[str, Operation] = {}
        #: When each checkpoint was complete, by its path.
        self.checkpoints: dict[str, float] = {}
        #: Checkpoints on demand that a stop has made fail.
        self.suspended: list[Operation] = []
        self.folders: set[str] = set()
        self.harms: list[Harm] = []
        self.log: list[str] = []
        self._cache: dict[str, tuple[float, Any]] = {}
        self._mains: dict[int, Reply | None] = {}
        #: Called when a program starts its first job, before that is there.
        self.starting: Callable[[Run], None] = lambda run: None

    # -- the REST API ------------------------------------------------------------------------------------------

    def perform(self, by: Any, method: str, path: str, query: dict[str, str], body: Any, files: Any = ()) -> Reply:
        """Carry out a request; the reply may come later."""
        reply = Reply()
        self._forget()
        for pattern, handle in _ROUTES:
            if pattern[0] == method and (match := pattern[1].fullmatch(path)):
                parts = [unquote(part) for part in match.groups()]
                self._answer(reply, handle, by, parts, query, body or {}, files)
                return reply
        reply.give(404, {"errors": [f"Not found: {path}"]})
        return reply

    def _answer(self, reply: Reply, handle: Any, by: Any, parts: Any, query: Any, body: Any, files: Any) -> None:
        try:
            result = handle(self, _Call(by, parts, query, body, files, reply))
        except Refusal as refusal:
            reply.give(refusal.status, {"errors": errors(refusal.text, refusal.status)})
        else:
            if result is not None:
                reply.give(*result)

    @property
    def is_down(self) -> bool:
        return self.world.now < self.down_until

    @property
    def clock(self) -> float:
        """The cluster's own time."""
        return self.world.now + self.offset

    def ms(self, moment: float) -> int:
        return int((moment + self.offset) * 1000)

    @property
    def has_applications(self) -> bool:
        return self.number >= (2, 3)

    # -- what happens to a cluster -----------------------------------------------------------------------------

    def restart(self, down: float = 5.0) -> None:
        """Kill the JobManager, and start another one."""
        self.epoch += 1
        self.down_until = self.world.now + down
        for number, reply in list(self._mains.items()):
            self.all_runs[number].is_cut = True
            if reply:
                reply.give(0, None)
        self._mains.clear()
        for operation in self.operations.values():
            if operation.in_progress:
                operation.ended = self.world.now
                operation.failure = "the JobManager died"
        self.operations.clear()
        self._cache.clear()
        alive = [job for job in self.jobs.values() if job.alive]
        for job in self.jobs.values():
            job.forgotten = True
        if not self.ha:
            # What ended after the last poll of a task is lost with its JobManager like what runs: nobody saw its end.
            since = self.world.now - _POLL_INTERVAL
            unseen = [job for job in self.jobs.values() if job.ended and job.ended > since]
            self._lose([*alive, *unseen])
        else:
            self._recover(alive, down)

    def evict(self) -> None:
        """Forget all jobs that have ended, as the job store does when it is full."""
        for job in list(self.jobs.values()):
            if not job.alive:
                self._evict(job)

    def fail_job(self, job: Job) -> None:
        """Let a job fail for good."""
        if job.alive:
            job.failure = "java.io.IOException: Disk full"
            self._end(job, "FAILED")

    def stranger_cancels(self, job: Job) -> None:
        """Let somebody else cancel a job."""
        self._cancel(job, "a stranger")

    def stranger_starts(self, name: str, program: str = "stream") -> Job:
        """Let somebody else start a job."""
        run = Run("a stranger", program, self.world.now, "", None, done=True, epoch=self.epoch)
        self.all_runs.append(run)
        return self._create(run, self._new_id(), PROGRAMS[program][0], name)  # type: ignore[arg-type]

    def stranger_savepoint(self, job: Job, kind: str = SNAPSHOT) -> Operation:
        """Let somebody else make a savepoint, or stop a job with one."""
        return self._begin("a stranger", job.id, self._new_id(), kind, "file:/strangers")

    def _lose(self, alive: list[Job]) -> None:
        for job in alive:
            job.lost = True
        self.jobs.clear()
        self.applications.clear()
        self.jars.clear()
        self.used.clear()

    def _recover(self, alive: list[Job], down: float) -> None:
        self.jobs = {job.id: job for job in alive}
        self.used = {job.id for job in alive}
        kept = {app.id: app for app in self.applications.values() if self._is_recovered(app, alive)}
        self.applications = kept
        for app in kept.values():
            if not app.by_run_of_jar and not app.run.done:
                self._recover_main(app.run, down + 2.0)
            else:
                app.run.done = True
        self.used |= set(kept)
        for job in alive:
            job.forgotten = False
            job.epoch += 1
            job.state, job.started = "INITIALIZING", self.world.now + down
            job.rows, job.completed = [], 0
            self._schedule(job, down + 2.0)

    @staticmethod
    def _is_recovered(app: Application, alive: list[Job]) -> bool:
        """Return whether the next JobManager knows an application: all that have not ended, without a job as well."""
        if app.by_run_of_jar:
            return any(job in alive for job in app.jobs)
        return app.ended is None

    def _recover_main(self, run: Run, seconds: float) -> None:
        """Run `main()` from its start again, as the next JobManager does; it attaches to the jobs that it started."""
        run.epoch, run.is_again, run.is_cut = self.epoch, True, False
        run.steps = steps = self._steps(run)
        self._mains[run.number] = None
        self.world.after(seconds, lambda: self._next(run, None, steps))

    def _forget(self) -> None:
        """Forget what is too old."""
        now = self.world.now
        for job in list(self.jobs.values()):
            if job.ended is not None and now - job.ended > self.store:
                self._evict(job)
        for key, operation in list(self.operations.items()):
            if operation.ended is not None and now - operation.ended > self.remembers:
                del self.operations[key]

    def _evict(self, job: Job) -> None:
        job.forgotten = True
        if self.jobs.get(job.id) is job:
            del self.jobs[job.id]
        app = next((app for app in self.applications.values() if job in app.jobs), None)
        if app and app.ended is not None:
            self.applications.pop(app.id, None)

    # -- programs ----------------------------------------------------------------------------------------------

    def _run_main(self, run: Run, reply: Reply | None) -> None:
        """Run a program's ``main()``, step by step; ``reply`` waits for its end, where it was sent to ``/run``."""
        run.number = len(self.all_runs)
        run.epoch = self.epoch
        self.all_runs.append(run)
        self._mains[run.number] = reply
        run.steps = self._steps(run)
        self._next(run, reply, run.steps)

    def _next(self, run: Run, reply: Reply | None, steps: Iterator[float]) -> None:
        if run.epoch != self.epoch or run.steps is not steps:
            return
        try:
            seconds = next(steps)
        except StopIteration:
            self._main_ended(run, reply, None)
        except Refusal as refusal:
            self._main_ended(run, reply, refusal)
        else:
            self.world.after(seconds, lambda: self._next(run, reply, steps))

    def _steps(self, run: Run) -> Iterator[float]:
        environments: set[int] = set()
        yield 0.2
        for step in PROGRAMS[run.name]:
            if isinstance(step, Work):
                yield step.seconds
            elif isinstance(step, Throw):
                raise Refusal(400, _invocation("java.lang.IllegalStateException: The check failed"))
            else:
                self._execute(run, step, environments)
                yield 0.3

    def _execute(self, run: Run, step: Execute, environments: set[int]) -> None:
        if run.jar not in self.jars and not (run.application_id and self.ha):
            raise Refusal(400, _invocation(f"java.io.FileNotFoundException: /web-upload/{run.jar} does not exist"))
        if step.environment in environments:
            raise Refusal(400, _invocation(_TWICE))
        is_second = bool(environments)
        environments.add(step.environment)
        if run.is_again and any(job.environment == step.environment for job in run.jobs):
            return
        job_id = self._id_for(run, is_second)
        if job_id is None:
            return
        job = self._create(run, job_id, step, run.configuration.get("pipeline.name") or run.name)
        self._note_application(run, job)

    def _id_for(self, run: Run, is_second: bool) -> str | None:
        """Return the id of the next job of a program; None where Flink swallows it."""
        if run.is_again and is_second:
            # After the first job, a `main()` that runs again takes ids that follow from the jobs' names.
            return self._new_id()
        fixed = run.job_id
        if run.application_id and fixed is None and self.ha:
            fixed = run.application_id
        if fixed is None:
            return self._new_id()
        if is_second and not run.application_id and not self.has_applications:
            self.log.append(f"Job {fixed} was recovered successfully.")
            run.swallowed.append(fixed)
            return None
        if is_second or (not run.application_id and self._refuses(fixed)):
            raise Refusal(400, _invocation(_DUPLICATE))
        return fixed

    def _refuses(self, job_id: str) -> bool:
        """Tell whether an id is in use, or counts as used."""
        job = self.jobs.get(job_id)
        if job and job.alive:
            return True
        if self.number >= (2, 3) or not self.ha:
            return job_id in self.used
        just_ended = job is not None and job.ended is not None and self.world.now - job.ended < 1.0
        return just_ended or (self.keeps_results and any(one.id == job_id for one in self.all_jobs))

    def _main_ended(self, run: Run, reply: Reply | None, refusal: Refusal | None) -> None:
        self._mains.pop(run.number, None)
        run.done, run.failure = True, refusal.text if refusal else None
        app = self.applications.get(run.application_id or "")
        if app:
            self._application_main_ended(app, refusal)
        if reply and refusal:
            reply.give(refusal.status, {"errors": [refusal.text]})
        elif reply and not run.jobs:
            reply.give(400, {"errors": [_invocation("The application contains no execute() calls.")]})
        elif reply:
            reply.give(200, {"jobid": run.jobs[0].id, **({"applicationId": run.jobs[0].id} if app else {})})

    def _application_main_ended(self, app: Application, refusal: Refusal | None) -> None:
        if not refusal:
            self._application_over(app)
            return
        app.trace = refusal.text
        for job in app.jobs:
            self._cancel(job, "its application")
        self.world.after(0.3, lambda: self._end_application(app, "FAILED"))

    def _note_application(self, run: Run, job: Job) -> None:
        if not self.has_applications:
            return
        app = self.applications.get(run.application_id or "")
        if app is None:
            app = Application(job.id, f"SingleJobApplication({job.name})", run, self.world.now, by_run_of_jar=True)
            self.applications[app.id] = app
            self.all_applications.append(app)
        app.jobs.append(job)

    def _application_over(self, app: Application) -> None:
        if app.ended is None and app.run.done and all(not job.alive for job in app.jobs):
            states = {job.state for job in app.jobs}
            bad = next((state for state in ("FAILED", "CANCELED") if state in states), None)
            self.world.after(0.4, lambda: self._end_application(app, bad or "FINISHED"))

    def _end_application(self, app: Application, state: str) -> None:
        if app.ended is None:
            app.state, app.ended = state, self.world.now

    # -- jobs --------------------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _create(self, run: Run, job_id: str, step: Execute, name: str) -> Job:
        marks = dict(re.findall(r"([^:,]+):([^,]*)", run.configuration.get("pipeline.global-job-parameters", "")))
        job = Job(job_id, name, run, self.world.now, step.seconds, step.fails, marks, periodic_from=self.world.now)
        job.environment = step.environment
        job.again = any(one.id == job_id for one in self.all_jobs)
        if not run.jobs:
            self.starting(run)
        if run.restore:
            job.restored = {"id": 1, "restore_timestamp": self.ms(job.started), "is_savepoint": True}
            job.restored["external_path"] = run.restore
        self.jobs[job_id] = job
        self.used.add(job_id)
        self.all_jobs.append(job)
        run.jobs.append(job)
        self._schedule(job, step.begins)
        return job

    def _schedule(self, job: Job, begin: float) -> None:
        epoch = job.epoch
        self.world.after(begin, lambda: self._run_job(job, epoch))
        if job.seconds is not None:
            end = "FAILED" if job.fails else "FINISHED"
            self.world.after(begin + job.seconds, lambda: self._ends_by_itself(job, epoch, end))

    def _run_job(self, job: Job, epoch: int) -> None:
        if job.alive and job.epoch == epoch and job.state == "INITIALIZING":
            job.state, job.running_since = "RUNNING", self.world.now

    def _ends_by_itself(self, job: Job, epoch: int, state: str) -> None:
        if job.alive and job.epoch == epoch and job.state == "RUNNING":
            if state == "FAILED":
                job.failure = "java.lang.RuntimeException: A bad record"
            self._end(job, state)

    def _end(self, job: Job, state: str) -> None:
        job.state, job.ended = state, self.world.now
        for operation in self._under_way(job):
            self._fail(
                operation, f"The job has ended: {state}. CheckpointException: Checkpoint Coordinator is suspending."
            )
        if job.again and self.ha and self.number < (2, 3):
            # The second end of an id takes it from the list.
            self._evict(job)
        for app in list(self.applications.values()):
            if job in app.jobs:
                self._application_over(app)

    def _cancel(self, job: Job, by: Any) -> None:
        if job.alive and job.state != "CANCELLING":
            job.state, job.cancelled_by = "CANCELLING", by
            self.world.after(0.2, lambda: self._end(job, "CANCELED") if job.alive else None)

    # -- savepoints and stops ----------------------------------------------------------------------------------

    def _under_way(self, job: Job, kind: str | None = None) -> list[Operation]:
        ours = [one for one in self.operations.values() if one.job is job and one.in_progress]
        return [one for one in ours if kind in (None, one.kind)]

    def _begin(self, by: Any, job_id: str, trigger_id: str, kind: str, directory: str) -> Operation:
        known = self.operations.get((job_id, trigger_id))
        if known:
            return known
        operation = Operation(job_id, trigger_id, kind, by, self.world.now, directory, epoch=self.epoch)
        self.operations[job_id, trigger_id] = operation
        self.all_operations.append(operation)
        job = self.jobs.get(job_id)
        if job is None or not job.alive:
            self._fail(operation, _no_job(job_id))
        elif job.state != "RUNNING":
            self._fail(operation, _NOT_RUNNING)
        else:
            self._snapshot(operation, job)
        return operation

    def _snapshot(self, operation: Operation, job: Job) -> None:
        if operation.kind == STOP and self._collides(operation, job):
            return
        operation.job = job
        job_part, mine = job.id[:6], f"{self.random.getrandbits(48):012x}"
        path = f"{operation.directory.rstrip('/')}/savepoint-{job_part}-{mine}"
        self._catch_up(job)
        job.last_id += 1
        if operation.kind == CHECKPOINT:
            path = f"file:/checkpoints/{job.id}/chk-{job.last_id}"
        operation.row = Row(job.last_id, operation.kind, self.world.now)
        job.rows.insert(0, operation.row)
        self.folders.add(path)
        self.world.after(self.snapshot, lambda: self._snapshot_made(operation, job, path))

    def _collides(self, operation: Operation, job: Job) -> bool:
        """Let a stop destroy what it must not be sent beside; tell whether it is destroyed itself."""
        for other in self._under_way(job):
            if other.kind == CHECKPOINT:
                self.suspended.append(other)
                self._fail(other, _SUSPENDING)
                continue
            self.harms.append(Harm(operation, other, self.world.now))
            self._fail(other, _SUSPENDING)
            if other.kind == STOP:
                self._fail(operation, _SUSPENDING)
                job.failure = "org.apache.flink.util.FlinkException: Stop with savepoint operation failed"
                self._end(job, "FAILED")
                return True
        return False

    def _snapshot_made(self, operation: Operation, job: Job, path: str) -> None:
        if not operation.in_progress or operation.epoch != self.epoch:
            return
        assert operation.row
        operation.row.status, operation.row.done, operation.row.path = "COMPLETED", self.world.now, path
        job.completed += 1
        operation.path = path
        if operation.kind == CHECKPOINT:
            self.checkpoints[path] = operation.ended = self.world.now
            return
        self.disk[path] = operation
        if operation.kind == SNAPSHOT:
            operation.ended = self.world.now
            return
        job.stopped_by = operation
        self.world.after(0.3, lambda: self._stopped(operation, job))

    def _stopped(self, operation: Operation, job: Job) -> None:
        if operation.epoch != self.epoch or not operation.in_progress:
            return
        operation.ended = self.world.now
        if job.alive:
            self._end(job, "FINISHED")

    def _fail(self, operation: Operation, why: str) -> None:
        operation.ended, operation.failure = self.world.now, why
        row = operation.row
        if row and row.status == "IN_PROGRESS":
            row.status, row.message = "FAILED", "Checkpoint Coordinator is suspending."
        if operation.path:
            # Its savepoint was complete before the job ended in another way.
            operation.failure = (
                f"org.apache.flink.util.FlinkException: A savepoint has been created at: {operation.path}, but the "
                f"corresponding job {operation.job_id} failed during stopping. The savepoint is consistent."
            )

    def _catch_up(self, job: Job) -> None:
        """Make the periodic checkpoints that have come due: one each minute."""
        due = int((self.world.now - job.periodic_from) // 60)
        if job.state != "RUNNING" or due <= 0:
            return
        for number in range(max(due - 11, 0), due):
            at = job.periodic_from + 60 * (number + 1)
            path = f"file:/checkpoints/{job.id}/chk-{job.last_id + number + 1}"
            self.checkpoints[path] = at
            row = Row(job.last_id + number + 1, CHECKPOINT, at, "COMPLETED", at, path)
            job.rows.insert(0, row)
        job.last_id += due
        job.completed += due
        job.periodic_from += 60 * due

    # -- answers -----------------------------------------------------------------------------------------------

    def cached(self, key: str, make: Callable[[], Any]) -> Any:
        """Return an answer that Flink keeps for three seconds."""
        at, kept = self._cache.get(key, (-CACHE, None))
        if self.world.now - at < CACHE and kept is not None:
            return kept
        made = json.loads(json.dumps(make()))
        self._cache[key] = (self.world.now, made)
        return made

    def overview_row(self, job: Job) -> dict[str, Any]:
        end = self.ms(job.ended) if job.ended is not None else -1
        tasks = {"total": 2, "running": 2} if job.state in ("RUNNING", "CANCELLING") else {"total": 2}
        if job.state == "INITIALIZING":
            tasks = {"total": 0}
        duration = (self.ms(job.ended) if job.ended is not None else self.ms(self.world.now)) - self.ms(job.started)
        return {
            "jid": job.id,
            "name": job.name,
            "state": job.state,
            "start-time": self.ms(job.started),
            "end-time": end,
            "duration": duration,
            "last-modification": end if end > 0 else self.ms(job.started),
            "tasks": tasks,
        }

    def listed_jobs(self) -> list[Job]:
        return list(self.jobs.values())


@dataclass
class _Call:
    by: Any
    parts: list[str]
    query: dict[str, str]
    body: Any
    files: Any
    reply: Reply


_TWICE = (
    "org.apache.flink.util.FlinkRuntimeException: Cannot have more than one execute() or executeAsync() call in a "
    "single environment."
)


def _invocation(cause: str) -> str:
    return (
        "org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.\n"
        "\tat org.apache.flink.runtime.webmonitor.handlers.JarRunHandler.lambda(JarRunHandler.java:114)\n"
        "Caused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error\n"
        f"Caused by: {cause}\n"
    )


def _no_job(job_id: str) -> str:
    return (
        "java.util.concurrent.CompletionException: org.apache.flink.runtime.messages.FlinkJobNotFoundException: "
        f"Could not find Flink job ({job_id})"
    )


def _job(flink: FakeFlink, job_id: str) -> Job:
    job = flink.jobs.get(job_id)
    if job is None:
        missing = (
            f"org.apache.flink.runtime.rest.NotFoundException: Job {job_id} not found\nCaused by: {_no_job(job_id)}"
        )
        raise Refusal(404, missing)
    return job


def _config(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"flink-version": flink.version, "flink-revision": "0", "refresh-interval": 3000}


def _jobmanager_config(flink: FakeFlink, call: _Call) -> Any:
    settings = {
        "jobmanager.rpc.address": "127.0.0.1",
        "web.tmpdir": f"/tmp/flink-web-{flink.epoch}",
        "execution.checkpointing.savepoint-dir": "file:/savepoints",
        "state.savepoints.dir": "file:/savepoints",
        "execution.checkpointing.dir": "file:/checkpoints",
        "state.checkpoints.dir": "file:/checkpoints",
    }
    if flink.ha:
        settings |= {"high-availability.type": "zookeeper", "high-availability": "zookeeper"}
    return 200, [{"key": key, "value": value} for key, value in settings.items()]


def _cluster(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"taskmanagers": 1, "slots-total": 24, "slots-available": 20, "flink-version": flink.version}


def _overview(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"jobs": [flink.overview_row(job) for job in flink.listed_jobs()]}


def _ids(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"jobs": [{"id": job.id, "status": job.state} for job in flink.listed_jobs()]}


def _status(flink: FakeFlink, call: _Call) -> Any:
    job = flink.jobs.get(call.parts[0])
    if job is None:
        raise Refusal(500, _no_job(call.parts[0]))
    return 200, {"status": job.state}


def _detail(flink: FakeFlink, call: _Call) -> Any:
    job = _job(flink, call.parts[0])
    app = next((app for app in flink.applications.values() if job in app.jobs), None)

    def make() -> Any:
        row = flink.overview_row(job)
        del row["tasks"], row["last-modification"]
        stamps = {"INITIALIZING": flink.ms(job.started)}
        stamps |= {"RUNNING": flink.ms(job.running_since)} if job.running_since else {"RUNNING": 0}
        vertex = {"id": "a" * 32, "name": "Source", "parallelism": 2, "status": job.state}
        return {**row, "vertices": [vertex], "timestamps": stamps, **({"application-id": app.id} if app else {})}

    kept = flink.cached(f"detail {job.id}", make)
    now = flink.ms(flink.world.now)
    end = kept["end-time"] if kept["end-time"] > 0 else now
    return 200, {**kept, "now": now, "duration": end - kept["start-time"]}


def _job_config(flink: FakeFlink, call: _Call) -> Any:
    job = _job(flink, call.parts[0])

    def make() -> Any:
        shown = {} if job.running_since is None else job.user_config
        execution = {
            "restart-strategy": "none",
            "job-parallelism": 2,
            "object-reuse-mode": False,
            "user-config": shown,
        }
        return {"jid": job.id, "name": job.name, "execution-config": execution}

    return 200, flink.cached(f"config {job.id}", make)


def _checkpoints(flink: FakeFlink, call: _Call) -> Any:
    job = _job(flink, call.parts[0])
    return 200, flink.cached(f"checkpoints {job.id}", lambda: _statistics(flink, job))


def _statistics(flink: FakeFlink, job: Job) -> Any:
    flink._catch_up(job)
    job.rows.sort(key=lambda row: -row.id)
    good = [row for row in job.rows if row.status == "COMPLETED"]
    plain = next((row for row in good if row.kind == CHECKPOINT), None)
    saved = next((row for row in good if row.kind != CHECKPOINT), None)
    failed = sum(row.status == "FAILED" for row in job.rows)
    return {
        "counts": {"completed": job.completed, "failed": failed, "total": job.last_id},
        "latest": {
            "completed": _row(flink, plain),
            "savepoint": _row(flink, saved),
            "restored": job.restored,
        },
        "history": [_row(flink, row) for row in job.rows[:10]],
    }


def _row(flink: FakeFlink, row: Row | None) -> Any:
    if row is None:
        return None
    told = {
        "id": row.id,
        "status": row.status,
        "is_savepoint": row.kind != CHECKPOINT,
        "trigger_timestamp": flink.ms(row.at),
        "latest_ack_timestamp": flink.ms(row.done) if row.done >= 0 else -1,
        "checkpoint_type": row.kind,
        "external_path": row.path,
        "discarded": False,
    }
    return {**told, **({"failure_message": row.message} if row.message else {})}


def _checkpoint_settings(flink: FakeFlink, call: _Call) -> Any:
    _job(flink, call.parts[0])
    return 200, {"mode": "exactly_once", "interval": 60_000, "timeout": 600_000}


def _exceptions(flink: FakeFlink, call: _Call) -> Any:
    job = _job(flink, call.parts[0])

    def make() -> Any:
        entry = {"stacktrace": job.failure, "timestamp": flink.ms(job.ended or 0.0), "exceptionName": "x"}
        return {"exceptionHistory": {"entries": [entry] if job.failure and job.ended else [], "truncated": False}}

    return 200, flink.cached(f"exceptions {job.id}", make)


def _metrics(flink: FakeFlink, call: _Call) -> Any:
    wanted = call.query.get("get", "")
    known = {"numRestarts": "0"}
    job = flink.jobs.get(call.parts[0])
    if job:
        known["numberOfInProgressCheckpoints"] = str(len(flink._under_way(job)))
    return 200, [{"id": name, "value": known[name]} for name in wanted.split(",") if name in known and job]


def _cancel(flink: FakeFlink, call: _Call) -> Any:
    job = flink.jobs.get(call.parts[0])
    if job is None:
        raise Refusal(404, f"RestHandlerException: Job could not be found.\nCaused by: {_no_job(call.parts[0])}")
    if job.state in ("FINISHED", "FAILED"):
        raise Refusal(
            409, f"Job cancellation failed because the job has already reached another terminal state ({job.state})."
        )
    flink._cancel(job, call.by)
    return 202, {}


def _savepoint(flink: FakeFlink, call: _Call) -> Any:
    return _trigger(flink, call, SNAPSHOT, call.body.get("target-directory"))


def _stop(flink: FakeFlink, call: _Call) -> Any:
    return _trigger(flink, call, STOP, call.body.get("targetDirectory"))


def _trigger(flink: FakeFlink, call: _Call, kind: str, directory: str | None) -> Any:
    trigger_id = call.body.get("triggerId") or flink._new_id()
    flink._begin(call.by, call.parts[0], trigger_id, kind, directory or "file:/savepoints")
    return 202, {"request-id": trigger_id}


def _checkpoint(flink: FakeFlink, call: _Call) -> Any:
    return _trigger(flink, call, CHECKPOINT, None)


def _checkpoint_operation(flink: FakeFlink, call: _Call) -> Any:
    job_id, trigger_id = call.parts
    operation = flink.operations.get((job_id, trigger_id))
    if operation is None:
        raise Refusal(404, f"There is no checkpoint operation with triggerId={trigger_id} for job {job_id}.")
    if operation.in_progress:
        return 200, {"status": {"id": "IN_PROGRESS"}, "operation": None}
    if operation.failure or operation.row is None:
        cause = {"class": "java.util.concurrent.CompletionException", "stack-trace": operation.failure}
        return 200, {"status": {"id": "COMPLETED"}, "operation": {"failureCause": cause}}
    return 200, {"status": {"id": "COMPLETED"}, "operation": {"checkpointId": operation.row.id}}


def _operation(flink: FakeFlink, call: _Call) -> Any:
    job_id, trigger_id = call.parts
    operation = flink.operations.get((job_id, trigger_id))
    if operation is None:
        raise Refusal(404, f"There is no savepoint operation with triggerId={trigger_id} for job {job_id}.")
    if operation.in_progress:
        return 200, {"status": {"id": "IN_PROGRESS"}, "operation": None}
    if operation.failure:
        cause = {"class": "java.util.concurrent.CompletionException", "stack-trace": operation.failure}
        return 200, {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": cause}}
    return 200, {"status": {"id": "COMPLETED"}, "operation": {"location": operation.path}}


def _jars(flink: FakeFlink, call: _Call) -> Any:
    files = [
        {"id": jar.id, "name": jar.name, "uploaded": flink.ms(jar.uploaded), "entry": []} for jar in flink.jars.values()
    ]
    return 200, {"address": "http://127.0.0.1:8081", "files": files}


def _upload(flink: FakeFlink, call: _Call) -> Any:
    digits = flink._new_id()
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    name = call.files[0].filename
    jar = Jar(f"{uuid}_{name}", name, flink.world.now, call.by)
    flink.jars[jar.id] = jar
    return 200, {"filename": f"/tmp/flink-web-upload/{jar.id}", "status": "success"}


def _delete_jar(flink: FakeFlink, call: _Call) -> Any:
    if flink.jars.pop(call.parts[0], None) is None:
        raise Refusal(400, f"File {call.parts[0]} does not exist in /tmp/flink-web-upload.")
    return 200, {}


def _new_run(flink: FakeFlink, call: _Call) -> Run:
    if call.body.get("flinkConfiguration") and flink.number < (1, 17):
        raise Refusal(400, "Request did not match expected format JarRunRequestBody.")
    if call.parts[0] not in flink.jars:
        raise Refusal(500, f"org.apache.flink.util.FlinkException: Jar file /tmp/{call.parts[0]} does not exist")
    name = (call.body.get("programArgsList") or ["stream"])[0]
    return Run(
        call.by,
        name,
        flink.world.now,
        call.parts[0],
        call.body.get("jobId"),
        configuration=call.body.get("flinkConfiguration") or {},
        restore=call.body.get("savepointPath"),
        part=getattr(call.by, "part", 0),
    )


def _run(flink: FakeFlink, call: _Call) -> Any:
    call.reply.run = _new_run(flink, call)
    flink._run_main(call.reply.run, call.reply)


def _run_application(flink: FakeFlink, call: _Call) -> Any:
    run = _new_run(flink, call)
    wanted = call.body.get("applicationId") or call.body.get("jobId") or flink._new_id()
    if wanted in flink.applications or flink._refuses(wanted):
        raise Refusal(400, f"RestHandlerException: Could not run it.\nCaused by: {_DUPLICATE_APPLICATION}")
    run = replace(run, application_id=wanted, jobs=[], swallowed=[])
    flink.used.add(wanted)
    flink.applications[wanted] = Application(wanted, run.name, run, flink.world.now)
    flink.all_applications.append(flink.applications[wanted])
    flink._run_main(run, None)
    return 202, {"applicationid": wanted}


def _applications(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"applications": [_application_row(flink, app) for app in flink.applications.values()]}


def _application_row(flink: FakeFlink, app: Application) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for job in app.jobs:
        counts[job.state] = counts.get(job.state, 0) + 1
    return {
        "id": app.id,
        "name": app.name,
        "status": app.state,
        "start-time": flink.ms(app.started),
        "end-time": flink.ms(app.ended) if app.ended is not None else -1,
        "duration": 1,
        "jobs": counts,
    }


def _app(flink: FakeFlink, app_id: str) -> Application:
    app = flink.applications.get(app_id)
    if app is None:
        raise Refusal(500, f"FlinkApplicationNotFoundException: Could not find Flink application ({app_id})")
    return app


def _application(flink: FakeFlink, call: _Call) -> Any:
    app = _app(flink, call.parts[0])
    rows = [flink.overview_row(job) for job in app.jobs]
    return 200, {**_application_row(flink, app), "timestamps": {}, "jobs": rows}


def _application_exceptions(flink: FakeFlink, call: _Call) -> Any:
    app = _app(flink, call.parts[0])
    entry = {"exceptionName": "x", "stacktrace": app.trace, "timestamp": flink.ms(app.ended or 0.0), "jobId": None}
    return 200, {"exceptionHistory": {"entries": [entry] if app.trace else []}}


def _cancel_application(flink: FakeFlink, call: _Call) -> Any:
    app = _app(flink, call.parts[0])
    if app.state in ("FINISHED", "FAILED"):
        raise Refusal(409, "The application has already reached another terminal state.")
    app.cancelled_by = app.cancelled_by or call.by
    app.run.epoch = -1  # `main()` goes no further
    app.run.done = True
    flink._mains.pop(app.run.number, None)
    for job in app.jobs:
        flink._cancel(job, call.by)
    flink.world.after(0.4, lambda: flink._end_application(app, "CANCELED"))
    return 202, {}


def _threads(flink: FakeFlink, call: _Call) -> Any:
    mains = [(flink.all_runs[number], reply) for number, reply in flink._mains.items()]
    names = ["main", *(f"flink-jar-runner-thread-{run.number}" for run, reply in mains if reply is not None)]
    infos = [{"threadName": name, "stringifiedThreadInfo": f'"{name}"'} for name in names]
    # The main() of an application runs on a thread of the actor system.
    stack = "\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:356)"
    for run, reply in mains:
        name = f"flink-pekko.actor.default-dispatcher-{run.number}"
        infos += [] if reply else [{"threadName": name, "stringifiedThreadInfo": f'"{name}"\n{stack}\n'}]
    return 200, {"threadInfos": infos}


def _logs(flink: FakeFlink, call: _Call) -> Any:
    return 200, {"logs": [{"name": "jobmanager.log", "size": sum(map(len, flink.log))}]}


def _log(flink: FakeFlink, call: _Call) -> Any:
    if not flink.has_logs:
        raise Refusal(404, "This file does not exist in JobManager log dir.")
    return 200, "\n".join(flink.log)


def _logs(flink: FakeFlink, call: _Call) -> Any:
    if not flink.has_logs:
        raise Refusal(404, "This file does not exist in JobManager log dir.")
    return 200, {"logs": [{"name": "jobmanager.log", "size": 1000}]}


def _route(operation: str, handle: Any) -> Any:
    method, _, template = operation.partition(" ")
    return (method, re.compile(template.replace(":id", "([^/]+)"))), handle


_ROUTES = [
    _route("GET /config", _config),
    _route("GET /overview", _cluster),
    _route("GET /jobmanager/config", _jobmanager_config),
    _route("GET /jobmanager/thread-dump", _threads),
    _route("GET /jobmanager/log", _log),
    _route("GET /jobmanager/logs", _logs),
    _route("GET /jobmanager/logs/:id", _log),
    _route("GET /jobmanager/logs", _logs),
    _route("GET /jobs", _ids),
    _route("GET /jobs/overview", _overview),
    _route("GET /jobs/:id", _detail),
    _route("GET /jobs/:id/status", _status),
    _route("GET /jobs/:id/config", _job_config),
    _route("GET /jobs/:id/checkpoints", _checkpoints),
    _route("POST /jobs/:id/checkpoints", _checkpoint),
    _route("GET /jobs/:id/checkpoints/config", _checkpoint_settings),
    _route("GET /jobs/:id/checkpoints/:id", _checkpoint_operation),
    _route("GET /jobs/:id/exceptions", _exceptions),
    _route("GET /jobs/:id/metrics", _metrics),
    _route("GET /jobs/:id/savepoints/:id", _operation),
    _route("POST /jobs/:id/savepoints", _savepoint),
    _route("POST /jobs/:id/stop", _stop),
    _route("PATCH /jobs/:id", _cancel),
    _route("GET /jars", _jars),
    _route("POST /jars/upload", _upload),
    _route("DELETE /jars/:id", _delete_jar),
    _route("POST /jars/:id/run", _run),
    _route("POST /jars/:id/run-application", _run_application),
    _route("GET /applications/overview", _applications),
    _route("GET /applications/:id", _application),
    _route("GET /applications/:id/exceptions", _application_exceptions),
    _route("POST /applications/:id/cancel", _cancel_application),
]
assert ENDED
