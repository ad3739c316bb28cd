from __future__ import annotations

from airflow_provider_dli.rest.flow import Pause, Remark
from airflow_provider_dli.rest.journal import Journal


def told(*steps: Pause | Remark) -> list[str]:
    lines: list[str] = []
    journal = Journal(lines.append)
    for step in steps:
        journal.note(step)
    return lines


def test_what_is_seen_is_told_once_for_each_change() -> None:
    seen = ["CREATED", "CREATED", "RUNNING", "RUNNING", "RUNNING", "CREATED"]
    assert told(*(Pause(1, seeing) for seeing in seen)) == ["CREATED", "RUNNING", "CREATED"]


def test_remarks_stand_between() -> None:
    assert told(Pause(1, "RUNNING"), Remark("Look."), Pause(1, "RUNNING")) == ["RUNNING", "Look.", "RUNNING"]


def test_how_long_a_pause_is_is_no_change() -> None:
    assert told(Pause(1, "RUNNING"), Pause(2, "RUNNING", exact=True)) == ["RUNNING"]


def test_nothing_seen_is_nothing_told() -> None:
    assert told(Pause(1, "")) == []
