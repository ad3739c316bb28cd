from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_dli.local.diagnosis import why_ended


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Caused by: java.net.BindException: Could not start rest endpoint on any port", "a port is taken"),
        ("Could not reserve enough space for 9437184000000KB object heap", "not enough memory"),
        ("os::commit_memory failed; error='Not enough space' (errno=12)", "not enough memory"),
        ("java.lang.OutOfMemoryError: Java heap space", "not enough memory"),
        ("java.lang.UnsupportedClassVersionError: org/apache/flink", "its Java is too old"),
        ("Unrecognized VM option 'Nonsense'", "its Java does not know an option"),
    ],
)
def test_the_usual_reasons_are_told(written: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "jobmanager.out").write_text(f"before\n{written}\nafter\n")
    reason = why_ended("jobmanager", tmp_path)
    assert told in reason
    assert reason.endswith(f"It wrote: {written}")


def test_any_other_reason_is_the_last_cause(tmp_path: Path) -> None:
    log = "ERROR Fatal\nCaused by: a.B: outer\n\tat x\nCaused by: a.C: inner\n\tat y\n\tat z\nINFO Stopped\n"
    (tmp_path / "taskmanager.log").write_text(log)
    assert why_ended("taskmanager", tmp_path) == "The taskmanager ended. It wrote last: Caused by: a.C: inner"


def test_a_silent_end_is_told_as_such(tmp_path: Path) -> None:
    assert why_ended("taskmanager", tmp_path) == "The taskmanager ended. It wrote last: nothing"
