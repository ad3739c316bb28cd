"""Submit or attach: one task instance, one job."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import BackendTrouble, JobForgotten, JobRejected, ProgramFailed, SubmissionUnclear
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.model import Job
from airflow_provider_dli.jobs.outcome import as_job_error
from airflow_provider_dli.jobs.submit import LOOKS_AFTER_UNCLEAR, submit_or_attach
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.errors import RestError
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.patience import Patience, patiently
from airflow_provider_dli.rest.request import FilePart
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CHECKPOINTS,
    DELETE_JAR,
    GONE,
    ID,
    IDENTITY,
    JOB_IDS,
    OVERVIEW,
    RUN,
    SECOND_ID,
    STATUS,
    UNKNOWN_OPERATION,
    UPLOAD,
    VERSION,
    Script,
    answer,
    broken,
    checkpoint,
    history,
    html,
    made,
    refusal,
    row,
    savepoint,
    stopping,
)

JAR = FilePart("jarfile", "demo.jar", 3, lambda: io.BytesIO(b"jar"))
UPLOADED = {"filename": "/uploads/demo.jar"}
STARTED = {"jobid": ID}


FIRST_TRY = Attempt(IDENTITY, "run")
OWN = replace(FIRST_TRY, owns_job=True)
KILLED = replace(OWN, stopped_by_kill=True)
CLEARED = replace(OWN, identity=replace(IDENTITY, generation="cleared"), earlier=(IDENTITY,))


def submission(
    script: Script, jar: str | FilePart = "demo.jar", attempt: Attempt = FIRST_TRY, program: Program | None = None
) -> Flow[Job]:
    backend = script.backend

    def start(job_id: str) -> Flow[object]:
        return backend.submit(job_id, jar, program or Program(), 30)

    return submit_or_attach(backend, replace(attempt, ledger=VolatileLedger()), start)


def submit(script: Script, jar: str | FilePart = "demo.jar") -> Job:
    return script.run(submission(script, jar))


def submitted_ids(script: Script) -> list[str]:
    return [body["jobId"] for body in script.bodies if body]


def test_a_new_job() -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, STARTED)
    assert submit(script).status == "RUNNING"
    assert submitted_ids(script) == [ID]


def test_a_new_job_that_the_cluster_loses_at_once() -> None:
    """As where the JobManager dies then: the next try may submit it again."""
    script = Script().jobs(GONE).on(RUN, STARTED)
    with pytest.raises(JobForgotten, match=f"Last seen: job {ID} is just submitted") as caught:
        submit(script)
    assert not caught.value.hopeless


@pytest.mark.parametrize(
    "state", ["INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "RECONCILING", "SUSPENDED", "FINISHED", "NEWER"]
)
def test_attaches_to_the_job_of_an_earlier_try(state: str) -> None:
    script = Script().jobs(row(state))
    assert submit(script).status == state
    assert script.sent == [OVERVIEW, VERSION]
    assert script.told[0].startswith("Attached: job 'count'")


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED"])
def test_a_job_of_a_deleted_run_with_the_same_id_is_left_alone(state: str) -> None:
    script = Script().jobs(_aged(state, 60), row("RUNNING", SECOND_ID)).on(RUN, {"jobid": SECOND_ID})
    assert script.run(submission(script, attempt=_in_a_run_of(10))).id == SECOND_ID
    assert submitted_ids(script) == [SECOND_ID]
    assert "it was started before this task was cleared or its DAG run made" in script.told[0]


def test_a_job_that_is_younger_than_the_run_is_this_tasks() -> None:
    """Should a first try ever come twice, the second one attaches."""
    script = Script().jobs(_aged("RUNNING", 9))
    assert script.run(submission(script, attempt=_in_a_run_of(10))).id == ID
    assert script.sent == [OVERVIEW, VERSION]


def _aged(state: str, seconds: float) -> dict[str, Any]:
    return {**row(state), "duration": int(seconds * 1000)}


def _in_a_run_of(seconds: float) -> Attempt:
    """The very first try, in a DAG run that began so long ago; another Airflow may have had the same ids."""
    return replace(FIRST_TRY, run_age=lambda: seconds, is_first=True)


def test_a_job_that_was_stopped_because_an_earlier_try_was_killed_has_not_done_its_work() -> None:
    script = Script().jobs(row("FINISHED"), row("RUNNING", SECOND_ID)).on(RUN, {"jobid": SECOND_ID})
    script.on(STATUS, made(f"s3://bucket/{IDENTITY.kill_id}/savepoint-1"))
    assert script.run(submission(script, attempt=KILLED)).id == SECOND_ID
    assert "it was stopped, as by a kill or a time-out; starting a new one" in script.told[0]


def test_such_a_stop_is_known_by_its_savepoint_once_the_cluster_has_forgotten_it() -> None:
    """After five minutes: Airflow's default delay of a retry."""
    script = Script().jobs(row("FINISHED"), row("RUNNING", SECOND_ID)).on(STATUS, UNKNOWN_OPERATION)
    script.on(CHECKPOINTS, history(stopping(8), checkpoint(7))).on(RUN, {"jobid": SECOND_ID})
    assert script.run(submission(script, attempt=replace(KILLED, is_retry=True))).id == SECOND_ID
    assert "it was stopped, as by a kill or a time-out; starting a new one" in script.told[0]


