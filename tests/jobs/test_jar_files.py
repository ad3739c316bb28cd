"""Deleting a jar, and telling whether it was there."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.patience import Patience, patiently
from tests.flink.recordings import recorded
from tests.jobs.script import DELETE_JAR, Script, html

JARS = "GET /jars"
NONE: dict[str, Any] = {"files": []}
THERE = {"files": [{"id": "other.jar", "name": "o", "uploaded": 1}, {"id": "demo.jar", "name": "d", "uploaded": 1}]}
AGAIN = recorded("2.3.0", "jar-delete-again").answer


def delete(script: Script) -> bool:
    return script.run(patiently(script.backend.delete_jar("demo.jar"), Patience(grace=2), script.clock))


def test_one_that_is_there() -> None:
    script = Script().on(JARS, THERE).on(DELETE_JAR, {})
    assert delete(script)
    assert script.sent == [JARS, DELETE_JAR]


def test_one_that_is_not_there() -> None:
    script = Script().on(JARS, NONE)
    assert not delete(script)
    assert script.sent == [JARS]


@pytest.mark.parametrize(
    "replies", [[errors.NoAnswer, AGAIN], [errors.ConnectionLost, {}], [html(502)], [AGAIN]], ids=str
)
def test_an_answer_that_is_lost(replies: list[Any]) -> None:
    script = Script().on(JARS, THERE, NONE).on(DELETE_JAR, *replies)
    assert delete(script)


@pytest.mark.parametrize(
    ("reply", "tries"), [(errors.Forbidden, 1), (errors.NoAnswer, 4)], ids=["refused", "no answer"]
)
def test_one_that_stays(reply: Any, tries: int) -> None:
    script = Script().on(JARS, THERE).on(DELETE_JAR, reply)
    with pytest.raises(reply):
        delete(script)
    assert script.count(DELETE_JAR) == tries
