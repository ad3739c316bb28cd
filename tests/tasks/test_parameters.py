from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath

from airflow_provider_dli.tasks.parameters import (
    check,
    check_choice,
    check_one_job,
    directory,
    file_in_obs,
    is_known,
    job_identifier,
    location,
    mapping,
    mappings,
    moment,
    not_negative,
    number,
    optional,
    path_in_obs,
    positive,
    settings,
    text,
    whole,
    words,
)
from tests.airflow_engine import make_dag
from tests.every_task import JOB, LEAST, make

MIDNIGHT = datetime(2026, 11, 21, tzinfo=timezone.utc).timestamp()
SIX = datetime(2026, 11, 21, 6, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    "value",
    [
        "a",
        "",
        "{}",
        "{ a }",
        1,
        1.5,
        True,
        [],
        ["a", 1],
        ("a",),
        {"a": "b"},
        timedelta(1),
        datetime.now(),
        date.today(),
        Path("a"),
        [None],
    ],
)
def test_what_is_known_while_a_file_is_parsed(value: object) -> None:
    assert is_known(value)


@pytest.mark.parametrize(
    "value",
    [
        "{{ ds }}",
        "a{{ ds }}b",
        "{% if a %}1{% endif %}",
        ["a", "{{ ds }}"],
        {"a": "{{ ds }}"},
        {"{{ ds }}": 1},
        [["{{ ds }}"]],
    ],
)
def test_what_is_not(value: object) -> None:
    assert not is_known(value)


def test_the_result_of_another_task_is_not() -> None:
    with make_dag():
        result = make(next(iter(LEAST))).output
    assert not is_known(result)
    assert not is_known(["a", result])


