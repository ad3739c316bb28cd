"""Submitting to a Flink that has applications: ``main`` runs in the background, and what became of it is asked for."""

from __future__ import annotations

import io
from typing import Any

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobFailed, JobForgotten, JobRejected, SubmissionUnclear
from airflow_provider_dli.jobs.look import why_it_ended
from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.jobs.submit import submit_or_attach
from airflow_provider_dli.rest.errors import NoAnswer
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import FilePart
from tests.flink.recordings import recorded
from tests.jobs.script import (
    APPLICATIONS,
    CLUSTER_SETTINGS,
    DELETE_JAR,
    GONE,
    ID,
    IDENTITY,
    SECOND_ID,
    THREADS,
    UPLOAD,
    Script,
    jobmanager,
    listed,
    refusal,
    row,
)

RUN = "POST /jars/demo.jar/run-application"
DETAIL = "GET /applications/:id"
EXCEPTIONS = "GET /applications/:id/exceptions"
JAR = FilePart("jarfile", "demo.jar", 3, lambda: io.BytesIO(b"jar"))
DUPLICATE = recorded("2.3.0", "run-application-applicationId-again").answer
MAIN_THREW = recorded("2.3.0", "application-exceptions-main-throws").answer
NONE: dict[str, Any] = {"applications": []}
NOTHING_FAILED = {"exceptionHistory": {"entries": []}}


def threads(*names: str, stack: str = "java.lang.Thread.sleep") -> dict[str, Any]:
    infos = [{"threadName": name, "stringifiedThreadInfo": f'"{name}" RUNNABLE\n\tat {stack}\n'} for name in names]
    return {"threadInfos": infos}


AT_WORK = threads("flink-pekko.actor.default-dispatcher-13", stack="org.x.PackagedProgram.callMainMethod")


def application(status: str, *jobs: dict[str, Any]) -> dict[str, Any]:
    times = {"start-time": 1, "end-time": -1, "duration": 1, "timestamps": {}}
    return {"id": ID, "name": "demo", "status": status, "jobs": list(jobs), **times}


def script(*looks: Any) -> Script:
    return Script("2.3.0").jobs(*looks).on(RUN, {"applicationid": ID}).on(EXCEPTIONS, NOTHING_FAILED)


def submission(script: Script, jar: str | FilePart = "demo.jar", seconds: float = 30) -> Flow[Job]:
    backend = script.backend
    start = lambda job_id: backend.submit(job_id, jar, Program(), seconds)  # noqa: E731
    return submit_or_attach(backend, Attempt(IDENTITY, "run"), start)


def bodies(script: Script) -> list[Any]:
    return [body for body in script.bodies if body]


def test_the_application_has_the_id_of_its_job() -> None:
    one = script(GONE, row("RUNNING")).on(DETAIL, application("RUNNING", row("RUNNING")))
    assert one.run(submission(one)).status == "RUNNING"
    assert bodies(one) == [{"applicationId": ID, "jobId": ID, "programArgsList": []}]


def test_main_is_waited_for_until_the_job_has_begun() -> None:
    looks = (
        application("RUNNING"),
        application("RUNNING", row("INITIALIZING")),
        application("RUNNING", row("RUNNING")),
    )
    one = script(GONE, row("RUNNING")).on(DETAIL, *looks)
    one.run(submission(one))
    assert one.count(DETAIL) == 3
    assert one.pauses == [0.05, 0.1]


def test_a_lost_answer_is_asked_for_again_and_the_application_found() -> None:
    one = script(GONE, row("RUNNING")).on(RUN, NoAnswer, DUPLICATE)
    one.on(APPLICATIONS, NONE, NONE, listed("RUNNING", RUNNING=1))
    one.on(DETAIL, application("RUNNING", row("RUNNING")))
    one.run(patiently(submission(one), Patience(grace=60, first=1), clock=one.clock))
    assert one.count(RUN) == 2
    assert any("sending it again is safe" in told for told in one.told)
    assert f"Attached to application {ID}, which is RUNNING: an earlier request has started it." in one.told


