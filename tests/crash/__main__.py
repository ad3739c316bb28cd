"""``make chaos``: all experiments on a real Airflow and real Flinks, and the table of what was left.

    python -m tests.crash [PART ...] [--table FILE] [--lanes 8]

All parts make the table anew; one that is conducted alone replaces its rows in it. It ends with an error where
anything does not hold; what the tasks have written then is printed as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from tests.cluster import ADAPTIVE_SCHEDULER
from tests.crash.airflow_troubles import (
    evicted,
    hand_over,
    hung_triggerer,
    many_at_once,
    no_triggerer,
    run_again,
    scheduler_is_lost,
)
from tests.crash.cases import Case
from tests.crash.cluster_troubles import jobmanager_fails_over, jobmanager_is_lost, taskmanager_is_lost
from tests.crash.control import CONTROL, judged
from tests.crash.dli_cases import DLI_CASES, EXPIRING_CASES, with_expiries
from tests.crash.dli_scenarios import dli_clock_differs, dli_people, statement_again
from tests.crash.experiment import Experiment, OnTheWire, Result
from tests.crash.flink_cases import ADAPTIVE_CASES, CASES
from tests.crash.plan import kills_of, with_faults, with_faults_on_changes, without_faults
from tests.crash.report import Row, failures, line, merged, rows_in, rows_of, summary, table
from tests.crash.scenarios import people, time_outs
from tests.crash.series import broken, conduct_all
from tests.crash.sql_cases import SQL_CASES
from tests.crash.stage import Stage, set_up
from tests.crash.stop_scenarios import stops

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
Play = Callable[[Stage], Iterator[Result]]
#: What is played on one stage, in an order in which nothing is in another's way.
WHOLE_STAGE: Sequence[Play] = (
    run_again,
    statement_again,
    dli_clock_differs,
    taskmanager_is_lost,
    jobmanager_is_lost,
    jobmanager_fails_over,
    scheduler_is_lost,
    no_triggerer,
    evicted,
    hung_triggerer,
    hand_over,
)


def main() -> int:
    """Conduct all experiments, or some parts of them, and print what came of them."""
    told = _arguments()
    results: list[Result] = []
    for flink, settings, parts in STAGES:
        wanted = [part for name, part in parts.items() if name in told.parts]
        if wanted:
            with set_up(told.lanes, flink, **settings) as stage:
                results += chain.from_iterable(part(stage) for part in wanted)
    _end(results, told.table, [] if told.parts == PARTS else _rows_before(told.table))
    return int(not all(result.tally.holds for result in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill things, and count what is left.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all unless given")
    parser.add_argument("--table", type=Path, help="the page with the summary; the table stands beside it")
    parser.add_argument("--lanes", type=int, default=8, help="how many experiments run at a time")
    told = parser.parse_args()
    if unknown := set(told.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    told.parts = told.parts or PARTS
    return told


def _control(stage: Stage) -> list[Result]:
    return list(map(judged, conduct_all(stage, [CONTROL])))


def _flink(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, CASES, with_faults)


def _sql(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, SQL_CASES, with_faults_on_changes)


def _dli(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, DLI_CASES, with_faults_on_changes)


def _credentials(stage: Stage) -> list[Result]:
    # One after the other: what ends one lane's credentials ends those of all.
    return _on_the_wire(stage, EXPIRING_CASES, with_expiries, lanes=1)


def _people(stage: Stage) -> list[Result]:
    return conduct_all(stage, [*people(), *time_outs(), *dli_people()], _tell)


def _stops(stage: Stage) -> list[Result]:
    return conduct_all(stage, list(stops()), _tell)


def _whole_stage(stage: Stage) -> list[Result]:
    return [result for play in WHOLE_STAGE for result in _played(play, stage)]


def _adaptive(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, ADAPTIVE_CASES, with_faults)


def _older(stage: Stage) -> list[Result]:
    results = _on_the_wire(stage, CASES, kills_of)
    return [replace(result, operator=f"{result.operator}, Flink {OLDER}") for result in results]


def _older_stops(stage: Stage) -> list[Result]:
    return [replace(result, operator=f"{result.operator}, Flink {OLDER}") for result in _stops(stage)]


def _many(stage: Stage) -> list[Result]:
    return _played(many_at_once, stage)


Part = Callable[[Stage], list[Result]]
STAGES: tuple[tuple[str, Mapping[str, str], Mapping[str, Part]], ...] = (
    (
        NEWEST,
        {},
        {
            "control": _control,
            "flink": _flink,
            "sql": _sql,
            "dli": _dli,
            "credentials": _credentials,
            "people": _people,
            "stops": _stops,
            "stage": _whole_stage,
        },
    ),
    (NEWEST, ADAPTIVE_SCHEDULER, {"adaptive": _adaptive}),
    (OLDER, {}, {"older": _older, "older_stops": _older_stops}),
    (NEWEST, ROOM_FOR_MANY, {"many": _many}),
)
PARTS = [name for _, _, parts in STAGES for name in parts]


def _on_the_wire(stage: Stage, cases: Iterable[Case], faults: Faults, lanes: int | None = None) -> list[Result]:
    """Learn each operator's requests from a run without a fault, and let something happen to each of them."""
    plain = without_faults(cases)
    learned = conduct_all(stage, plain, _tell)
    experiments = chain.from_iterable(faults(one, result) for one, result in zip(plain, learned, strict=True))
    return [*learned, *conduct_all(stage, list(experiments), _tell, lanes)]


def _played(play: Play, stage: Stage) -> list[Result]:
    kept: list[Result] = []
    try:
        for result in play(stage):
            _tell(result)
            kept.append(result)
    except Exception as error:
        kept.append(broken((play.__name__, "", ""), error))
        _tell(kept[-1])
    return kept


def _tell(result: Result) -> None:
    sys.stdout.write(f"{line(result)}\n")
    sys.stdout.flush()


def _table_beside(page: Path) -> Path:
    return page.with_stem(f"{page.stem}_table")


def _rows_before(page: Path | None) -> list[Row]:
    kept = page and _table_beside(page)
    return rows_in(kept.read_text()) if kept and kept.exists() else []


def _end(results: list[Result], page: Path | None, before: list[Row]) -> None:
    rows = merged(before, rows_of(results))
    first = page or Path("crash_tests.md")
    second = _table_beside(first)
    pages = {first: summary(rows, f"{NEWEST} and {OLDER}", second.name), second: table(rows, first.name)}
    sys.stdout.write("\n".join(("", *pages.values(), failures(results), "")))
    for path, text in pages.items() if page else ():
        path.write_text(text)


if __name__ == "__main__":
    raise SystemExit(main())
