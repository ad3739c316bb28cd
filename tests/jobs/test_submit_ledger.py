"""Starts of a program as the ledger has them: an id whose run was seen is never submitted again."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_dli.flink.program import Program
from airflow_provider_dli.jobs.attempt import Attempt
from airflow_provider_dli.jobs.errors import JobForgotten, JobsNotListed, ProgramFailed, SubmissionUnclear
from airflow_provider_dli.jobs.flink.ways import Submission, Way
from airflow_provider_dli.jobs.ledger import VolatileLedger
from airflow_provider_dli.jobs.program_run import ProgramRun
from airflow_provider_dli.jobs.submit import record_end, record_failure, run_program
from airflow_provider_dli.rest import errors
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.request import FilePart
from tests.flink.recordings import recorded
from tests.jobs.script import (
    CLUSTER_SETTINGS,
    GONE,
    ID,
    IDENTITY,
    NO_JOB,
    OVERVIEW,
    RUN,
    SECOND_ID,
    THREADS,
    UPLOAD,
    Script,
    jobmanager,
    row,
)

JAR = FilePart("jarfile", "demo.jar", 3, lambda: io.BytesIO(b"jar"))
JARS = "GET /jars"
DELETE = "DELETE /jars/older.jar"
DELETE_OWN = "DELETE /jars/own.jar"
TAG = ID
HA = {"high_availability": "zookeeper"}
AT_WORK = {"threadInfos": [{"threadName": "flink-jar-runner-thread-1", "stringifiedThreadInfo": '"main"'}]}
IDLE: dict[str, Any] = {"threadInfos": []}


@pytest.fixture
def attempt() -> Attempt:
    return Attempt(IDENTITY, "run", ledger=VolatileLedger(), is_retry=True)


def run(script: Script, attempt: Attempt, *, is_bounded: bool = True, jar: str | FilePart = "demo.jar") -> ProgramRun:
    def start(program_id: str) -> Flow[ProgramRun | None]:
        tag = None if isinstance(jar, str) else TAG
        return script.backend.submit_program(program_id, Submission(jar, Program(), 30, Way.ONE_JOB, tag))

    return script.run(run_program(script.backend, attempt, start, is_bounded=is_bounded))


def cluster(*looks: Any, process: str = "1", **settings: str) -> Script:
    script = Script("1.20.5").jobs(*looks).on(CLUSTER_SETTINGS, jobmanager(process, **settings))
    return script.on(RUN, {"jobid": ID})


def started(attempt: Attempt) -> Attempt:
    """A first try, which has seen its job run."""
    run(cluster(GONE, row("RUNNING")), attempt)
    return attempt


def test_a_start_is_in_the_ledger_before_its_job_is_listed(attempt: Attempt) -> None:
    with pytest.raises(errors.NotReachable):
        run(cluster().on(OVERVIEW, {"jobs": []}, errors.NotReachable), attempt)
    assert attempt.recall("start")["state"] == "accepted"


def submitted(script: Script) -> list[str]:
    return [body["jobId"] for body in script.bodies if body and "jobId" in body]


def test_the_intent_is_written_before_the_submission_and_the_jobs_after_it(attempt: Attempt) -> None:
    entry = {"id": ID, "state": "submitting", "process": "/tmp/flink-web-1", "job_ids": []}
    with pytest.raises(SubmissionUnclear):
        run(cluster(GONE).on(RUN, errors.NoAnswer), attempt)
    assert attempt.recall("start") == entry
    assert started(attempt).recall("start") == {**entry, "state": "accepted", "job_ids": [ID]}


@pytest.mark.parametrize(
    "script", [cluster(GONE), cluster(GONE, process="2", **HA)], ids=["same JobManager", "high availability"]
)
def test_work_that_has_ended_nobody_knows_how_is_not_repeated(attempt: Attempt, script: Script) -> None:
    """As where a finished job has left the job store, or a fail-over came after its end."""
    with pytest.raises(JobForgotten, match=f"Job {ID} of this task ran before.*clear the task") as caught:
        run(script, started(attempt))
    assert caught.value.hopeless
    assert not submitted(script)


@pytest.mark.parametrize("is_bounded", [False, True])
def test_work_that_is_lost_with_its_jobmanager_is_done_again_under_the_next_id(
    attempt: Attempt, is_bounded: bool
) -> None:
    script = cluster(GONE, row("RUNNING", SECOND_ID), process="2")
    assert run(script, started(attempt), is_bounded=is_bounded).id == SECOND_ID
    assert submitted(script) == [SECOND_ID]


def test_a_stream_that_is_gone_is_started_again_under_the_next_id(attempt: Attempt) -> None:
    script = cluster(GONE, row("RUNNING", SECOND_ID))
    assert run(script, started(attempt), is_bounded=False).id == SECOND_ID


@pytest.mark.parametrize("process", ["1", "2"])
def test_work_that_is_known_to_be_done_is_not_repeated(attempt: Attempt, process: str) -> None:
    done = run(cluster(row("FINISHED")), started(attempt))
    cluster(GONE).run(record_end(attempt, done))
    script = cluster(GONE, process=process)
    found = run(script, attempt)
    assert (found.job_ids, found.has_finished) == ([ID], True)
    assert not submitted(script)


def test_work_that_is_known_to_have_failed_is_done_again(attempt: Attempt) -> None:
    """The job has left the job store meanwhile."""
    cluster(GONE).run(record_failure(started(attempt)))
    script = cluster(GONE, row("RUNNING", SECOND_ID))
    assert run(script, attempt).id == SECOND_ID


def test_a_submission_without_any_trace_is_sent_again_under_its_id(attempt: Attempt) -> None:
    """Where it has run all the same, the cluster refuses the id."""
    with pytest.raises(SubmissionUnclear):
        run(cluster(GONE).on(RUN, errors.NoAnswer), attempt)
    script = cluster(GONE, row("RUNNING"))
    assert run(script, attempt).id == ID
    assert submitted(script) == [ID]


def test_a_job_with_an_id_of_flinks_is_found_by_the_ledger(attempt: Attempt) -> None:
    other = "c" * 32
    entry = {"id": ID, "state": "accepted", "process": "/tmp/flink-web-1", "job_ids": [other]}
    script = cluster(row("RUNNING", other))
    script.run(attempt.record(start=entry))
    assert run(script, attempt).job_ids == [other]
    assert not submitted(script)


class TestTheUploadIsAFence:
    """Whatever an earlier try has sent, it starts nothing once its jar is gone."""

    @staticmethod
    def uploads(*names: str) -> dict[str, Any]:
        return {
            "files": [{"id": f"{name}.jar", "name": f"demo.{TAG}.jar", "uploaded": n} for n, name in enumerate(names)]
        }

    def cluster(self, *looks: Any, jars: dict[str, Any]) -> Script:
        script = cluster(*looks).on(UPLOAD, {"filename": "/uploads/own.jar"}).on(JARS, jars).on(THREADS, IDLE)
        return script.on("POST /jars/own.jar/run", {"jobid": ID}).on(DELETE, {}).on(DELETE_OWN, {})

    def test_its_name_carries_the_tag(self, attempt: Attempt) -> None:
        names: list[str] = []
        script = self.cluster(GONE, row("RUNNING"), jars=self.uploads("own"))
        send = script.send
        script.send = lambda request: names.extend(str(one) for one in request.files) or send(request)  # type: ignore[method-assign,func-returns-value]
        run(script, attempt, jar=replace(JAR, filename="100%+1.jar"))
        assert names == [f"100_1.{TAG}.jar"]
        assert script.count(DELETE_OWN) == 1

    def test_the_jar_of_an_earlier_try_goes_before_the_program_is_run(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, GONE, row("RUNNING"), jars=self.uploads("older", "own"))
        assert run(script, attempt, jar=JAR).id == ID
        assert script.sent.index(DELETE) < script.sent.index("POST /jars/own.jar/run")
        assert script.pauses == [1.0]

    def test_a_job_that_it_has_just_started_is_attached_to(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, row("RUNNING"), jars=self.uploads("older", "own"))
        assert run(script, attempt, jar=JAR).id == ID
        assert script.count("POST /jars/own.jar/run") == 0
        assert script.count(DELETE_OWN) == 1

    def test_while_its_main_is_at_work_it_is_left_alone(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, row("RUNNING"), jars=self.uploads("older", "own")).on(THREADS, AT_WORK, IDLE)
        assert run(script, attempt, jar=JAR).id == ID
        assert script.sent.index(DELETE) > max(n for n, one in enumerate(script.sent) if one == THREADS)

    def test_where_its_main_does_not_end_nothing_is_run(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, jars=self.uploads("older", "own")).on(THREADS, AT_WORK)
        with pytest.raises(SubmissionUnclear, match=r"main\(\) may still be at work after 30 s"):
            run(script, attempt, jar=JAR)
        assert (script.count(DELETE), script.count("POST /jars/own.jar/run")) == (0, 0)

    def test_the_try_that_has_uploaded_last_runs_the_program(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, jars=self.uploads("own", "older"))
        with pytest.raises(SubmissionUnclear, match="Another try of this task is about to start"):
            run(script, attempt, jar=JAR)
        assert (script.count(DELETE), script.count(DELETE_OWN)) == (0, 1)


class TestMarkedJobs:
    """Where Flink chooses the ids, marks tell whose the jobs are, and the fence whether there can be more."""

    CONFIG = "GET /jobs/:id/config"
    OTHER = "c" * 32

    def cluster(self, *looks: Any, jars: dict[str, Any]) -> Script:
        script = TestTheUploadIsAFence().cluster(*looks, jars=jars)
        return script.on("POST /jars/own.jar/run", {"jobid": self.OTHER})

    def configured(self, program_id: str | None) -> dict[str, Any]:
        mark = {"dag_id": "dag", "run_id": "run", "task_id": "task", "identity": "i", "program_id": program_id}
        parameters = {f"airflow.{name}": value for name, value in mark.items()} if program_id else {"own": "1"}
        execution = {"restart-strategy": "none", "job-parallelism": 1, "object-reuse-mode": False}
        return {"jid": self.OTHER, "name": "n", "execution-config": {**execution, "user-config": parameters}}

    def run(self, script: Script, attempt: Attempt) -> ProgramRun:
        what = Submission(JAR, Program(), 30, Way.MARKED, TAG)
        flow = run_program(
            script.backend,
            attempt,
            lambda one: script.backend.submit_program(one, what),
            is_bounded=True,
            marked=True,
            until_submitted=lambda: script.backend.wait_for_earlier(TAG, 30),
        )
        return script.run(flow)

    def of_two(self, *uploads: str) -> Script:
        both = [row("FINISHED", self.OTHER), row("RUNNING", "d" * 32)]
        return self.cluster(both, jars=TestTheUploadIsAFence.uploads(*uploads)).on(self.CONFIG, self.configured(ID))

    def test_a_retry_first_waits_for_the_main_of_a_try_without_a_response(self, attempt: Attempt) -> None:
        """The jobs that exist do not show whether there will be more."""
        script = self.of_two("older").on(THREADS, AT_WORK, AT_WORK, IDLE)
        assert len(self.run(script, attempt).job_ids) == 2
        assert script.sent.index(OVERVIEW) > max(n for n, one in enumerate(script.sent) if one == THREADS)
        assert script.count(THREADS) == 3

    def test_a_main_that_does_not_end_leaves_the_program_to_the_next_try(self, attempt: Attempt) -> None:
        script = self.of_two("older").on(THREADS, AT_WORK)
        with pytest.raises(SubmissionUnclear, match=r"main\(\) may still be at work after 30 s"):
            self.run(script, attempt)

    @pytest.mark.parametrize("uploads", [[], ["older"]])
    def test_with_the_response_or_without_the_upload_its_main_has_returned(
        self, attempt: Attempt, uploads: list[str]
    ) -> None:
        script = self.of_two(*uploads).on(THREADS, AT_WORK)
        if uploads:
            script.run(attempt.record(start={"id": ID, "state": "accepted", "job_ids": [self.OTHER, "d" * 32]}))
        assert len(self.run(script, attempt).job_ids) == 2
        assert script.count(THREADS) == 0

    def test_all_of_a_program_are_found(self, attempt: Attempt) -> None:
        both = [row("RUNNING", self.OTHER), row("RUNNING", SECOND_ID)]
        script = self.cluster(GONE, both, jars=TestTheUploadIsAFence.uploads("own")).on(
            self.CONFIG, self.configured(ID)
        )
        assert set(self.run(script, attempt).job_ids) == {self.OTHER, SECOND_ID}

    def test_a_retry_attaches_to_them(self, attempt: Attempt) -> None:
        script = self.cluster(row("RUNNING", self.OTHER), jars=TestTheUploadIsAFence.uploads("own"))
        assert self.run(script.on(self.CONFIG, self.configured(ID)), attempt).job_ids == [self.OTHER]
        assert script.count(UPLOAD) == 0

    def test_one_that_has_lost_its_mark_is_named(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, row("RUNNING", self.OTHER), jars=TestTheUploadIsAFence.uploads("own"))
        assert self.run(script.on(self.CONFIG, self.configured(None)), attempt).job_ids == [self.OTHER]
        assert f"Job {self.OTHER} does not bear the mark" in " ".join(script.told)

    def test_after_a_start_without_a_response_an_unmarked_job_is_no_strangers_for_sure(self, attempt: Attempt) -> None:
        jars = TestTheUploadIsAFence.uploads("older", "own")
        script = self.cluster(row("RUNNING", self.OTHER), jars=jars).on(self.CONFIG, self.configured(None))
        with pytest.raises(JobForgotten, match="these jobs show no task") as caught:
            self.run(script, attempt)
        assert caught.value.hopeless
        assert script.count("POST /jars/own.jar/run") == 0

    def test_a_lost_response_is_cleared_up_once_main_has_ended(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, row("RUNNING", self.OTHER), jars=TestTheUploadIsAFence.uploads("own"))
        script.on("POST /jars/own.jar/run", errors.NoAnswer).on(THREADS, AT_WORK, IDLE)
        assert self.run(script.on(self.CONFIG, self.configured(ID)), attempt).job_ids == [self.OTHER]
        assert script.sent.index(DELETE_OWN) > max(n for n, one in enumerate(script.sent) if one == THREADS)

    def test_the_response_is_in_the_ledger_where_its_jobs_cannot_be_listed(self, attempt: Attempt) -> None:
        """Else a job that ends and is forgotten before the retry would be run twice: Flink refuses no id of its own."""
        script = self.cluster(GONE, jars=TestTheUploadIsAFence.uploads("own")).on(
            OVERVIEW, {"jobs": []}, errors.NotReachable
        )
        with pytest.raises(JobsNotListed, match="The next try attaches to them"):
            self.run(script, attempt)
        assert attempt.recall("start")["job_ids"] == [self.OTHER]
        later = self.cluster(GONE, jars={"files": []})
        with pytest.raises(JobForgotten, match=f"Job {self.OTHER} of this task ran before"):
            self.run(later, attempt)
        assert later.count(UPLOAD) == 0

    def test_one_that_the_cluster_has_forgotten_at_once_is_the_tasks(self, attempt: Attempt) -> None:
        script = self.cluster(GONE, row("FINISHED", self.OTHER), GONE, jars=TestTheUploadIsAFence.uploads("own"))
        assert self.run(script.on(self.CONFIG, NO_JOB), attempt).job_ids == [self.OTHER]

    def test_a_strangers_job_may_be_forgotten_while_its_mark_is_read(self, attempt: Attempt) -> None:
        """As where the job store is full."""
        jars = TestTheUploadIsAFence.uploads("own")
        script = self.cluster(row("FINISHED", "d" * 32), GONE, row("RUNNING", self.OTHER), jars=jars)
        assert self.run(script.on(self.CONFIG, NO_JOB, self.configured(ID)), attempt).job_ids == [self.OTHER]

    def test_a_program_whose_jobmanager_was_restarted_before_it_responded_is_incomplete(self, attempt: Attempt) -> None:
        """With high availability its jobs come back, and its main() does not."""
        script = self.cluster(GONE, row("RUNNING", self.OTHER), jars=TestTheUploadIsAFence.uploads("own"))
        script.on("POST /jars/own.jar/run", errors.ConnectionLost).on(self.CONFIG, self.configured(ID))
        script.on(CLUSTER_SETTINGS, jobmanager("1", **HA), jobmanager("1", **HA), jobmanager("2", **HA))
        with pytest.raises(ProgramFailed, match="may not have started all of its jobs") as caught:
            self.run(script, attempt)
        assert [job.id for job in caught.value.jobs] == [self.OTHER]
        assert attempt.recall("start")["state"] == "main failed"


class TestMainFailed:
    """Only the response to a submission shows that ``main()`` failed; its jobs may look good."""

    @pytest.fixture
    def failed(self, attempt: Attempt) -> Attempt:
        main_failed = recorded("1.20.5", "run-use-result-detached").answer
        script = cluster(GONE).on(OVERVIEW, {"jobs": []}, errors.NotReachable).on(RUN, main_failed)
        with pytest.raises(ProgramFailed):
            run(script, attempt)
        return attempt

    def test_a_retry_starts_a_new_one_beside_jobs_that_have_finished(self, failed: Attempt) -> None:
        script = cluster(row("FINISHED"), [row("FINISHED"), row("RUNNING", SECOND_ID)])
        assert run(script, failed).id == SECOND_ID
        assert submitted(script) == [SECOND_ID]

    def test_a_retry_fails_with_jobs_that_still_run(self, failed: Attempt) -> None:
        script = cluster(row("RUNNING"))
        with pytest.raises(ProgramFailed, match=r"main\(\) of an earlier try's program failed") as caught:
            run(script, failed)
        assert caught.value.jobs[0].id == ID
        assert not submitted(script)

    def test_jobs_that_only_their_marks_show_cannot_be_listed(self, attempt: Attempt) -> None:
        main_failed = recorded("1.20.5", "run-use-result-detached").answer
        script = cluster(GONE).on(OVERVIEW, {"jobs": []}, errors.NotReachable)
        script.on("POST /jars/own.jar/run", main_failed).on(UPLOAD, {"filename": "/uploads/own.jar"})
        script.on(JARS, {"files": []}).on(DELETE_OWN, {})

        def start(program_id: str) -> Flow[ProgramRun | None]:
            return script.backend.submit_program(program_id, Submission(JAR, Program(), 30, Way.MARKED, TAG))

        with pytest.raises(ProgramFailed, match="cannot be listed") as caught:
            script.run(run_program(script.backend, attempt, start, is_bounded=True, marked=True))
        assert caught.value.job_id == ID
        assert not caught.value.jobs