@pytest.mark.parametrize("value", [None, "{{ ds }}"])
def test_what_is_not_given_or_not_known_is_not_judged(value: object) -> None:
    def refuse(name: str, value: Any) -> None:
        raise AssertionError

    check(refuse, "it", value)


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (number, 1, 1.0),
        (number, "1.5", 1.5),
        (number, " 2 ", 2.0),
        (number, timedelta(minutes=1), 60.0),
        (number, -1, -1.0),
        (positive, 0.5, 0.5),
        (not_negative, 0, 0.0),
        (whole, "3", 3),
        (whole, 3.0, 3),
        (text, "a", "a"),
        (text, Path("/a/b"), "/a/b"),
        (words, ["a", 1], ["a", "1"]),
        (words, ("a",), ["a"]),
        (words, [], []),
        (words, None, []),
        (words, ["1.10", 1.5, True, Path("/a")], ["1.10", "1.5", "True", "/a"]),
        (words, [{"a": 1, "b": ["x", True]}], ['{"a": 1, "b": ["x", true]}']),
        (mapping, {"a": 1, 2: {"b": Path("/c")}}, {"a": 1, "2": {"b": "/c"}}),
        (mapping, "", {}),
        (mappings, [{"a": 1}], [{"a": 1}]),
        (optional(text), None, None),
        (optional(text), " ", None),
        (optional(text), "a", "a"),
        (text, 20260101, "20260101"),
        (directory, "/a/b", "/a/b"),
        (directory, Path("/a/b"), "/a/b"),
        (directory, "s3://bucket/a", "s3://bucket/a"),
        (directory, "file:/a", "file:/a"),
        (directory, ObjectStoragePath("s3://aws@bucket/a"), "s3://bucket/a"),
        (location, ObjectStoragePath("s3://bucket/a"), "s3://bucket/a"),
        (location, ObjectStoragePath("file:///a"), "file:///a"),
        (path_in_obs, "obs://bucket/a", "obs://bucket/a"),
        (path_in_obs, ObjectStoragePath("s3://obs@bucket/a"), "bucket/a"),
        (file_in_obs, ObjectStoragePath("s3://obs@bucket/a.jar"), "obs://bucket/a.jar"),
        (file_in_obs, "package/a.jar", "package/a.jar"),
        (settings, {"a": 1, "b": "c"}, {"a": "1", "b": "c"}),
        (job_identifier, JOB.upper(), JOB),
        (moment, 0, 0.0),
        (moment, 1795240800, SIX),
        (moment, 1795240800000, SIX),
        (moment, "1795240800000", SIX),
        (moment, date(2026, 11, 21), MIDNIGHT),
        (moment, "2026-11-21", MIDNIGHT),
        (moment, "20261121", MIDNIGHT),
        (moment, 20261121, MIDNIGHT),
        (moment, "20261121T060000", SIX),
        (moment, "20261121T060000+0000", SIX),
        (moment, "2026-11-21 06:00:00+00:00", SIX),
        (moment, "1795240800", 1795240800.0),
        (moment, "1795240800.5", 1795240800.5),
        (moment, datetime(2026, 11, 21, 6, tzinfo=timezone.utc), SIX),
        (moment, datetime(2026, 11, 21, 6), SIX),
        (moment, pendulum.datetime(2026, 11, 21, 7, tz="Europe/Berlin"), SIX),
        (moment, "2026-11-21T06:00:00Z", SIX),
        (moment, "2026-11-21T06:00:00", SIX),
        (moment, "2026-11-21T07:00:00+01:00", SIX),
        (moment, "2026-11-21T06:00:00.000000+00:00", SIX),
    ],
)
def test_what_is_read(read: Callable[[str, Any], Any], value: Any, result: object) -> None:
    assert read("it", value) == result


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (number, "many", "it must be a number; got 'many'."),
        (number, None, "it must be a number; got None."),
        (number, "nan", "it must be a number; got 'nan'."),
        (number, float("inf"), "it must be a number; got inf."),
        (number, [1], "it must be a number; got [1]."),
        (positive, 0, "it must be above 0; got 0."),
        (positive, timedelta(0), "it must be above 0; got datetime.timedelta(0)."),
        (not_negative, -1, "it must not be below 0; got -1."),
        (whole, 1.5, "it must be a whole number; got 1.5."),
        (whole, 0, "it must be above 0; got 0."),
        (text, "", "it is empty: the template or task that it comes from gave nothing."),
        (text, None, "it is empty: the template or task that it comes from gave nothing."),
        (number, True, "it must be a number; got True."),
        (text, " ", "it is empty: the template or task that it comes from gave nothing."),
        (text, "None", "it is the text 'None': the template that it comes from gave nothing."),
        (text, True, "it must be a text; got a bool."),
        (text, b"a", "it must be a text; got a bytes."),
        (text, ["a"], "it must be a text; got a list."),
        (text, {"a": 1}, "it must be a text; got a dict."),
        (directory, "backups", "it must be an absolute path or a URI, as in 's3://bucket/savepoints'; got 'backups'"),
        (directory, Path("a/b"), "it must be an absolute path or a URI"),
        (words, "--rate 10", "it must be a list, as in ['--rate', '10']; got a str.\nA template gives a text, unless"),
        (words, {"a": 1}, "it must be a list, as in ['--rate', '10']; got a dict."),
        (words, ["a", None], "it[1] is None: the template or task that it comes from gave nothing."),
        (words, [["a", None]], "it[0][1] is None"),
        (settings, "a: 1", "it must be a dict of names and values; got a str.\nA template gives a text, unless"),
        (settings, {"a": None}, "it['a'] is None"),
        (mapping, {"a": {"b": None}}, "it['a']['b'] is None"),
        (mapping, [1], "it must be a dict of names and values; got a list."),
        (mappings, [], "it is empty: the template or task that it comes from gave nothing."),
        (mappings, [1], "it[0] must be a dict of names and values; got a int."),
        (
            job_identifier,
            "abc",
            "it must be 32 hexadecimal digits, as in 'd63d21a66af14d4ca0fd3d05cdcff844'; got 'abc' (3 characters).",
        ),
        (job_identifier, 123, "it must be 32 hexadecimal digits, as in 'd63d21a66af14d4ca0fd3d05cdcff844'; got '123'"),
        (moment, "yesterday", "it must be a moment, as in '2026-11-21T06:00:00Z'; got 'yesterday'."),
        (moment, "", "it is empty: the template or task that it comes from gave nothing."),
        (moment, "None", "it is the text 'None'"),
        (moment, 5, "it must be a moment, as in '2026-11-21T06:00:00Z'; got 5."),
        (moment, "2026", "it must be a moment, as in '2026-11-21T06:00:00Z'; got '2026'."),
        (moment, 5e15, "it must be a moment, as in '2026-11-21T06:00:00Z'; got 5000000000000000.0."),
        (moment, True, "it must be a moment, as in '2026-11-21T06:00:00Z'; got True."),
        (moment, timedelta(hours=1), "it must be a moment, and not a duration: use max_age for one; got"),
        (moment, "06:00", "it must be a moment, as in '2026-11-21T06:00:00Z'; got '06:00'."),
        (moment, [], "it must be a moment"),
    ],
)
def test_what_cannot_be_read(read: Callable[[str, Any], Any], value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=r"^it") as caught:
        read("it", value)
    assert str(caught.value).startswith(told)


def test_choices() -> None:
    check_choice("it", "a", ("a", "b"))
    with pytest.raises(ValueError, match="it must be one of 'a', 'b'; got 'c'"):
        check_choice("it", "c", ("a", "b"))


@pytest.mark.parametrize(("job_id", "job_name"), [(JOB, None), (None, "orders"), ("{{ ds }}", None)])
def test_a_job_by_its_id_or_its_name(job_id: str | None, job_name: str | None) -> None:
    check_one_job(job_id, job_name)
