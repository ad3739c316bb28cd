"""Command line of the crash tests (``make chaos``): all experiments on a real Airflow and real Flinks.

    python -m tests.crash [PART ...] [--table FILE] [--lanes 8]

The pages are written after each part. A run of all parts makes the table anew; a part that is run alone replaces its
own rows in it. The command ends with an error where an experiment has failed, and prints the logs of its tasks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
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
from tests.crash.plan import WithFaults, kills_of, with_proxies, without_faults
from tests.crash.report import PartRun, Record, failures, line, summary, table
from tests.crash.scenarios import people, time_outs
from tests.crash.series import broken, conduct_all
from tests.crash.several_jobs import SEVERAL_CASES, kills_between_jobs, kills_of_several
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
#: The cases with responses of a proxy: one that starts a job, one that ends it, and a savepoint, on each back end.
BEHIND_A_PROXY = {"run_batch", "stop", "savepoint", "dli_run_batch", "dli_stop", "dli_savepoint"}
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


#: The parts that run one after the other share what they have tried.
_ON_FLINK = WithFaults()


def main() -> int:
    """Conduct all experiments, or some parts of them, and print what came of them."""
    told = _arguments()
    record = Record() if told.parts == PARTS else _record_in(told.table)
    results: list[Result] = []
    for flink, settings, parts in STAGES:
        wanted = {name: part for name, part in parts.items() if name in told.parts}
        if wanted:
            with set_up(told.lanes, flink, **settings) as stage:
                for name, part in wanted.items():
                    begin = time.monotonic()
                    new = part(stage)
                    minutes = round((time.monotonic() - begin) / 60)
                    record = record.replaced(PartRun(name, flink, minutes, _commit()), new)
                    _write(record, told.table)
                    results += new
    _print(record, results)
    return int(not all(result.tally.holds for result in results))


def _commit() -> str:
    """Return the last commit that changed what is tested, with ``+`` where files differ from it."""
    git, paths = (
        ["git", "-C", str(Path(__file__).parent)],
        ["--", ":/airflow_provider_dli", ":!/airflow_provider_dli/local"],
    )
    log = [*git, "log", "-1", "--format=%h", "--abbrev=10", *paths]
    commit = subprocess.run(log, check=True, capture_output=True, text=True).stdout.strip()
    return commit + "+" * bool(subprocess.run([*git, "diff", "--quiet", "HEAD", *paths]).returncode)


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


def _runs(stage: Stage) -> list[Result]:
    return _flink(stage, "run_stream", "run_batch")


def _state(stage: Stage) -> list[Result]:
    return _flink(stage, "savepoint", "stop", "checkpoint", "dispose")


def _others(stage: Stage) -> list[Result]:
    return _flink(stage, "cancel", "rescale", "upload_jar", "delete_jar")


def _flink(stage: Stage, *names: str) -> list[Result]:
    return _on_the_wire(stage, [case for case in CASES if case.name in names], _ON_FLINK)


def _sql(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, SQL_CASES, WithFaults(only_changes=True))


def _dli(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, DLI_CASES, WithFaults(only_changes=True))


def _proxy(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, [case for case in (*CASES, *DLI_CASES) if case.name in BEHIND_A_PROXY], with_proxies)


def _credentials(stage: Stage) -> list[Result]:
    # One after the other: what ends one lane's credentials ends those of all.
    return _on_the_wire(stage, EXPIRING_CASES, with_expiries, lanes=1)


def _several(stage: Stage) -> list[Result]:
    between = kills_between_jobs(has_applications=stage.flink.version != OLDER)
    return [*_on_the_wire(stage, SEVERAL_CASES, kills_of_several), *conduct_all(stage, list(between), _tell)]


def _people(stage: Stage) -> list[Result]:
    return conduct_all(stage, [*people(), *time_outs(), *dli_people()], _tell)


def _stops(stage: Stage) -> list[Result]:
    return conduct_all(stage, list(stops()), _tell)


def _whole_stage(stage: Stage) -> list[Result]:
    return [result for play in WHOLE_STAGE for result in _played(play, stage)]


def _adaptive(stage: Stage) -> list[Result]:
    return _on_the_wire(stage, ADAPTIVE_CASES, WithFaults())


def _older(stage: Stage) -> list[Result]:
    return _on_the_older(_on_the_wire(stage, CASES, kills_of))


def _older_stops(stage: Stage) -> list[Result]:
    return _on_the_older(_stops(stage))


def _older_several(stage: Stage) -> list[Result]:
    return _on_the_older(_several(stage))


def _on_the_older(results: Iterable[Result]) -> list[Result]:
    return [replace(result, operator=f"{result.operator}, Flink {OLDER}") for result in results]


def _many(stage: Stage) -> list[Result]:
    return _played(many_at_once, stage)


Part = Callable[[Stage], list[Result]]
STAGES: tuple[tuple[str, Mapping[str, str], Mapping[str, Part]], ...] = (
    (
        NEWEST,
        {},
        {
            "control": _control,
            "people": _people,
            "stops": _stops,
            "several": _several,
            "runs": _runs,
            "state": _state,
            "others": _others,
            "proxy": _proxy,
            "dli": _dli,
            "credentials": _credentials,
            "sql": _sql,
            "stage": _whole_stage,
        },
    ),
    (NEWEST, ADAPTIVE_SCHEDULER, {"adaptive": _adaptive}),
    (OLDER, {}, {"older_stops": _older_stops, "older_several": _older_several, "older": _older}),
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


def _record_in(page: Path | None) -> Record:
    kept = page and _table_beside(page)
    return Record.read(kept.read_text()) if kept and kept.exists() else Record()


def _write(record: Record, page: Path | None) -> None:
    if page:
        rows = _table_beside(page)
        page.write_text(summary(record, rows.name, PARTS))
        rows.write_text(table(record, page.name))


def _print(record: Record, results: Iterable[Result]) -> None:
    page = Path("crash_tests.md")
    sys.stdout.write(
        "\n".join(
            ("", summary(record, _table_beside(page).name, PARTS), table(record, page.name), failures(results), "")
        )
    )


if __name__ == "__main__":
    raise SystemExit(main())