def test_flink_s_own_word_on_a_program_is_not_taken_for_an_outage() -> None:
    one = script(GONE).on(RUN, recorded("2.3.0", "run-application-wrong-entry").answer)
    with pytest.raises(JobRejected, match="Check entry_class"):
        one.run(patiently(submission(one), Patience(grace=60, first=1), clock=one.clock))
    assert one.count(RUN) == 1


def test_a_second_try_finds_a_main_that_is_at_work() -> None:
    """It sends nothing: another upload would cost the main() at work its jar."""
    one = script(GONE, row("RUNNING")).on(APPLICATIONS, listed("RUNNING"))
    one.on(DETAIL, application("RUNNING"), application("RUNNING", row("RUNNING")))
    assert one.run(submission(one, JAR)).id == ID
    assert (one.count(RUN), one.count(UPLOAD)) == (0, 0)


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING", "FINISHED"])
def test_an_id_whose_application_has_started_no_job_is_used_up(status: str) -> None:
    second = {**application("RUNNING", {**row("RUNNING"), "jid": SECOND_ID}), "id": SECOND_ID}
    one = script(GONE, {**row("RUNNING"), "jid": SECOND_ID}).on(RUN, {"applicationid": SECOND_ID})
    one.on(APPLICATIONS, listed(status)).on(DETAIL, second)
    assert one.run(submission(one)).id == SECOND_ID
    assert [body["jobId"] for body in bodies(one)] == [SECOND_ID]


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING", "FINISHED"])
def test_so_is_one_that_shows_that_only_when_it_is_submitted_again(status: str) -> None:
    second = {**application("RUNNING", {**row("RUNNING"), "jid": SECOND_ID}), "id": SECOND_ID}
    one = script(GONE, {**row("RUNNING"), "jid": SECOND_ID}).on(RUN, DUPLICATE, {"applicationid": SECOND_ID})
    one.on(APPLICATIONS, NONE, NONE, listed(status)).on(DETAIL, second)
    assert one.run(submission(one)).id == SECOND_ID
    assert [body["jobId"] for body in bodies(one)] == [ID, SECOND_ID]


def test_an_application_that_nobody_remembers_is_not_run_again() -> None:
    one = script(GONE).on(RUN, DUPLICATE).on(APPLICATIONS, {"applications": []})
    with pytest.raises(JobForgotten, match="ran before"):
        one.run(submission(one))
    assert one.count(RUN) == 1


def test_a_main_that_throws_is_told_with_its_cause() -> None:
    one = script(GONE).on(DETAIL, application("FAILED")).on(EXCEPTIONS, MAIN_THREW)
    with pytest.raises(JobRejected, match=r"^The program's main\(\) failed: IllegalStateException: probe") as caught:
        one.run(submission(one))
    assert not caught.value.hopeless


def test_a_main_that_runs_no_job_is_told_as_that() -> None:
    one = script(GONE).on(DETAIL, application("FINISHED"))
    with pytest.raises(JobRejected, match=r"The program's main\(\) never calls execute\(\)") as caught:
        one.run(submission(one))
    assert caught.value.hopeless


@pytest.mark.parametrize("status", ["CANCELED", "CANCELING"])
def test_an_application_that_is_cancelled_is_not_waited_for(status: str) -> None:
    one = script(GONE).on(DETAIL, application("RUNNING"), application(status))
    with pytest.raises(JobRejected, match=f"was {status} before it had started a job") as caught:
        one.run(submission(one))
    assert not caught.value.hopeless


def test_a_job_that_cannot_begin_is_a_refusal() -> None:
    """As where its savepoint is not there: with ``/run``, that was refused as well."""
    trace = (
        "org.x.ApplicationExecutionException: Could not execute application.\n\tat a\n"
        "Caused by: org.x.JobInitializationException: Could not start the JobMaster.\n\tat b\n"
        "Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '/nope'\n\tat c\n"
    )
    entry = {"exceptionName": "x", "stacktrace": trace, "timestamp": 1}
    one = script(GONE).on(DETAIL, application("RUNNING", row("FAILED")), application("FAILED", row("FAILED")))
    one.on(EXCEPTIONS, {"exceptionHistory": {"entries": [entry]}})
    with pytest.raises(JobRejected, match="Check restore_from") as caught:
        one.run(submission(one))
    assert caught.value.hopeless