@pytest.mark.parametrize(
    ("attempt", "stop", "checkpoints"),
    [
        (OWN, made(), (stopping(8),)),
        (KILLED, UNKNOWN_OPERATION, (stopping(8),)),
        (KILLED, made(), ()),
        (replace(KILLED, is_retry=True), broken("Disk full"), ()),
        (replace(KILLED, is_retry=True), UNKNOWN_OPERATION, ()),
        (replace(KILLED, is_retry=True), UNKNOWN_OPERATION, (savepoint(8), checkpoint(7))),
        (replace(KILLED, is_retry=True), UNKNOWN_OPERATION, (stopping(8, "FAILED"),)),
    ],
    ids=[
        "a kill stops nothing",
        "no try was killed",
        "no try was killed yet",
        "failed",
        "none",
        "a savepoint of a job that went on",
        "in vain",
    ],
)
def test_a_job_that_has_finished_by_itself_has(attempt: Attempt, stop: Any, checkpoints: Any) -> None:
    script = Script().jobs(row("FINISHED")).on(STATUS, stop).on(CHECKPOINTS, history(*checkpoints))
    assert script.run(submission(script, attempt=attempt)).id == ID
    assert script.count(RUN) == 0


def test_a_job_from_before_a_clear_that_still_runs_is_told_of() -> None:
    script = after_a_clear("RUNNING")
    assert script.run(submission(script, attempt=CLEARED)).id == CLEARED.ids[0]
    assert script.told[0].startswith(f"Beware: job 'count' ({SECOND_ID}) is RUNNING")


def test_a_job_from_before_a_clear_that_has_ended_is_not() -> None:
    script = after_a_clear("FAILED")
    assert script.run(submission(script, attempt=CLEARED)).id == CLEARED.ids[0]
    assert not any(told.startswith("Beware") for told in script.told)


def test_a_job_that_takes_anothers_place_is_not_said_to_run_beside_it() -> None:
    script = after_a_clear("RUNNING", looks=1)
    assert script.run(submission(script, attempt=replace(CLEARED, owns_job=False))).id == CLEARED.ids[0]
    assert not any(told.startswith("Beware") for told in script.told)


def after_a_clear(state: str, looks: int = 2) -> Script:
    """A cluster with a job from before a clear, and after so many looks with the new one."""
    older, new = row(state, SECOND_ID), row("RUNNING", CLEARED.ids[0])
    return Script().jobs(*[older] * looks, new).on(RUN, {"jobid": new["jid"]})


@pytest.mark.parametrize(
    ("looks", "next_id"),
    [
        ([row("FAILED")], SECOND_ID),
        ([row("CANCELED")], SECOND_ID),
        ([row("CANCELLING"), row("CANCELLING"), row("CANCELED")], SECOND_ID),
        ([row("FAILING"), row("FAILED")], SECOND_ID),
        ([[row("FAILED"), row("FAILED", SECOND_ID)]], JOB_IDS[2]),
        ([row("FAILED", JOB_IDS[2])], JOB_IDS[3]),
    ],
    ids=["failed", "cancelled", "being cancelled", "failing", "both failed", "the first ones forgotten"],
)
def test_a_bad_end_uses_up_an_id(looks: list[Any], next_id: str) -> None:
    script = Script().jobs(*looks, row("RUNNING", next_id)).on(RUN, STARTED)
    assert submit(script).id == next_id
    assert submitted_ids(script) == [next_id]


def test_attaches_to_the_second_job_when_the_first_is_forgotten() -> None:
    script = Script().jobs(row("RUNNING", SECOND_ID))
    assert submit(script).id == SECOND_ID
    assert script.sent == [OVERVIEW, VERSION]


def test_one_that_was_failing_and_recovered_is_attached_to() -> None:
    script = Script().jobs(row("FAILING"), row("RUNNING"))
    assert submit(script).id == ID
    assert script.count(RUN) == 0


