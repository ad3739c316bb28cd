"""The life of a Flink job: what its next step is, told by what was asked for and what the Flink says."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from airflow_provider_dli.jobs.model import Job, JobState
from airflow_provider_dli.local.dli.flink import FlinkRunner, FlinkTroubleError, NotStartedError
from airflow_provider_dli.local.dli.flink_jobs import programs
from airflow_provider_dli.local.dli.flink_jobs.documents import FlinkJobs
from airflow_provider_dli.local.dli.flink_jobs.orphans import Orphans
from airflow_provider_dli.local.dli.obs import ObjectStore
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_LOG: Final = logging.getLogger(__name__)
_ENDS: Final = {
    JobState.FINISHED: "job_finish",
    JobState.CANCELED: "job_cancel_success",
    JobState.FAILED: "job_running_exception",
}


class Life:
    """Takes jobs one step further.

    A run goes through phases, which are written down before and after each thing that is done outside: whoever picks
    it up after a crash does that thing again, which does no harm.

    :param services: what every group is given.
    :param runner: the Flink.
    """

    def __init__(self, services: Services, runner: FlinkRunner) -> None:
        self._services = services
        self._switches = services.settings.switches
        self._jobs = FlinkJobs(services)
        self._objects = ObjectStore(services.settings.obs)
        self._orphans = Orphans(services)
        self._runner = runner
        self._phases = {
            "accepted": self._accepted,
            "submitting": self._submitting,
            "running": self._running,
            "savepointing": self._savepointing,
            "stopping": self._stopping,
            "canceling": self._canceling,
        }

    def step(self, job: Document, seen: Mapping[str, Job]) -> None:
        """Take a job one step further.

        :param job: the job, which has an active run.
        :param seen: all jobs that the Flink remembers, looked at after the job was.
        :raises FlinkTroubleError: when Flink gave no clear answer; the step is to be taken again.
        """
        self._phases[job["run"]["phase"]](job, seen.get(job["run"]["flink_job_id"]))

    def give_up(self, job: Document, why: str) -> None:
        """End a job that cannot be taken further; what runs of it on the Flink is cancelled.

        :param job: the job, which has an active run.
        :param why: the reason.
        """
        began = job["run"]["began_running"]
        self._orphans.add(job["run"]["flink_job_id"])
        self._end(job, "job_running_exception" if began else "job_submit_fail", why)

    def _accepted(self, job: Document, _: Job | None) -> None:
        if self._passed(job["run"]["asked"], self._switches.run_shows_after):
            afresh = {"start_time": None, "end_time": None, "restart_times": 0}
            self._note(job, {"phase": "submitting"}, status="job_submitting", **afresh)

    def _submitting(self, job: Document, flink_job: Job | None) -> None:
        run = job["run"]
        if flink_job:
            self._note(job, {"phase": "running"})
        elif run["stop"]:
            self._note(job, {"phase": "canceling"}, status="job_canceling")
        elif self._passed(run["asked"], self._switches.run_shows_after + self._switches.slow_start):
            self._submit(job)

    def _submit(self, job: Document) -> None:
        try:
            programs.start(self._services, self._runner, job)
        except NotStartedError as error:
            self._end(job, "job_submit_fail", str(error))
        except FlinkTroubleError as error:
            self._note(job, {}, status_desc=str(error))
            raise
        else:
            self._note(job, {"phase": "running"}, status_desc="")

    def _running(self, job: Document, flink_job: Job | None) -> None:
        run = job["run"]
        if flink_job is None:
            self._end(job, "job_running_exception", "The Flink does not know the job any more: was it restarted?")
        elif flink_job.has_ended:
            self._ended(job, flink_job)
        elif run["savepoint"]:
            self._note(job, {"phase": "savepointing"}, status="job_savepointing")
        elif run["stop"] and self._may_stop(run):
            self._begin_to_stop(job)
        else:
            self._look(job, flink_job)

    def _may_stop(self, run: Document) -> bool:
        # A savepoint needs tasks that run.
        ready = run["began_running"] or not run["stop"]["with_savepoint"]
        return ready and self._passed(run["stop"]["asked"], self._switches.stop_shows_after)

    def _look(self, job: Document, flink_job: Job) -> None:
        """Tell of a job that goes on what its Flink job says."""
        run = job["run"]
        restarting = flink_job.state is JobState.RESTARTING
        if restarting and not run["restarting"]:
            shown = {"status": "job_running_exception"} if self._switches.restarts_show else {}
            self._note(job, {"restarting": True}, restart_times=job["restart_times"] + 1, **shown)
        elif flink_job.all_tasks_run and (run["restarting"] or not run["began_running"]):
            self._began_running(job, flink_job)

    def _began_running(self, job: Document, flink_job: Job) -> None:
        started = self._moment(flink_job.started)
        status = {} if job["run"]["stop_failed"] else {"status": "job_running"}
        first = not job["run"]["began_running"]
        gone = self._drop_savepoint_of_stop(job) if first else {}
        run = {"began_running": True, "restarting": False}
        self._note(job, run, **status, start_time=job["start_time"] or started, **gone)

    def _drop_savepoint_of_stop(self, job: Document) -> dict[str, Any]:
        """Remove the savepoint that the job was stopped with before: that lives until the job has started again."""
        path = job.get("stop_savepoint")
        if not path or not self._switches.stop_savepoint_is_deleted_on_start:
            return {}
        shutil.rmtree(self._objects.path(path), ignore_errors=True)
        if job["savepoint_path"] != path:
            return {"stop_savepoint": None}
        return {"stop_savepoint": None, "savepoint_path": None, "has_savepoint": False}

    def _begin_to_stop(self, job: Document) -> None:
        if job["run"]["stop"]["with_savepoint"]:
            self._note(job, {"phase": "stopping"}, status="job_savepointing")
        else:
            self._note(job, {"phase": "canceling"}, status="job_canceling")

    def _savepointing(self, job: Document, _: Job | None) -> None:
        """Make a savepoint while the job goes on."""
        asked = job["run"]["savepoint"]
        path, failure = self._made(job, asked, stop=False)
        over = path or failure
        if over and self._passed(asked["asked"], self._switches.savepointing_shows):
            made = {"savepoint_path": path, "has_savepoint": True} if path else {}
            self._note(job, {"phase": "running", "savepoint": None}, status="job_running", status_desc=failure, **made)

    def _stopping(self, job: Document, _: Job | None) -> None:
        """Stop the job with a savepoint."""
        stop = job["run"]["stop"]
        path, failure = self._made(job, stop, stop=True)
        if path and self._passed(stop["asked"], self._switches.savepointing_shows):
            made = {"savepoint_path": path, "stop_savepoint": path, "has_savepoint": True}
            self._note(job, {"phase": "canceling"}, status="job_canceling", **made)
        elif failure:
            run = {"phase": "running", "stop": None, "stop_failed": True}
            self._note(job, run, status="job_cancel_fail", status_desc=failure)

    def _made(self, job: Document, asked: Document, *, stop: bool) -> tuple[str | None, str]:
        """Begin a savepoint, or look how far it has come: where it lies, and why it failed, once that is clear."""
        flink_job_id = job["run"]["flink_job_id"]
        if not asked["begun"]:
            return None, self._begin(job, asked, stop)
        operation = self._runner.savepoint(flink_job_id, asked["operation_id"])
        if operation is None:
            return self._found(asked["folder"])
        path = self._objects.address(_local(operation.path)) if operation.path else None
        return path, "" if path else operation.failure or ""

    def _found(self, folder: str) -> tuple[str | None, str]:
        """Look for a savepoint that the Flink has made and forgotten."""
        made = next(self._objects.path(folder).glob("*/_metadata"), None)
        if made:
            return self._objects.address(made.parent), ""
        return None, "The Flink does not know the savepoint any more: was it restarted?"

    def _begin(self, job: Document, asked: Document, stop: bool) -> str:
        """Begin a savepoint, and return why that did not work."""
        folder = self._objects.path(asked["folder"])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._runner.begin_savepoint(job["run"]["flink_job_id"], folder, asked["operation_id"], stop=stop)
        except (NotStartedError, OSError) as error:
            return str(error)
        self._note(job, {"stop" if stop else "savepoint": {**asked, "begun": True}})
        return ""

    def _canceling(self, job: Document, flink_job: Job | None) -> None:
        if flink_job is None or flink_job.state in {JobState.CANCELED, JobState.FINISHED}:
            self._end(job, "job_cancel_success", "", flink_job)
        elif flink_job.has_ended:
            self._ended(job, flink_job)
        elif flink_job.state is not JobState.ENDING:
            self._runner.cancel(flink_job.id)

    def _ended(self, job: Document, flink_job: Job) -> None:
        if flink_job.state is JobState.FAILED:
            failure = self._runner.failure(flink_job.id)
            restarts = max(job["restart_times"], failure.restarts or 0)
            self._end(job, _ENDS[flink_job.state], failure.cause, flink_job, restart_times=restarts)
        else:
            self._end(job, _ENDS[flink_job.state], "", flink_job)

    def _end(self, job: Document, status: str, why: str, flink_job: Job | None = None, **told: Any) -> None:
        ended = flink_job.ended if flink_job else None
        started = flink_job.started if flink_job else None
        times = {
            "start_time": job["start_time"] or (started and self._services.milliseconds(started)),
            "end_time": self._moment(ended),
        }
        self._note(job, {"active": False, "phase": "ended"}, status=status, status_desc=why, **times, **told)

    def _note(self, job: Document, run: Document, **told: Any) -> None:
        """Write down what became of a job; what was asked for meanwhile stays."""

        def change(held: Document) -> None:
            if held["run"] and held["run"]["flink_job_id"] == job["run"]["flink_job_id"]:
                held.update(told)
                held["run"].update(run)

        self._jobs.change(job["job_id"], change)
        _LOG.info("Flink job %s: %s %s", job["job_id"], run, told)

    def _moment(self, of_flink: float | None) -> int:
        """Return a moment of the Flink's by the emulator's clock, in milliseconds; now where there is none."""
        return self._services.milliseconds(of_flink) if of_flink else self._services.now()

    def _passed(self, since: int, seconds: float) -> bool:
        return self._services.now() - since >= seconds * 1000


def _local(address: str) -> Path:
    return Path(unquote(urlsplit(address).path))