def test_a_job_that_fails_later_on_tells_so_itself() -> None:
    one = script(GONE, row("FAILED")).on(DETAIL, application("FAILED", row("FAILED")))
    assert one.run(submission(one)).status == "FAILED"


def test_a_main_that_takes_too_long_is_not_given_up_for_good() -> None:
    one = script(GONE).on(UPLOAD, {"filename": "/uploads/demo.jar"}).on(DETAIL, application("RUNNING"))
    with pytest.raises(SubmissionUnclear, match="has not started its job within 5 s, and still runs") as caught:
        one.run(submission(one, JAR, seconds=5))
    assert not caught.value.hopeless
    assert DELETE_JAR not in one.sent


@pytest.mark.parametrize("reply", [{"applicationid": ID}, refusal(400, "no")], ids=["started", "refused"])
def test_an_uploaded_jar_is_deleted_once_it_has_served(reply: Any) -> None:
    one = (
        script(GONE, row("RUNNING") if reply == {"applicationid": ID} else GONE)
        .on(UPLOAD, {"filename": "/uploads/demo.jar"})
        .on(RUN, reply)
        .on(DELETE_JAR, {})
    )
    one.on(DETAIL, application("RUNNING", row("RUNNING")))
    try:
        one.run(submission(one, JAR))
    except JobRejected:
        assert reply != {"applicationid": ID}
    assert one.sent.count(DELETE_JAR) == 1


def test_an_uploaded_jar_is_kept_while_main_is_at_work() -> None:
    """Without high availability, each execute() reads it."""
    one = script(GONE, row("RUNNING")).on(UPLOAD, {"filename": "/uploads/demo.jar"}).on(DELETE_JAR, {})
    one.on(DETAIL, application("RUNNING", row("RUNNING"))).on(THREADS, AT_WORK)
    one.run(submission(one, JAR))
    assert one.sent.count(DELETE_JAR) == 0


def test_with_high_availability_flink_keeps_a_copy_of_it() -> None:
    one = script(GONE, row("RUNNING")).on(UPLOAD, {"filename": "/uploads/demo.jar"}).on(DELETE_JAR, {})
    one.on(DETAIL, application("RUNNING", row("RUNNING"))).on(THREADS, AT_WORK)
    one.on(CLUSTER_SETTINGS, [*jobmanager(), {"key": "high-availability.type", "value": "zookeeper"}])
    one.run(submission(one, JAR))
    assert one.sent.count(DELETE_JAR) == 1


def test_an_application_that_cannot_be_asked_for_may_have_started_its_job() -> None:
    one = script(GONE, GONE, row("RUNNING")).on(DETAIL, NoAnswer)
    assert one.run(submission(one)).status == "RUNNING"
    assert one.count(RUN) == 1


class TestWhyItWasCancelled:
    JOB = Job(ID, "count", JobState.CANCELED, "CANCELED")

    def told(self, one: Script) -> str:
        error = one.run(why_it_ended(one.backend, self.JOB))
        assert isinstance(error, JobFailed)
        return str(error)

    def test_its_main_has_failed_while_it_ran(self) -> None:
        one = script().on(APPLICATIONS, listed("FAILED", CANCELED=1)).on(EXCEPTIONS, MAIN_THREW)
        assert "was cancelled by the cluster: The program's main() failed: IllegalStateException" in self.told(one)

    def test_somebody_has_asked_for_it(self) -> None:
        assert "and not by this task" in self.told(script().on(APPLICATIONS, listed("FINISHED", CANCELED=1)))

    def test_an_older_flink_has_no_applications(self) -> None:
        one = Script("2.2.1")
        assert "and not by this task" in self.told(one)
        assert one.count(APPLICATIONS) == 0