@pytest.mark.parametrize("version", ["1.9.3", "1.10.3", "1.11.4", "1.14.6", "1.20.5", "2.2.1", "2.3.0"])
def test_attaches_to_a_duplicate(version: str) -> None:
    said = recorded(version, "jobid-again-while-running").answer
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, said)
    assert submit(script).id == ID
    assert script.count(RUN) == 1


@pytest.mark.parametrize("version", ["1.9.3", "1.20.5", "2.3.0"])
def test_a_duplicate_that_nobody_remembers(version: str) -> None:
    """It may have done its work: that is for a person to look at."""
    script = Script().jobs(GONE).on(RUN, recorded(version, "jobid-again-while-running").answer)
    with pytest.raises(JobForgotten, match=f"Job {ID} of this task ran before.*clear the task") as caught:
        submit(script)
    assert caught.value.hopeless
    assert script.count(RUN) == 1


@pytest.mark.parametrize("look", [GONE, row("FAILED")], ids=["no record", "a failed record"])
@pytest.mark.parametrize(
    ("version", "name", "words", "hopeless"),
    [
        ("1.20.5", "run-bad-savepoint-path", "Cannot find checkpoint or savepoint .*Check restore_from", True),
        ("2.3.0", "run-bad-savepoint-path", "Cannot find checkpoint or savepoint .*Check restore_from", True),
        ("2.3.0", "run-from-savepoint-state-mismatch", "allow_non_restored_state", True),
        ("1.20.5", "run-wrong-entry-class", "Check entry_class", True),
        ("2.3.0", "run-jar-not-zip", "The file is no jar", True),
        ("2.3.0", "run-main-no-execute", "never calls execute", True),
        ("2.3.0", "run-main-throws", r"^The program's main\(\) failed: .*The JobManager's log has the rest", False),
        ("1.10.3", "run-main-throws", r"^The program's main\(\) failed: .*The JobManager's log has the rest", False),
    ],
)
def test_a_refusal_tells_the_cause(look: Any, version: str, name: str, words: str, hopeless: bool) -> None:
    script = Script().jobs(GONE, look).on(RUN, recorded(version, name).answer)
    with pytest.raises(JobRejected, match=words) as caught:
        submit(script)
    assert caught.value.hopeless is hopeless
    assert script.count(RUN) == 1
    assert not script.pauses


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED"])
def test_a_main_that_fails_after_it_has_started_a_job_is_no_success(state: str) -> None:
    script = Script().jobs(GONE, row(state)).on(RUN, recorded("2.3.0", "run-use-result-detached").answer)
    with pytest.raises(ProgramFailed, match=r"^The program's main\(\) failed: .* execution.attached") as caught:
        submit(script)
    assert [job.status for job in caught.value.jobs] == [state]
    assert caught.value.hopeless


def test_a_main_that_fails_is_no_success_where_its_jobs_cannot_be_listed() -> None:
    """The response to the submission is the only one that has this: the job itself looks good, now and later."""
    script = Script().on(OVERVIEW, {"jobs": []}, errors.NotReachable)
    script.on(RUN, recorded("2.3.0", "run-use-result-detached").answer)
    with pytest.raises(ProgramFailed, match=r"(?s)^The program's main\(\) failed: .* cannot be listed") as caught:
        submit(script)
    assert [job.id for job in caught.value.jobs] == [ID]


def test_a_refusal_where_another_try_has_started_the_job_attaches_to_it() -> None:
    """As where that try has deleted the jar of this one, whose worker was suspended."""
    gone = recorded("2.3.0", "run-unknown-jar").answer
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, gone)
    assert submit(script).status == "RUNNING"
    assert script.told[-1].endswith("attached to it.")


@pytest.mark.parametrize("look", [GONE, row("FAILED")], ids=["no record", "a failed record"])
def test_an_upload_that_is_gone_before_it_is_run_is_worth_a_retry(look: Any) -> None:
    script = Script().jobs(GONE, look).on(UPLOAD, UPLOADED).on(RUN, recorded("2.2.1", "run-unknown-jar").answer)
    with pytest.raises(SubmissionUnclear, match=r"(?s)was gone before it could be run.*web\.upload\.dir") as caught:
        submit(script, JAR)
    assert not caught.value.hopeless
    # A failed job under its id shows that another try has run the program.
    assert script.count(UPLOAD) == (2 if look is GONE else 1)


