"""What must hold whatever happens: the guarantees, checked against what really happened on the simulated cluster.

Each limit of Flink or Airflow that no client can lift stands here by its name, and what it excuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.model.fake_airflow import TaskInstance, Try
from tests.model.fake_flink import FakeFlink
from tests.model.flink_jobs import CHECKPOINT, SNAPSHOT, STOP, Harm, Job, Operation, Run
from tests.model.kernel import Actor
from tests.model.wire import Wire

#: Flink shows a stop that is in progress up to three seconds late, and has no lock: two strangers within that time.
BLIND = 3.3
#: The default `grace_period`, less the pauses between tries.
GRACE = 45.0


class Violation(AssertionError):
    """A guarantee that did not hold.

    :param name: which one.
    """

    def __init__(self, name: str, told: str) -> None:
        super().__init__(f"{name}: {told}")
        self.name = name

    @property
    def kind(self) -> str:
        """What it has in common with others of its kind: the text without ids, numbers and names of processes."""
        text = re.sub(r"(prod|staging)\.run_\d+|\bfile:\S+", "_", str(self))
        return re.sub(r"[0-9a-f]{8,}|\d+", "_", text)[:120]


@dataclass
class Excuse:
    """Something that happened, after which a try may fail.

    :param at: when.
    :param kind: what.
    :param owner: whose tries it excuses; None for all.
    :param is_final: whether it also excuses a failure that is not to be retried.
    """

    at: float
    kind: str
    owner: Any = None
    is_final: bool = False
    until: float = 0.0


@dataclass
class Oracle:
    """Checks a world.

    :param known: patterns of violations that are not reported; each is looked for in text and kind.
    """

    flink: FakeFlink
    wire: Wire
    known: frozenset[str] = frozenset()
    instances: list[TaskInstance] = field(default_factory=list)
    excuses: list[Excuse] = field(default_factory=list)
    found: list[Violation] = field(default_factory=list)
    #: When the cluster, or Airflow's connections, could not be reached.
    dark: list[tuple[float, float]] = field(default_factory=list)
    checked_harms: int = 0
    checked_tries: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.flink.starting = self.starting

    def excuse(self, kind: str, owner: Any = None, is_final: bool = False, lasts: float = 0.0) -> None:
        """Note that something happened after which tries may fail."""
        now = self.flink.world.now
        self.excuses.append(Excuse(now, kind, owner, is_final, now + lasts))

    def darken(self, seconds: float) -> None:
        """Note that nothing can be reached for a while."""
        now = self.flink.world.now
        self.dark.append((now, now + seconds))

    def _was_dark_for_long(self, one: Try) -> bool:
        """Tell whether a try could not reach the cluster for about as long as it is patient.

        Between two tries of a request are ten seconds: a shorter light may not be seen.
        """
        ended = one.ended or 0.0
        start = end = -1e9
        for begin, stop in sorted(self.dark):
            start, end = (start, max(end, stop)) if begin <= end + 12 else (begin, stop)
            if min(end, ended) - start > GRACE and end >= one.began:
                return True
        return False

    # -- one start ---------------------------------------------------------------------------------------------

    def starting(self, run: Run) -> None:
        """Check that a program may start: an earlier one of the same generation must have ended in vain."""
        if not isinstance(run.by, Actor):
            return
        for before in self.flink.all_runs:
            if before is not run and before.jobs and before.part == run.part and _same(before.by, run.by):
                why = self._why_not_again(before, run)
                if why:
                    self._report("one start", f"{run.by} started {run.name} again: the first one {why}")

    def _why_not_again(self, before: Run, run: Run) -> str:
        jobs = before.jobs
        if self._is_limit_of_first_tries(run):
            return ""
        if any(job.alive for job in jobs) and not (run.job_id is None and self._was_late(run.by)):
            return "is still at work"
        if all(job.lost for job in jobs) or any(job.state in ("FAILED", "CANCELED") for job in jobs):
            return ""
        if before.failure or not before.done or any(job.stopped_by for job in jobs):
            return ""
        if self._is_limit_of_memory(jobs, run) or self._is_limit_of_records(before):
            return ""
        if run.job_id is None and not run.application_id and self._was_late(run.by):
            # No id guards a program whose jobs have ids of Flink's: a request that a proxy repeats starts it again.
            return ""
        return "is still at work" if any(job.alive for job in jobs) else "had finished"

    def _is_limit_of_memory(self, jobs: list[Job], run: Run) -> bool:
        """A finished job that Flink has forgotten, or that HA on Flink 1.x lets start again.

        Without a durable ledger (before Airflow 3.3) nobody remembers it: `job-result-store.delete-on-commit` helps.
        With one, it is only a request that was on its way for long, of a suspended worker or in a proxy.
        """
        forgets = all(job.forgotten or job.lost for job in jobs) or (self.flink.ha and self.flink.number < (2, 3))
        is_old = run.by.owner.airflow.version < (3, 3) and all(job.forgotten or job.lost for job in jobs)
        return forgets and (is_old or self._was_late(run.by))

    def _is_limit_of_records(self, before: Run) -> bool:
        """With HA, Flink up to 2.2 takes the id of a job that has ended and that it has forgotten, as measured.

        A worker that was killed before it had noted the response leaves only the intent in the ledger. The next try
        cannot tell a submission that has never arrived from one whose job has ended: `delete-on-commit` helps.
        """
        takes_it_again = self.flink.ha and self.flink.number < (2, 3) and not self.flink.keeps_results
        was_killed = isinstance(before.by, Actor) and before.by.dead
        return takes_it_again and was_killed and all(job.forgotten for job in before.jobs)

    def _is_limit_of_first_tries(self, run: Run) -> bool:
        """Before Airflow 3.2, a first try takes an ended job under its id for that of a deleted DAG run.

        A worker that was suspended in its first try, until a second one had run the job, does so as well.
        """
        return run.by.owner.airflow.version < (3, 2) and self._was_late(run.by)

    def _was_late(self, actor: Actor) -> bool:
        return actor.suspended_at >= 0 or any(
            fault.kind in ("late", "suspend", "twice") and fault.owner is actor.owner for _, fault, _ in self.wire.done
        )

    # -- what holds at each moment -----------------------------------------------------------------------------

    def check(self) -> None:
        """Check what must hold at each moment."""
        for harm in self.flink.harms[self.checked_harms :]:
            self._check_harm(harm)
        self.checked_harms = len(self.flink.harms)
        for job in self.flink.all_jobs:
            self._check_end(job)
        for app in self.flink.all_applications:
            if isinstance(app.cancelled_by, Actor):
                self._check_ended_by(app.cancelled_by, f"application {app.id}", app.run)
        for ti in self.instances:
            for one in ti.tries:
                if one.ended is not None and id(one) not in self.checked_tries:
                    self.checked_tries.add(id(one))
                    self._check_try(ti, one)
        self.raise_found()

    def raise_found(self) -> None:
        """Raise the first violation that is not known."""
        found, self.found = self.found, []
        for violation in found:
            texts = (str(violation), violation.kind)
            if not any(re.search(pattern, text) for pattern in self.known for text in texts):
                raise violation

    def _report(self, name: str, told: str) -> None:
        self.found.append(Violation(name, told))

    def _check_harm(self, harm: Harm) -> None:
        actor = harm.by.by
        if not isinstance(actor, Actor):
            return
        age = harm.at - harm.to.at
        is_own = isinstance(harm.to.by, Actor) and harm.to.by.owner is actor.owner
        if (age <= BLIND and not is_own) or self._was_late(actor):
            return
        what = "a stop" if harm.to.kind == STOP else "a savepoint"
        self._report(f"stop beside {what}", f"{actor} stopped job {harm.by.job_id} {age:.1f} s after {harm.to.by}")

    def _check_end(self, job: Job) -> None:
        """Check that only the killed task ends its job."""
        stop = job.stopped_by
        by = job.cancelled_by or (stop.by if stop else None)
        if isinstance(by, Actor) and by.owner.kind == "cancel":
            if job.id != by.owner.target.id:
                self._report("only its target", f"{by} cancelled {job.id}, and not {by.owner.target.id}")
        elif isinstance(by, Actor) and not (stop and by.owner.kind == "stop"):
            self._check_ended_by(by, f"job {job.id}", job.run)

    def _check_ended_by(self, by: Actor, what: str, run: Run) -> None:
        if self._is_limit_of_signals(by):
            return
        # A program of several jobs ends with the first one that ends badly.
        is_incomplete = run.failure or run.swallowed or run.is_cut or _has_lost_a_job(run)
        if not (by.owner.killed(by.generation) or is_incomplete):
            self._report("only kills end jobs", f"{by} ended {what}, and nobody has killed it")
        if isinstance(run.by, Actor) and not self._is_own(by.owner, by.generation, run.by):
            self._report("only own jobs", f"{by} ended {what}, which {run.by} started")

    @staticmethod
    def _is_limit_of_signals(by: Actor) -> bool:
        """A worker that Airflow has given up gets the signal of a kill when it is resumed: `cancel_unless_retried`."""
        choice = getattr(getattr(by, "task", None), "kill_choice", None)
        return by.given_up and choice != "cancel_unless_retried"

    # -- tries -------------------------------------------------------------------------------------------------

    def _check_try(self, ti: TaskInstance, one: Try) -> None:
        if one.kinds and not self._was_dark_for_long(one):
            self._report("no strange error", f"{ti} try {one.number}: {one.kinds}: {one.error}")
        if one.outcome == "failed":
            self._check_failure(ti, one)
        elif one.outcome == "success":
            getattr(self, f"_check_{ti.kind}")(ti, one)

    def _check_failure(self, ti: TaskInstance, one: Try) -> None:
        for excuse in self.excuses:
            fits = excuse.owner in (None, ti) and excuse.at <= (one.ended or 0.0)
            if fits and excuse.until >= one.began and (excuse.is_final or not one.hopeless):
                return
        if ti.killed(one.generation) or self._is_over_for(ti, one) or self._was_harmed(ti):
            return
        if any(job.again and job.forgotten and _is_by(job.run.by, ti, one.generation) for job in self.flink.all_jobs):
            # With HA, Flink up to 2.2 takes an id that has ended twice from its list.
            return
        ended_by = [job.cancelled_by or (job.stopped_by and job.stopped_by.by) for job in self.flink.all_jobs]
        ended_by += [app.cancelled_by for app in self.flink.all_applications]
        if any(isinstance(by, Actor) and by.owner is ti and by.given_up for by in ended_by):
            return
        if "Another try of this task is about to start the program" in one.error and not one.hopeless:
            # The ledger, or an upload, shows a try that was given up and may wake: the next one waits for the job.
            return
        if (
            self._is_limit_of_names(ti, one)
            or self._was_never_let_in(ti, one)
            or (not one.hopeless and self._was_dark_for_long(one))
        ):
            return
        name = "no final failure without cause" if one.hopeless else "no failure without cause"
        self._report(name, f"{ti} try {one.number}: {one.error}")

    def _is_limit_of_names(self, ti: TaskInstance, one: Try) -> bool:
        """Before Airflow 3.2, two installations without a namespace get in each other's way like tries of one task."""
        if one.hopeless or ti.airflow.version >= (3, 2):
            return False
        name = ti.names.get(one.generation)
        return any(name in other.names.values() for other in self.instances if other is not ti)

    def _was_never_let_in(self, ti: TaskInstance, one: Try) -> bool:
        """Tell whether a process was refused before it had a response: then the credentials are taken for wrong."""
        if one.hopeless or not re.search("answered 40[13]", one.error):
            return False
        accepted = {id(actor) for actor in self.wire.accepted}
        ended = one.ended or 0.0
        actors = [actor for actor in self.flink.world.actors if actor.owner is ti and one.began <= actor.began <= ended]
        return any(id(actor) not in accepted for actor in actors)

    def _was_harmed(self, ti: TaskInstance) -> bool:
        """Tell whether another operation has destroyed one of a task, or a task has cancelled a job of another one."""
        harmed = [harm.to.by for harm in self.flink.harms] + [one.by for one in self.flink.suspended]
        cancels = [job for job in self.flink.all_jobs if isinstance(job.cancelled_by, Actor)]
        harmed += [job.run.by for job in cancels if job.cancelled_by.owner.kind == "cancel"]
        return any(isinstance(by, Actor) and by.owner is ti for by in harmed)

    def _is_over_for(self, ti: TaskInstance, one: Try) -> bool:
        """Tell whether somebody else had ended the job that a task is about."""
        job = ti.target
        if ti.by_name and sum(one.name == job.name for one in self.flink.all_jobs) > 1:
            return True
        is_over = job is not None and (not job.alive or job.state == "CANCELLING")
        if job is None or not is_over or (job.ended or 0.0) > (one.ended or 0.0):
            return False
        by = job.cancelled_by or (job.stopped_by.by if job.stopped_by else None)
        return not (isinstance(by, Actor) and by.owner is ti and by.generation == one.generation)

    def _check_run(self, ti: TaskInstance, one: Try) -> None:
        results = ti.result if isinstance(ti.result, list) else [ti.result]
        for part, result in enumerate(results):
            self._check_run_of(ti, one, part, result)

    def _check_run_of(self, ti: TaskInstance, one: Try, part: int, result: str) -> None:
        ran = [job for job in self.flink.all_jobs if job.run.part == part]
        named = [job for job in ran if result in (job.id, job.run.application_id)]
        mine = [job for job in named if self._is_own(ti, one.generation, job.run.by, job)]
        if not mine:
            self._report(
                "own job", f"{ti} generation {one.generation} took {[job.run.by for job in named]} for its own"
            )
        elif ti.wait_until == "finished" and not any(_done(job.run) or self._nobody_heard(job.run) for job in mine):
            states = [job.state for job in mine[-1].run.jobs]
            self._report("complete", f"{ti} succeeded, and {mine[-1].run.name} is {states}: {mine[-1].run.failure}")

    def _nobody_heard(self, run: Run) -> bool:
        """Where no application shows it, only the answer to ``/run`` tells how ``main()`` has ended.

        Where that answer was lost, or its worker was killed, the jobs' own end is all that is known: ``main()`` may
        have failed after they had begun, or have been cut off by a JobManager that died. That a second environment was
        left out shows in the JobManager's log alone, where there is one.
        """
        if run.application_id:
            return False
        was_heard_of = not isinstance(run.by, Actor) or not run.by.dead
        if run.is_cut and run.job_id is None and was_heard_of:
            # The connection broke, and then another JobManager was there.
            return False
        is_cut_in_silence = bool(run.swallowed) and not self.flink.has_logs
        return is_cut_in_silence or not run.answered or (isinstance(run.by, Actor) and run.by.dead)

    def _check_savepoint(self, ti: TaskInstance, one: Try) -> None:
        operation = self.flink.disk.get(str(ti.result))
        if operation is None:
            self._report("savepoint exists", f"{ti} returned {ti.result}")
        elif operation.kind != SNAPSHOT or not self._is_own(ti, one.generation, operation.by):
            self._report("own savepoint", f"{ti} returned {ti.result}, which {operation.by} made")

    def _check_checkpoint(self, ti: TaskInstance, one: Try) -> None:
        """Check that the checkpoint is the task's own, or was complete no earlier than the task began."""
        made = next((each for each in self.flink.all_operations if each.path == ti.result), None)
        began = min(each.began for each in ti.tries if each.generation == one.generation)
        # A path that the cluster does not show in time is None.
        is_older = ti.result is not None and self.flink.checkpoints.get(ti.result, 0.0) < began
        if is_older and not (made and self._is_own(ti, one.generation, made.by)):
            self._report("own checkpoint", f"{ti} returned {ti.result}")

    def _check_cancel(self, ti: TaskInstance, one: Try) -> None:
        if ti.target.alive:
            self._report("cancelled", f"{ti} returned {ti.result}, and {ti.target.id} is {ti.target.state}")

    def _check_stop(self, ti: TaskInstance, one: Try) -> None:
        operation = self.flink.disk.get(str(ti.result))
        if operation is None:
            self._report("savepoint exists", f"{ti} returned {ti.result}")
        elif operation.kind != STOP:
            self._report("own stop", f"{ti} returned {ti.result}, which is of no stop but {operation.by}'s savepoint")
        elif not (self._may_follow(ti, one, operation) or self._is_own(ti, one.generation, operation.by)):
            self._report("own stop", f"{ti} returned {ti.result}, which {operation.by} made before")

    def _may_follow(self, ti: TaskInstance, one: Try, operation: Operation) -> bool:
        # A task that is cleared may take the path of a stop that another task made beside its earlier generation.
        began = min(each.began for each in ti.tries)
        is_same_task = isinstance(operation.by, Actor) and operation.by.owner is ti
        return is_same_task or (operation.ended or began) >= began

    def _is_own(self, ti: TaskInstance, generation: int, by: Any, job: Job | None = None) -> bool:
        if not isinstance(by, Actor):
            return False
        if by.owner is ti and by.generation == generation:
            return True
        return self._has_equal_name(ti, generation, by, job)

    def _has_equal_name(self, ti: TaskInstance, generation: int, by: Actor, job: Job | None) -> bool:
        """Before 3.2, Airflow names some generations alike: those that no client can tell apart.

        A clear while a run is at work that leaves `max_tries` as it was; a run that is deleted, and made again with
        the same date; two installations without a namespace.
        """
        name = ti.names.get(generation)
        is_alike = ti.airflow.version < (3, 2) and name == by.owner.names.get(by.generation)
        first = min(each.began for each in ti.tries if each.generation == generation)
        is_provable = job is not None and job.ended is not None and job.ended < first
        return is_alike and not (is_provable and self._knows_of_clear(ti, generation))

    @staticmethod
    def _knows_of_clear(ti: TaskInstance, generation: int) -> bool:
        before = [each for each in ti.tries if each.generation < generation]
        own = [each for each in ti.tries if each.generation == generation]
        return (bool(before) and before[-1].outcome == "success" and len(own) == 1) or own[0].number == len(own) == 1

    # -- in the end --------------------------------------------------------------------------------------------

    def check_in_the_end(self) -> None:
        """Check what must hold once all is quiet."""
        self.check()
        for ti in self.instances:
            if not ti.is_over and not ti.deleted:
                self._report("an end", f"{ti} is {ti.state} in the end")
        for operation in self.flink.all_operations:
            if isinstance(operation.by, Actor) and operation.path and operation.kind != CHECKPOINT:
                self._check_kept(operation)
        for ti in self.instances:
            for generation in range(ti.generation + 1):
                self._check_count(ti, generation)
        self.raise_found()

    def _check_kept(self, operation: Operation) -> None:
        ti, generation = operation.by.owner, operation.by.generation
        last = max((one for one in ti.tries if one.generation == generation), key=lambda one: one.number)
        is_cut_off = ti.killed(generation) or last.outcome == "worker lost" or generation < ti.generation
        wanted = (operation.path, operation.id) if is_cut_off else (operation.path, f"{operation.directory}")
        if operation.directory == "file:/savepoints":
            wanted = (operation.path, operation.id) if is_cut_off else (operation.path,)
        assert operation.path
        if not any(str(one) in line for one in wanted for line in ti.words):
            self._report("path kept", f"{operation.path} of {operation.by} ({last.outcome}) is named nowhere")

    def _check_count(self, ti: TaskInstance, generation: int) -> None:
        made = [one for one in self._operations(ti, generation) if one.path]
        if len(made) > 1 and ti.kind in ("savepoint", "stop") and not self._was_late(made[-1].by):
            paths = [one.path for one in made]
            self._report("one savepoint", f"{ti} generation {generation} made {paths}")

    def _operations(self, ti: TaskInstance, generation: int) -> Iterator[Operation]:
        for one in self.flink.all_operations:
            if isinstance(one.by, Actor) and one.by.owner is ti and one.by.generation == generation:
                yield one


def _is_by(by: Any, ti: TaskInstance, generation: int) -> bool:
    return isinstance(by, Actor) and by.owner is ti and by.generation == generation


def _same(one: Any, other: Actor) -> bool:
    return isinstance(one, Actor) and one.owner is other.owner and one.generation == other.generation


def _has_lost_a_job(run: Run) -> bool:
    """Tell whether one of several jobs of a program has failed, or was cancelled by a stranger."""
    return len(run.jobs) > 1 and any(job.state == "FAILED" or isinstance(job.cancelled_by, str) for job in run.jobs)


def _done(run: Run) -> bool:
    """Tell whether a program has done all of its work, or was stopped by somebody else, which looks the same."""
    return run.complete or (run.done and not run.failure and any(job.stopped_by for job in run.jobs))
