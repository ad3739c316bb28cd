"""A long run of the model: ``python -m tests.model --minutes 60``. It ends with an error if it has found anything."""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
import time
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

import tests.conftest  # noqa: F401  (an Airflow of its own)
from tests.model.expected import KNOWN
from tests.model.machine import Model
from tests.model.oracle import Violation
from tests.model.simulation import replaced

EXAMPLES = 250


class Counted(Model):
    """Counts how often a scene was set, while a minimal example is looked for as well."""

    runs = 0

    def __init__(self) -> None:
        super().__init__()
        Counted.runs += 1


def main() -> int:
    """Run examples for some minutes, and print each kind of violation once, with a minimal example."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None, help="the first seed; each round has the next one")
    parser.add_argument("--steps", type=int, default=30, help="what may happen in one run at most")
    given = parser.parse_args()
    began, found = time.monotonic(), 0
    Counted.known = KNOWN
    first = random.randrange(10**6) if given.seed is None else given.seed
    logging.disable(logging.CRITICAL)
    with replaced():
        for number in _rounds(first, began + 60 * given.minutes):
            found += _round(number, given.steps)
            minutes = (time.monotonic() - began) / 60
            _say(f"{minutes:.1f} min, seed {number}: {Counted.runs} runs, {Counted.runs / minutes:.0f} a minute")
    _say(f"{Counted.runs} runs, {found} kinds of violations")
    return 1 if found else 0


def _rounds(first: int, end: float) -> Iterator[int]:
    number = first
    while time.monotonic() < end:
        yield number
        number += 1


def _round(number: int, steps: int) -> int:
    """Run some examples; return how many kinds of violations are new."""
    how = settings(
        max_examples=EXAMPLES,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    machine = seed(number)(type("Round", (Counted,), {}))
    try:
        run_state_machine_as_test(machine, settings=how)  # type: ignore[no-untyped-call]
    except Violation as violation:
        _tell(violation)
        Counted.known |= {re.escape(violation.kind)}
        return 1
    except Exception as error:
        _tell(error)
        return 1
    return 0


def _tell(error: Exception) -> None:
    """Print an error with its minimal example, which hypothesis adds as notes."""
    _say(f"\n== {type(error).__name__}: {error}")
    _say("\n".join(getattr(error, "__notes__", ())))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