@pytest.mark.parametrize("version", ["1.20.5", "2.2.1"])
def test_an_upload_that_the_new_leader_lacks_is_repeated(version: str) -> None:
    script = Script(version).jobs(GONE, GONE, row("RUNNING")).on(UPLOAD, UPLOADED).on(DELETE_JAR, {})
    script.on(RUN, recorded("2.2.1", "run-unknown-jar").answer, STARTED)
    assert submit(script, JAR).status == "RUNNING"
    assert (script.count(UPLOAD), script.count(RUN), script.count(DELETE_JAR)) == (2, 2, 1)
    assert any("uploading it again" in line for line in script.told)


def test_an_upload_that_another_try_has_deleted_leaves_its_job_to_attach_to() -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(UPLOAD, UPLOADED)
    script.on(RUN, recorded("2.2.1", "run-unknown-jar").answer)
    assert submit(script, JAR).status == "RUNNING"
    assert any("The jar of this try is gone" in line for line in script.told)


UNCLEAR = {
    "no answer in time": errors.NoAnswer,
    "connection lost": errors.ConnectionLost,
    "a proxy's 502": html(502),
    "a proxy's 500": html(500),
    "a proxy's 503": html(503),
    "a proxy's 408": html(408),
    "Flink ran out of time": refusal(500, "java.util.concurrent.TimeoutException: Invocation timed out"),
    "a login page": html(200),
}


@pytest.mark.parametrize("reply", UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.parametrize("state", ["RUNNING", "FAILED"])
def test_after_an_unclear_answer_it_looks_until_the_job_shows_up(reply: Any, state: str) -> None:
    script = Script().jobs(GONE, GONE, GONE, GONE, row(state)).on(RUN, reply)
    assert submit(script).status == state
    assert script.count(RUN) == 1
    assert script.pauses == [*LOOKS_AFTER_UNCLEAR[:3]]


@pytest.mark.parametrize("reply", UNCLEAR.values(), ids=UNCLEAR)
def test_after_an_unclear_answer_it_never_submits_again(reply: Any) -> None:
    script = Script().jobs(GONE).on(RUN, reply)
    with pytest.raises(SubmissionUnclear, match=f"no job {ID} within 62 s: .* The next try looks for it") as caught:
        submit(script)
    assert not caught.value.hopeless
    assert script.count(RUN) == 1
    assert script.pauses == [*LOOKS_AFTER_UNCLEAR]


@pytest.mark.parametrize(
    ("operation", "reply", "kind"),
    [
        (RUN, errors.NotReachable, errors.NotReachable),
        (RUN, errors.NotTrusted, errors.NotTrusted),
        (RUN, refusal(401, "Who are you?"), errors.NotAuthenticated),
        (RUN, refusal(403, "You may not."), errors.Forbidden),
        (RUN, refusal(429, "Slowly."), errors.TooManyRequests),
        (RUN, refusal(308, "Over there."), errors.Redirected),
        (VERSION, errors.NoAnswer, errors.NoAnswer),
        (VERSION, html(502), errors.ServerError),
        (UPLOAD, errors.ConnectionLost, BackendTrouble),
        (UPLOAD, html(502), BackendTrouble),
    ],
)
def test_what_was_not_sent_is_not_looked_for(operation: str, reply: Any, kind: type[Exception]) -> None:
    script = Script().jobs(GONE).on(UPLOAD, UPLOADED).on(DELETE_JAR, {}).on(operation, reply)
    with pytest.raises(kind):
        submit(script, JAR)
    assert script.count(OVERVIEW) == 1


ELECTION = refusal(503, "Service temporarily unavailable due to an ongoing leader election. Please refresh.")


@pytest.mark.parametrize("version", ["1.20.5", "2.3.0"])
def test_an_election_of_half_a_minute_is_no_reason_to_fail(version: str) -> None:
    """Flink answers so before it has taken the request: nothing can have started."""
    run = "POST /jars/demo.jar/run-application" if version == "2.3.0" else RUN
    reply = {"applicationid": ID} if version == "2.3.0" else STARTED
    script = Script(version).jobs(GONE, row("RUNNING")).on(UPLOAD, *[ELECTION] * 3, UPLOADED).on(DELETE_JAR, {})
    script.on(run, *[ELECTION] * 5, reply).on("GET /applications/:id", running_application())
    assert script.run(patiently(submission(script, JAR), Patience(), script.clock)).id == ID
    assert (script.count(UPLOAD), script.count(run)) == (4, 6)
    assert script.pauses[:8] == [0.5, 1, 2, 0.5, 1, 2, 4, 8]


def running_application() -> dict[str, Any]:
    times = {"start-time": 1, "end-time": -1, "duration": 1, "timestamps": {}}
    return {"id": ID, "name": "demo", "status": "RUNNING", "jobs": [row("RUNNING")], **times}


@pytest.mark.parametrize("lost", [errors.ConnectionLost, errors.NoAnswer, html(502)], ids=str)
def test_an_upload_whose_answer_is_lost_is_repeated(lost: Any) -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(UPLOAD, lost, UPLOADED).on(RUN, STARTED).on(DELETE_JAR, {})
    assert script.run(patiently(submission(script, JAR), Patience(), script.clock)).id == ID
    assert script.count(UPLOAD) == 2


@pytest.mark.parametrize("reply", [html(404), html(401), html(429), refusal(503, "leader election")], ids=str)
def test_a_submission_that_a_gateway_has_not_passed_on_is_repeated(reply: Any) -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, reply, STARTED)
    assert script.run(patiently(submission(script), Patience(), script.clock)).id == ID
    assert (script.count(RUN), script.count(OVERVIEW)) == (2, 2)


