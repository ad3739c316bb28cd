from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import islice

import pytest

from airflow_provider_dli.jobs.identity import Identity, check_id

ONE = Identity("dag", "manual__2026-11-21", "task")


def first(identity: Identity, operation: str = "run") -> str:
    return next(identity.series(operation))


def test_a_series_is_the_same_in_every_process() -> None:
    program = f"from {Identity.__module__} import Identity; print(next({ONE!r}.series('run')))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == first(ONE)


def test_ids_never_change() -> None:
    """A worker with a new version of this package finds the jobs that an old one started."""
    assert list(islice(ONE.series("run"), 2)) == [
        "303bb550aff95ded98b49bb84f2f4f97",
        "4f9d075596315982ac889eaddde68102",
    ]
    assert ONE.kill_id == first(ONE, "on_kill") == "a502c098eff05df9a343739a7aee262e"


def test_all_ids_differ() -> None:
    others = [
        replace(ONE, dag_id="other"),
        replace(ONE, run_id="other"),
        replace(ONE, task_id="other"),
        replace(ONE, map_index=0),
        replace(ONE, map_index=1),
        replace(ONE, generation="1"),
        replace(ONE, generation="2"),
        replace(ONE, execution=1),
        replace(ONE, namespace="staging"),
        # What a plain join of the names would take for the same.
        replace(ONE, dag_id='dag", "manual__2026-11-21', run_id="task"),
    ]
    operations = ("run", "savepoint", "stop", "on_kill")
    ids = [one for each in (ONE, *others) for operation in operations for one in islice(each.series(operation), 3)]
    assert len(set(ids)) == len(ids) == 11 * 4 * 3


def test_ids_are_flinks() -> None:
    assert check_id(first(ONE)) == first(ONE)


def test_an_id_is_checked() -> None:
    assert check_id("D63D21A66AF14D4CA0FD3D05CDCFF844") == "d63d21a66af14d4ca0fd3d05cdcff844"


@pytest.mark.parametrize("value", ["", "count", "d63d21a6-6af1-4d4c-a0fd-3d05cdcff844", "1" * 31, "1" * 33, "g" * 32])
def test_what_is_no_id_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="32 hexadecimal digits") as caught:
        check_id(value, "restore_job")
    assert str(caught.value).startswith("restore_job must be")
    assert repr(value) in str(caught.value)
