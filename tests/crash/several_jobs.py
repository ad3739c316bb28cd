"""A program with several jobs, whose worker or triggerer is lost during the submission and between its jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

from tests.crash.back_ends import FLINK, flink_jobs
from tests.crash.cases import Case, Conf, nothing
from tests.crash.counting import count_after_success
from tests.crash.experiment import DEFERRED, KINDS, OnTheWire, Result, Scenario, fresh_name
from tests.crash.lane import Lane, Outcome
from tests.crash.plan import KILLS
from tests.crash.tally import Tally
from tests.local.waiting import wait_until
from tests.network.faults import DROP_ANSWER, KILL_MACHINE, KILL_TRIGGERER
from tests.network.wire import WORKER, Exchange, Step, Trap, kill, trapped

# Seconds between the jobs: time for a deferral, and for a kill that waits for it.
_PAUSE = 25
_OPERATOR = "FlinkRunJarOperator, several_jobs=True"


def _all_finished(lane: Lane, conf: Conf, outcome: Outcome) -> Tally:
    tally = count_after_success(FLINK, lane, conf, outcome, jobs=2)
    jobs = flink_jobs(lane, conf["name"])
    tally.expect_states(jobs.values(), ["FINISHED", "FINISHED"])
    pushed = outcome.xcoms["job_ids"]
    tally.expect(sorted(pushed or ()) == sorted(jobs), f"the task has pushed {pushed}")
    return tally


SEVERAL_CASES = (Case("run_several", _OPERATOR, nothing, _all_finished),)


def kills_of_several(plain: OnTheWire, learned: Result) -> list[OnTheWire]:
    """Return each kill at each request that changes something, and the loss of its response.

    :param plain: the run without a fault.
    :param learned: its result.
    """
    return [
        OnTheWire(plain.case, plain.kind, step, fault)
        for step in learned.steps
        if step.changes
        for fault in ((*KILLS, KILL_MACHINE, DROP_ANSWER) if step.side == WORKER else (KILL_TRIGGERER, DROP_ANSWER))
    ]


def kills_between_jobs(has_applications: bool) -> Iterator[Scenario]:
    """Kill who waits for the program, between the end of its first job and the start of its second one.

    :param has_applications: whether the response to the submission comes before the end of ``main()`` (Flink 2.3+).
    """
    for kind in KINDS:
        is_deferred = has_applications and kind == DEFERRED
        process = "triggerer" if is_deferred else "task"
        play = partial(_killed_between, kind, is_deferred, "run-application" if has_applications else "run")
        yield Scenario(f"{_OPERATOR} ({kind})", f"kill -9 of the {process} between the jobs", "between them", play)


def _killed_between(kind: str, is_deferred: bool, request: str, lane: Lane) -> Tally:
    conf = {"name": fresh_name(f"several-{kind}"), "pause": _PAUSE}
    killed = threading.Event()

    def kill_between(process: int) -> None:
        wait_until(lambda: list(flink_jobs(lane, conf["name"]).values()) == ["FINISHED"])
        if is_deferred:
            wait_until(lambda: lane.task(run).state == "deferred")
            lane.stage.kill_triggerer()
        else:
            kill([process])
        if len(flink_jobs(lane, conf["name"])) == 1:
            killed.set()

    def submit(exchange: Exchange) -> None:
        threading.Thread(target=kill_between, args=[exchange.client_pid], daemon=True).start()
        exchange.pass_on()

    with trapped([lane.wire], Trap(Step(WORKER, "POST", f"/jars/*/{request}"), submit)):
        run = lane.start(f"run_several_{kind}", conf)
        outcome = lane.outcome(run)
    tally = _all_finished(lane, conf, outcome)
    tally.expect(killed.is_set(), "nothing was killed between the jobs")
    tally.expect(outcome.task.try_number == (1 if is_deferred else 2), f"{outcome.task.try_number} tries")
    FLINK.end_all(lane, conf["name"])
    return tally