@pytest.mark.parametrize("reply", [html(400), html(413)], ids=str)
def test_a_submission_that_a_gateway_refuses_is_worth_a_retry_of_the_task(reply: Any) -> None:
    script = Script().jobs(GONE).on(RUN, reply)
    with pytest.raises(RestError) as caught:
        script.run(patiently(submission(script), Patience(), script.clock))
    assert not as_job_error(caught.value).hopeless
    assert (script.count(RUN), script.count(OVERVIEW)) == (1, 1)


def test_a_cluster_that_takes_no_programs() -> None:
    """As with ``web.submit.enable: false``, or in application mode."""
    script = Script().jobs(GONE).on(UPLOAD, refusal(400, "POST request not allowed"))
    with pytest.raises(BackendTrouble, match=r"takes no programs through its REST API") as caught:
        submit(script, JAR)
    assert caught.value.hopeless


def test_an_upload_that_is_refused() -> None:
    said = refusal(400, "org.apache.flink.runtime.rest.handler.RestHandlerException: Only Jar files are allowed.")
    script = Script().jobs(GONE).on(UPLOAD, said)
    with pytest.raises(BackendTrouble, match=r"^demo.jar was not uploaded: .* Only Jar files are allowed") as caught:
        submit(script, JAR)
    assert caught.value.hopeless


@pytest.mark.parametrize(
    ("reply", "deletions"),
    [
        (answer(STARTED), 1),
        (recorded("2.3.0", "run-wrong-entry-class").answer, 1),
        (errors.NoAnswer, 0),
        (html(502), 0),
    ],
    ids=["started", "refused", "no answer", "a proxy's 502"],
)
def test_an_uploaded_jar_is_deleted_once_it_has_served(reply: Any, deletions: int) -> None:
    """While main() may still be at work, it is needed."""
    script = Script().jobs(GONE, row("RUNNING")).on(UPLOAD, UPLOADED).on(RUN, reply).on(DELETE_JAR, {})
    assert submit(script, JAR).id == ID
    assert script.count(DELETE_JAR) == deletions


def test_a_jar_that_cannot_be_deleted_is_no_failure() -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(UPLOAD, UPLOADED).on(RUN, STARTED)
    script.on(DELETE_JAR, refusal(400, "File demo.jar does not exist."))
    assert submit(script, JAR).id == ID
    assert any("The uploaded jar demo.jar could not be deleted: The server answered 400" in one for one in script.told)


@pytest.mark.parametrize(("path", "state"), [(None, "without initial state"), ("s3://s/1", "from s3://s/1")])
def test_the_log_has_what_is_submitted_from_which_state_and_what_it_became(path: str | None, state: str) -> None:
    """The program before the request: this process may end before it gets the response."""
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, STARTED)
    script.run(submission(script, program=Program(entry_class="demo.Count", savepoint_path=path)))
    assert script.told == [
        f"Submitting demo.jar (demo.Count), {state}, as {ID}.",
        f"Submitted: job 'count' ({ID}) is RUNNING, tasks: 2 running.",
    ]


@pytest.mark.parametrize(
    ("reply", "submissions"), [(errors.NotReachable, 3), (refusal(429, "Slowly."), 3), (html(502), 1)]
)
def test_patience_repeats_a_submission_only_if_nothing_was_sent(reply: Any, submissions: int) -> None:
    script = Script().jobs(GONE, row("RUNNING")).on(RUN, reply, reply, STARTED)
    assert script.run(patiently(submission(script), Patience(), script.clock)).id == ID
    assert script.count(RUN) == submissions
