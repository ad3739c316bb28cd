"""One task instance, one job, on real clusters: what is counted is jobs."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_dli.jobs.cancel import cancel_job
from airflow_provider_dli.jobs.errors import JobFailed, JobRejected, ProgramFailed, SubmissionUnclear
from airflow_provider_dli.local.demo_jobs import BOUNDED_COUNT, MISBEHAVING, STREAMING_COUNT
from airflow_provider_dli.rest.request import FilePart
from tests.jobs.live import DEMO, POLL, Live
from tests.network.faults import (
    BAD_GATEWAY,
    DROP_ANSWER,
    LATE,
    LOG_IN,
    NO_BACK_END,
    REPEATED,
    TIMED_OUT,
    Fault,
    harming,
)

pytestmark = pytest.mark.live


def test_a_second_try_attaches(live: Live) -> None:
    first, second = live.submit(STREAMING_COUNT), live.submit(STREAMING_COUNT)
    assert [job.id for job in live.new_jobs()] == [first.id] == [second.id]


@pytest.mark.parametrize(
    "program", [(STREAMING_COUNT,), (MISBEHAVING, "--mode", "slow-main", "--seconds", "1")], ids=["quick", "slow main"]
)
def test_two_workers_at_once(live: Live, program: tuple[str, ...]) -> None:
    with ThreadPoolExecutor() as workers:
        submissions = [workers.submit(live.again().submit, *program) for _ in range(2)]
    ids = {submission.result().id for submission in submissions}
    assert {job.id for job in live.new_jobs()} == ids
    assert len(ids) == 1


@pytest.mark.parametrize("fault", [DROP_ANSWER, REPEATED, LATE, BAD_GATEWAY, NO_BACK_END, LOG_IN, TIMED_OUT], ids=str)
def test_an_answer_that_is_lost(live: Live, fault: Fault) -> None:
    run = "run-application" if live.has_applications else "run"
    with harming(live.flink.port, "POST", f"/jars/*/{run}", fault) as wire:
        job = live.again(wire.address, read_timeout=1).submit(STREAMING_COUNT)
    assert [one.id for one in live.new_jobs()] == [job.id]


def test_a_main_that_takes_longer_than_we_wait(live: Live) -> None:
    hasty, program = live.again(read_timeout=0.5), (MISBEHAVING, "--mode", "slow-main", "--seconds", "1")
    if live.has_applications:
        with pytest.raises(SubmissionUnclear, match=r"has not started its job within 0\.5 s, and still runs"):
            hasty.submit(*program)
        job = live.submit(*program)
    else:
        job = hasty.submit(*program)
        assert any("waiting for it to be listed" in told for told in hasty.told), hasty.told
        assert any("No answer within 0.5 s" in told for told in hasty.told), hasty.told
    assert [one.id for one in live.new_jobs()] == [job.id]


def test_after_a_failure_the_next_id_runs(live: Live) -> None:
    first = live.batch("--fail-after", "1")
    with pytest.raises(Exception, match="told to fail after 1 records"):
        live.wait(first.id)
    second = live.batch()
    assert live.wait(second.id).status == "FINISHED"
    assert {job.id for job in live.new_jobs()} == {first.id, second.id}
    assert first.id != second.id


def test_after_a_cancellation_the_next_id_runs(live: Live) -> None:
    first = live.stream()
    live.run(cancel_job(live.backend, job_id=first, poll_interval=POLL))
    second = live.stream()
    assert {job.id: job.status for job in live.new_jobs()} == {first: "CANCELED", second: "RUNNING"}


def test_a_finished_job_is_attached_to(live: Live) -> None:
    first = live.wait(live.batch().id)
    assert live.batch() == first
    assert live.new_jobs() == [first]


BROKEN = FilePart("jarfile", "broken.jar", 9, lambda: io.BytesIO(b"no jar at"))


@pytest.mark.parametrize(
    ("entry_class", "mode", "choices", "words", "hopeless"),
    [
        (BOUNDED_COUNT, "", {"savepoint_path": "/nowhere/savepoint-1"}, "'/nowhere/savepoint-1'.*restore_from", True),
        ("demo.Missing", "", {}, r"demo\.Missing.*Check entry_class", True),
        (BOUNDED_COUNT, "", {"jar": BROKEN}, "The file is no jar", True),
        (MISBEHAVING, "no-execute", {}, r"main\(\) never calls execute", True),
        (MISBEHAVING, "throws", {}, r"told to fail in main\(\)", False),
    ],
    ids=["bad savepoint", "no such class", "no jar", "no execute", "main throws"],
)
def test_a_refusal(
    live: Live, entry_class: str, mode: str, choices: dict[str, object], words: str, hopeless: bool
) -> None:
    jars = live.jars()
    with pytest.raises(JobRejected, match=words) as caught:
        live.submit(entry_class, *(("--mode", mode) if mode else ()), **choices)
    assert caught.value.hopeless is hopeless
    assert {job.status for job in live.new_jobs()} <= {"FAILED"}
    assert live.jars() == jars
    assert live.wait(live.batch().id).status == "FINISHED"


def test_a_main_that_throws_after_execute(live: Live) -> None:
    """Flink 2.3 cancels the job; before, it goes on, and is not taken for a success."""
    if live.has_applications:
        job = live.submit(MISBEHAVING, "--mode", "throws-after-execute")
        with pytest.raises(JobFailed, match=r"cancelled by the cluster: .*told to fail in main\(\), after execute\(\)"):
            live.wait(job.id)
    else:
        with pytest.raises(ProgramFailed, match=r"told to fail in main\(\), after execute\(\)") as caught:
            live.submit(MISBEHAVING, "--mode", "throws-after-execute")
        job = caught.value.jobs[0]
        assert live.wait(job.id, "running")
    assert [one.id for one in live.new_jobs()] == [job.id]


def test_after_a_main_that_threw_the_next_try_runs(live: Live) -> None:
    with pytest.raises(JobRejected):
        live.submit(MISBEHAVING, "--mode", "throws")
    assert live.wait(live.batch().id).status == "FINISHED"


def test_a_jar_of_our_own_does_not_stay(live: Live) -> None:
    jars = live.jars()
    job = live.batch(jar=DEMO)
    assert live.wait(job.id).status == "FINISHED"
    assert live.jars() == jars
