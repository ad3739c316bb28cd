"""``make chaos``: all experiments on a real Airflow and real Flinks, and the table of what was left.

    python -m tests.crash [--table FILE] [--lanes 8]

It ends with an error where anything does not hold; what the tasks have written then is printed as well.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from tests.crash.cases import Case
from tests.crash.control import CONTROL, judged
from tests.crash.dli_cases import DLI_CASES, EXPIRING_CASES, with_expiries
from tests.crash.dli_scenarios import dli_people
from tests.crash.experiment import Experiment, OnTheWire, Result
from tests.crash.flink_cases import CASES
from tests.crash.plan import kills_of, with_faults, with_faults_on_changes, without_faults
from tests.crash.report import failures, line, page
from tests.crash.scenarios import people, time_outs
from tests.crash.series import broken, conduct_all
from tests.crash.sql_cases import SQL_CASES
from tests.crash.stage import Stage, set_up
from tests.crash.whole_stage import WHOLE_STAGE, many_at_once

NEWEST, OLDER = "2.3.0", "1.20.5"
#: What many jobs on one TaskManager need.
ROOM_FOR_MANY = {
    "taskmanager.numberOfTaskSlots": "208",
    "taskmanager.memory.network.min": "512m",
    "taskmanager.memory.network.max": "512m",
    "taskmanager.memory.task.heap.size": "768m",
    "taskmanager.memory.jvm-metaspace.size": "768m",
    "jobmanager.memory.heap.size": "512m",
    "jobmanager.memory.jvm-metaspace.size": "768m",
}
Faults = Callable[[OnTheWire, Result], Iterable[Experiment]]


def main() -> int:
    """Run all experiments, and print what came of them."""
    told = _arguments()
    began = time.monotonic()
    results: list[Result] = []
    with set_up(told.lanes, NEWEST) as stage:
        results += map(judged, conduct_all(stage, [CONTROL]))
        results += _on_the_wire(stage, CASES, with_faults)
        results += _on_the_wire(stage, SQL_CASES, with_faults_on_changes)
        results += _on_the_wire(stage, DLI_CASES, with_faults_on_changes)
        results += _on_the_wire(stage, EXPIRING_CASES, with_expiries)
        results += conduct_all(stage, [*people(), *time_outs(), *dli_people()], _tell)
        results += _whole_stage(stage)
    with set_up(told.lanes, OLDER) as stage:
        results += _on_the_wire(stage, CASES, kills_of)
    with set_up(1, NEWEST, **ROOM_FOR_MANY) as stage:
        results += _told(many_at_once(stage))
    _end(results, told.table, time.monotonic() - began)
    return int(not all(result.tally.holds for result in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill things, and count what is left.")
    parser.add_argument("--table", type=Path, help="a file that the table is written to")
    parser.add_argument("--lanes", type=int, default=8, help="how many experiments run at a time")
    return parser.parse_args()


def _on_the_wire(stage: Stage, cases: Iterable[Case], faults: Faults) -> list[Result]:
    """Learn each operator's requests from a run without a fault, and let something happen to each of them."""
    plain = without_faults(cases)
    learned = conduct_all(stage, plain, _tell)
    experiments = chain.from_iterable(faults(one, result) for one, result in zip(plain, learned, strict=True))
    return [*learned, *conduct_all(stage, list(experiments), _tell)]


def _whole_stage(stage: Stage) -> list[Result]:
    return [result for play in WHOLE_STAGE for result in _told(play(stage))]


def _told(results: Iterator[Result]) -> list[Result]:
    kept: list[Result] = []
    try:
        for result in results:
            _tell(result)
            kept.append(result)
    except Exception as error:
        kept.append(broken(str(results), error))
        _tell(kept[-1])
    return kept


def _tell(result: Result) -> None:
    sys.stdout.write(f"{line(result)}\n")
    sys.stdout.flush()


def _end(results: list[Result], table: Path | None, seconds: float) -> None:
    told = page(results, f"Flink {NEWEST} and {OLDER}", seconds)
    sys.stdout.write(f"\n{told}\n{failures(results)}\n")
    if table:
        table.write_text(told)


if __name__ == "__main__":
    raise SystemExit(main())
