"""Ways to submit a program: all of its jobs run, or what is lost can be seen."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.flink.version import NotInThisVersion
from airflow_provider_dli.jobs.flink.ways import Way
from airflow_provider_dli.rest.errors import NotReachable
from tests.jobs.script import Script, refusal

LOGS, LOG, SETTINGS = "GET /jobmanager/logs", "GET /jobmanager/log", "GET /jobmanager/config"
READABLE = {"logs": [{"name": "jobmanager.log", "size": 1000, "mtime": 1}]}
HUGE = {"logs": [{"name": "jobmanager.log", "size": 1 << 30, "mtime": 1}]}
ELSEWHERE: dict[str, Any] = {"logs": []}
HA = [{"key": "high-availability.type", "value": "zookeeper"}]


def way(
    version: str,
    several_jobs: bool | None = None,
    *,
    is_bounded: bool = True,
    is_upload: bool = True,
    logs: Any = READABLE,
    settings: Any = (),
) -> Way:
    script = Script(version).on(LOGS, logs).on(SETTINGS, list(settings))
    return script.run(script.backend.choose_way(several_jobs, is_bounded=is_bounded, is_upload=is_upload))


def test_from_2_3_on_an_application_has_all_jobs_of_its_program() -> None:
    assert way("2.3.0") is way("2.3.0", True) is way("2.3.0", is_upload=False) is Way.APPLICATION
    # With high availability, Flink itself can run a second environment only without an application of ours.
    assert way("2.3.0", settings=HA) is Way.APPLICATION
    assert way("2.3.0", True, settings=HA) is Way.MARKED


@pytest.mark.parametrize("version", ["1.16.3", "1.20.5", "2.2.1"])
def test_before_it_is_one_job_where_the_log_shows_lost_ones(version: str) -> None:
    assert way(version) is Way.ONE_JOB


@pytest.mark.parametrize("logs", [ELSEWHERE, HUGE, NotReachable, refusal(500, "no log")], ids=str)
@pytest.mark.parametrize("version", ["1.17.2", "1.20.5", "2.2.1"])
def test_where_nothing_would_show_lost_jobs_they_are_marked(version: str, logs: Any) -> None:
    assert way(version, logs=logs) is Way.MARKED
    # A jar that others may use cannot be deleted, so a second start could not be prevented.
    assert way(version, logs=logs, is_upload=False) is Way.ONE_JOB


def test_flink_1_16_knows_no_marks() -> None:
    assert way("1.16.3", logs=ELSEWHERE) is Way.ONE_JOB
    with pytest.raises(NotInThisVersion):
        way("1.16.3", True)


@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_one_job_is_one_job(version: str) -> None:
    assert way(version, False) is way(version, is_bounded=False) is Way.ONE_JOB


def test_several_jobs_need_a_jar_of_the_tasks_own() -> None:
    assert way("1.20.5", True) is way("1.20.5", True, is_bounded=False) is Way.MARKED
    with pytest.raises(ValueError, match="give a file"):
        way("1.20.5", True, is_upload=False)


@pytest.mark.parametrize(
    ("log", "lost"), [("Job 1 was recovered successfully.", False), ("Job {} was recovered successfully.", True)]
)
def test_the_log_shows_a_job_that_flink_did_not_start(log: str, lost: bool) -> None:
    job_id = "a" * 32
    script = Script("1.20.5").on(LOGS, READABLE).on(LOG, _text(log.format(job_id)))
    assert script.run(script.backend.is_incomplete(job_id)) is lost


def test_a_log_that_cannot_be_read_is_logged() -> None:
    script = Script("1.20.5").on(LOGS, ELSEWHERE)
    assert script.run(script.backend.is_incomplete("a" * 32)) is False
    assert "set several_jobs to True where it does" in script.told[-1]


def _text(log: str) -> Any:
    from airflow_provider_dli.rest.request import Answer

    return Answer(200, {"content-type": "text/plain"}, log.encode())
