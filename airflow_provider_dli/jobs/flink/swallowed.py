"""Jobs that Flink before 2.3 does not start, as their program has started another one under the same id.

A program that is run under the id of its one job, and starts a second one in another environment, gets the first one
back. Neither the response nor the list of jobs shows that. Only the JobManager's log does.
"""

from __future__ import annotations

from dataclasses import replace

from airflow_provider_dli.flink.endpoints import jobmanager
from airflow_provider_dli.flink.gate import Gate
from airflow_provider_dli.rest.flow import Flow, remark
from airflow_provider_dli.rest.request import Answer, Request

# Flink sends a log as a whole; a larger one costs more than the check is worth.
_LARGEST_LOG = 32 * 1024 * 1024
_UNCHECKED = (
    "Whether the program starts further jobs was not checked in the JobManager's log "
    "(set several_jobs to True where it does, and else to False)"
)


def can_be_known(gate: Gate) -> Flow[bool]:
    """Return whether the JobManager's log can be read, so that lost jobs show there.

    :param gate: the cluster.
    """
    listed = yield from gate.probe(jobmanager.logs(), "The JobManager's logs cannot be listed")
    sizes = [file.size for file in listed.logs if file.name.endswith(".log")] if listed else []
    return 0 < max(sizes, default=0) <= _LARGEST_LOG


def is_incomplete(gate: Gate, job_id: str) -> Flow[bool]:
    """Return whether a program has lost jobs, as they had the id of its first one; False where nobody can tell.

    :param gate: the cluster.
    :param job_id: the id.
    """
    if (yield from gate.dialect()).has_applications:
        # There, such a program fails.
        return False
    if not (yield from can_be_known(gate)):
        yield from remark(f"{_UNCHECKED}: it cannot be read, or is larger than {_LARGEST_LOG >> 20} MB.")
        return False
    request: Request[str] = jobmanager.log()
    log = yield from gate.probe(replace(request, decode=_text), _UNCHECKED)
    return log is not None and f"Job {job_id} was recovered successfully" in log


def _text(answer: Answer) -> str:
    """Return a log; JSON is none, whatever has sent it.

    :raises ValueError: when it is JSON.
    """
    if "json" in answer.headers.get("content-type", ""):
        raise ValueError("JSON, and not a log")
    return answer.text
