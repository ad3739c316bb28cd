from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_dli.local.airflow.diagnosis import cause, last_word, why_ended

TRACE = """\
Traceback (most recent call last):
  File "/dags/a.py", line 1, in <module>
    import b
  File "/dags/b.py", line 7
    def
       ^
SyntaxError: invalid syntax
"""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ready\n\n", "ready"),
        ("", "nothing"),
        (f"before\n{TRACE}after\n", "SyntaxError: invalid syntax"),
        (
            "a.b.AirflowConfigException: no such key\nbye\n",
            "a.b.AirflowConfigException: no such key",
        ),
        ("12:00 [error    ] it broke\n12:00 [info     ] bye\n", "12:00 [error    ] it broke"),
        ("12:00 [\x1b[31merror    \x1b[0m] it broke\nbye\n", "12:00 [error    ] it broke"),
    ],
)
def test_the_last_word_is_the_last_error_or_simply_the_last_line(written: str, told: str) -> None:
    assert last_word(written) == told


def test_a_component_that_ended_is_named_with_its_last_word(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    log.write_text(TRACE)
    assert why_ended("scheduler", log) == ("Airflow's scheduler ended. It wrote last: SyntaxError: invalid syntax")


def test_one_that_wrote_nothing_at_all_is_named_too(tmp_path: Path) -> None:
    assert why_ended("scheduler", tmp_path / "scheduler.log").endswith("It wrote last: nothing")


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    log = tmp_path / "api-server.log"
    log.write_text("[error    ] [Errno 98] error while attempting to bind: address already in use\n")
    assert "its port is taken, choose another one" in why_ended("api-server", log)


def test_the_cause_of_a_trace_comes_with_its_place() -> None:
    assert cause(TRACE) == "SyntaxError: invalid syntax (/dags/b.py, line 7)"
    assert cause("no trace at all") == "no trace at all"
