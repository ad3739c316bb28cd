"""The short form of ``make chaos``: the faults that lose and double the most, on a real Airflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.crash.control import CONTROL, is_found_at_fault
from tests.crash.dli_cases import DLI_CASES
from tests.crash.experiment import DEFERRED, WAITING, Experiment, OnTheWire, Result
from tests.crash.flink_cases import CASES
from tests.crash.scenarios import people
from tests.crash.series import conduct_all
from tests.crash.stage import set_up
from tests.network.faults import DROP_ANSWER, KILL_ANSWERED, KILL_BEFORE, KILL_TRIGGERER, KILL_UNREAD, PAGE
from tests.network.wire import TRIGGERER, WORKER, Step
from tests.selection import FLINK_2

pytestmark = pytest.mark.live

_CASE = {case.name: case for case in (*CASES, *DLI_CASES)}
RUN = Step(WORKER, "POST", "/jars/*/run-application")
SAVEPOINT, STOP = (Step(WORKER, "POST", f"/jobs/*/{kind}") for kind in ("savepoints", "stop"))
LOOK = Step(TRIGGERER, "GET", "/jobs/overview")
FOLLOW = Step(TRIGGERER, "GET", "/jobs/*/savepoints/*")
CREATE_ON_DLI, RUN_ON_DLI, STOP_ON_DLI, SAVEPOINT_ON_DLI = (
    Step(WORKER, "POST", f"/v1.0/*/streaming/{path}")
    for path in ("flink-jobs", "jobs/run", "jobs/stop", "jobs/*/savepoint")
)

EXPERIMENTS: Mapping[str, Experiment] = {
    "control": CONTROL,
    "run, killed before": OnTheWire(_CASE["run_stream"], WAITING, RUN, KILL_BEFORE),
    "run, killed unread": OnTheWire(_CASE["run_stream"], WAITING, RUN, KILL_UNREAD),
    "run, killed answered": OnTheWire(_CASE["run_batch"], DEFERRED, RUN, KILL_ANSWERED),
    "wait, triggerer killed": OnTheWire(_CASE["run_batch"], DEFERRED, LOOK, KILL_TRIGGERER),
    "savepoint, answer lost": OnTheWire(_CASE["savepoint"], WAITING, SAVEPOINT, DROP_ANSWER),
    "stop, killed unread": OnTheWire(_CASE["stop"], DEFERRED, STOP, KILL_UNREAD),
    "follow, log-in page": OnTheWire(_CASE["stop"], DEFERRED, FOLLOW, PAGE),
    "create on DLI, answer lost": OnTheWire(_CASE["dli_run_stream"], WAITING, CREATE_ON_DLI, DROP_ANSWER),
    "run on DLI, killed unread": OnTheWire(_CASE["dli_run_stream"], DEFERRED, RUN_ON_DLI, KILL_UNREAD),
    "savepoint on DLI, answer lost": OnTheWire(_CASE["dli_savepoint"], DEFERRED, SAVEPOINT_ON_DLI, DROP_ANSWER),
    "stop on DLI, killed unread": OnTheWire(_CASE["dli_stop"], WAITING, STOP_ON_DLI, KILL_UNREAD),
    **{
        f"{one.fault} {one.where}": one
        for one in people()
        if one.operator.endswith("cancel") and one.where.endswith("deferred")
    },
}


@pytest.fixture(scope="module")
def results() -> Iterator[Mapping[str, Result]]:
    with set_up(3, FLINK_2) as stage:
        yield dict(zip(EXPERIMENTS, conduct_all(stage, list(EXPERIMENTS.values())), strict=True))


def test_an_operator_without_an_identity_is_found_at_fault(results: Mapping[str, Result]) -> None:
    assert is_found_at_fault(results["control"])


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "control"])
def test_never_twice_and_never_lost(results: Mapping[str, Result], name: str) -> None:
    result = results[name]
    assert not result.tally.faults, result.told
    assert result.injected
