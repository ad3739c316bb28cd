"""A program that is ended while it is being submitted by ``/run``, as by a kill or a time-out."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.jobs.end import CANCEL as BY_CANCEL
from airflow_provider_dli.jobs.end import DETACH, STOP_WITH_SAVEPOINT, Ending, end_submission
from airflow_provider_dli.jobs.flink import marks
from airflow_provider_dli.jobs.flink.withdrawal import PendingApplication, PendingRun
from airflow_provider_dli.rest.errors import NotReachable
from airflow_provider_dli.rest.patience import within
from tests.jobs.script import (
    APPLICATIONS,
    CANCEL,
    CANCEL_APPLICATION,
    ID,
    IDENTITY,
    OPERATION,
    OVERVIEW,
    STATUS,
    STOP,
    UNKNOWN_OPERATION,
    Script,
    html,
    listed,
    made,
    row,
)

TAG = "f" * 32
FIRST, SECOND, FOREIGN = "1" * 32, "2" * 32, "3" * 32
JARS = "GET /jars"
CONFIG = "GET /jobs/:id/config"
# Milliseconds. Jobs of the script start at 1.
UPLOADED = 1


def jar(number: int, tag: str = TAG) -> dict[str, Any]:
    return {"id": f"{number}.jar", "name": f"demo.{tag}.jar", "uploaded": UPLOADED + number, "entry": []}


def jars(*numbers: int) -> dict[str, Any]:
    return {"address": "http://flink", "files": [jar(9, "e" * 32), *map(jar, numbers)]}


def mark(program_id: str = ID) -> dict[str, Any]:
    entries = marks.configuration(IDENTITY, {}, program_id=program_id)[marks.GLOBAL_JOB_PARAMETERS]
    return config(dict(entry.split(":") for entry in entries.split(",")))


def config(shown: dict[str, str]) -> dict[str, Any]:
    execution = {"restart-strategy": "none", "job-parallelism": 1, "object-reuse-mode": False, "user-config": shown}
    return {"jid": FIRST, "name": "demo", "execution-config": execution}


def young(state: str, job_id: str) -> dict[str, Any]:
    return {**row(state, job_id), "start-time": UPLOADED + 1}


def script(*uploads: Any) -> Script:
    """A cluster with one upload, which is gone once it is deleted."""
    done = Script("1.20.5").on(JARS, *(uploads or (jars(0), jars()))).on(CANCEL, {})
    return done.on("DELETE /jars/0.jar", {}).on("DELETE /jars/1.jar", {})


def end(on: Script, how: str = BY_CANCEL, *, is_marked: bool = True, jar_id: str | None = "0.jar") -> Ending:
    pending = PendingRun(on.backend, ID, TAG, is_marked, jar_id)
    flow = end_submission(on.backend, pending, how=how, directory=None, operation_id=OPERATION, turns_up_within=3.0)
    return on.run(flow)


def cancelled(on: Script) -> list[str]:
    return [sent.split("/")[2].partition("?")[0] for sent in on.sent if sent.startswith("PATCH")]


def test_jobs_are_found_by_their_marks() -> None:
    on = script().jobs([young("RUNNING", FIRST), young("RUNNING", SECOND), young("RUNNING", FOREIGN)])
    on.on(CONFIG, mark(), mark(), mark("4" * 32), mark())
    ending = end(on)
    assert cancelled(on) == [FIRST, SECOND]
    assert f"Job {FIRST} is being cancelled, as on_kill='cancel' says." in ending.sentence


def test_a_mark_that_is_late_is_waited_for() -> None:
    """Flink answers with no mark while a job is being initialized, and would repeat that from its cache."""
    on = script().jobs(
        [], [], [young("INITIALIZING", FIRST)], [young("INITIALIZING", FIRST)], [young("RUNNING", FIRST)]
    )
    on.on(CONFIG, mark())
    end(on)
    assert cancelled(on) == [FIRST]
    read = [number for number, sent in enumerate(on.sent) if sent.endswith("/config") and "/jobs/" in sent]
    lists = [number for number, sent in enumerate(on.sent) if sent == OVERVIEW]
    assert read[0] > lists[4]


def test_the_jar_is_deleted_before_jobs_are_looked_for() -> None:
    on = script().jobs([young("RUNNING", FIRST)]).on(CONFIG, mark())
    end(on)
    assert on.sent.index("DELETE /jars/0.jar") < next(i for i, sent in enumerate(on.sent) if sent.startswith("PATCH"))


def test_a_job_that_shows_no_task_is_left_and_named() -> None:
    on = script().jobs([young("RUNNING", FIRST)]).on(CONFIG, config({}))
    ending = end(on)
    assert not cancelled(on)
    assert f"job 'count' ({FIRST}) is RUNNING, tasks: 2 running may be of program {ID}" in ending.sentence
    assert f"http://flink:8081/#/job/running/{FIRST}/overview" in ending.sentence


def test_older_jobs_are_not_asked_for_marks() -> None:
    on = script().jobs([{**row("RUNNING", FIRST), "start-time": UPLOADED - 1}])
    assert "has started no job" in end(on).sentence
    assert not on.count(CONFIG)


def test_a_program_whose_first_job_has_finished_is_not_cut() -> None:
    """The next try would find that job only, and take the program for complete."""
    on = script().jobs([young("FINISHED", FIRST)]).on(CONFIG, mark())
    end(on)
    assert not [sent for sent in on.sent if sent.startswith("DELETE")]
    assert any("has finished already" in told for told in on.told)


@pytest.mark.parametrize(
    ("listed", "own", "deleted"),
    [((0, 1), "0.jar", ["0.jar"]), ((0, 1), "1.jar", ["0.jar", "1.jar"]), ((0,), None, ["0.jar"]), ((1,), "0.jar", [])],
    ids=["a later try", "an earlier try", "before the upload", "a later try has deleted it"],
)
def test_uploads_of_later_tries_are_left(listed: tuple[int, ...], own: str | None, deleted: list[str]) -> None:
    on = script(jars(*listed), jars()).jobs([])
    end(on, jar_id=own)
    assert [sent.removeprefix("DELETE /jars/") for sent in on.sent if sent.startswith("DELETE")] == deleted


def test_the_one_job_of_a_program_does_not_come_once_its_jar_is_deleted() -> None:
    on = script().jobs([])
    ending = end(on, is_marked=False)
    assert ending.sentence.startswith(f"Program {ID} has started no job, and starts none without its jar")
    assert sum(on.pauses) == 1.0


def test_where_the_jar_cannot_be_deleted_the_job_may_turn_up_later() -> None:
    on = script(jars(0)).on("DELETE /jars/0.jar", html(502)).jobs(*[[]] * 12, row("RUNNING"))
    end(on, is_marked=False)
    assert cancelled(on) == [ID]


def test_what_was_ended_is_known_when_the_time_is_over() -> None:
    on = script().jobs([young("RUNNING", FIRST), young("INITIALIZING", SECOND)]).on(CONFIG, mark())
    pending = PendingRun(on.backend, ID, TAG, True, "0.jar")
    flow = end_submission(
        on.backend, pending, how=BY_CANCEL, directory=None, operation_id=OPERATION, turns_up_within=60.0
    )
    ending = on.run(within(flow, on.now + 2, on.clock))
    assert cancelled(on) == [FIRST]
    assert f"Job {FIRST} is being cancelled" in ending.sentence
    assert f"job 'count' ({SECOND}) is INITIALIZING may be of program" in ending.sentence


def test_a_cluster_out_of_reach_is_no_error_of_its_own() -> None:
    on = script().on(JARS, NotReachable)
    assert end(on).sentence.startswith(f"Whether program {ID} has started further jobs is unclear: ")


def test_an_error_about_one_job_keeps_no_other_from_its_end() -> None:
    on = script().jobs([young("RUNNING", FIRST), young("RUNNING", SECOND)]).on(CONFIG, mark())
    on.on(CANCEL, NotReachable, {})
    ending = end(on)
    assert cancelled(on) == [FIRST, SECOND]
    assert f"Whether job {FIRST} was ended is unclear" in ending.sentence or f"Job {FIRST} was not" in ending.sentence


def test_detach_sends_nothing() -> None:
    on = script()
    assert "left as they are, as on_kill='detach' says" in end(on, DETACH).sentence
    assert not on.sent


def test_jobs_are_stopped_where_that_is_chosen() -> None:
    on = script().jobs(*[young("RUNNING", ID)] * 4, young("FINISHED", ID))
    on.on(STATUS, UNKNOWN_OPERATION, UNKNOWN_OPERATION, made("file:/mine/5")).on(STOP, {"request-id": OPERATION})
    ending = end(on, STOP_WITH_SAVEPOINT, is_marked=False)
    assert (on.count(STOP), ending.savepoint_path) == (1, "file:/mine/5")
    assert not cancelled(on)


class TestApplications:
    """Flink 2.3+."""

    def cluster(self, *looks: tuple[str, list[dict[str, Any]]]) -> Script:
        """An application at some moments: its state, and its jobs."""
        on = Script("2.3.0").on(CANCEL_APPLICATION, {}).on(CANCEL, {})
        on.on(APPLICATIONS, *(listed(status, **{"RUNNING": len(jobs)} if jobs else {}) for status, jobs in looks))
        times = {"start-time": 1, "end-time": -1, "duration": 1, "timestamps": {}}
        details = [{"id": ID, "name": "demo", "status": status, "jobs": jobs, **times} for status, jobs in looks]
        on.on("GET /applications/:id", *details)
        return on.jobs(*(jobs for _, jobs in looks))

    def end(self, on: Script, how: str = BY_CANCEL) -> Ending:
        pending = PendingApplication(on.backend, ID, how == STOP_WITH_SAVEPOINT)
        flow = end_submission(on.backend, pending, how=how, directory=None, operation_id=OPERATION, turns_up_within=3.0)
        return on.run(flow)

    def test_one_without_a_job_is_cancelled(self) -> None:
        on = self.cluster(("RUNNING", []))
        assert "was cancelled before the job had begun, as on_kill='cancel' says" in self.end(on).sentence
        assert on.count(CANCEL_APPLICATION) == 1

    def test_a_job_that_it_leaves_running_is_cancelled(self) -> None:
        looks = ("INITIALIZING", "INITIALIZING", "RUNNING")
        on = self.cluster(*(("RUNNING", [young(state, FIRST)]) for state in looks))
        self.end(on)
        assert (on.count(CANCEL_APPLICATION), cancelled(on)) == (1, [FIRST])

    def test_one_that_arrives_late_is_cancelled_as_well(self) -> None:
        on = self.cluster(("RUNNING", []))
        on.on(APPLICATIONS, *[{"applications": []}] * 5, listed("RUNNING"))
        self.end(on)
        assert on.count(CANCEL_APPLICATION) == 1

    def test_jobs_are_stopped_before_it_is_cancelled(self) -> None:
        on = self.cluster(("RUNNING", [young("RUNNING", FIRST)]))
        on.jobs(*[young("RUNNING", FIRST)] * 6, young("FINISHED", FIRST))
        on.on(STATUS, UNKNOWN_OPERATION, UNKNOWN_OPERATION, made("file:/mine/5")).on(STOP, {"request-id": OPERATION})
        ending = self.end(on, STOP_WITH_SAVEPOINT)
        assert (on.count(STOP), ending.savepoint_path, cancelled(on)) == (1, "file:/mine/5", [])
        sent = [one for one in on.sent if one.startswith("POST")]
        assert sent[-1] == f"POST /applications/{ID}/cancel"

    def test_where_it_is_stopped_without_a_job_a_job_that_it_leaves_is_cancelled(self) -> None:
        looks = ("INITIALIZING", "RUNNING")
        on = self.cluster(*(("RUNNING", [young(state, FIRST)]) for state in looks))
        self.end(on, STOP_WITH_SAVEPOINT)
        assert (on.count(CANCEL_APPLICATION), on.count(STOP)) == (1, 0)
        assert set(cancelled(on)) == {FIRST}
