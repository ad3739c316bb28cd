"""Advice on the refusals of DLI and of the cloud's gateway, by their codes and by the refused operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_JOBS: Final = "/v1.0/{project_id}/streaming"
_CREATE: Final = (f"POST {_JOBS}/flink-jobs", f"POST {_JOBS}/sql-jobs")
_UPDATE: Final = (f"PUT {_JOBS}/flink-jobs/:job_id", f"PUT {_JOBS}/sql-jobs/:job_id")
_RUN: Final = f"POST {_JOBS}/jobs/run"
_STOP: Final = f"POST {_JOBS}/jobs/stop"
_SAVEPOINT: Final = f"POST {_JOBS}/jobs/:job_id/savepoint"
_IMPORT: Final = f"POST {_JOBS}/jobs/:job_id/import-savepoint"
_DELETE: Final = f"DELETE {_JOBS}/jobs/:job_id"
_BATCHES: Final = ("POST /v2.0/{project_id}/batches", "POST /v1.0/{project_id}/jobs/submit-job")
_REPORT: Final = "POST /v1/{project_id}/edgesrv/job-report"
#: For every operation that a code has no line of its own for.
ANY: Final = ""

#: The gateway's codes for an operation that a region does not have.
NO_SUCH_API: Final = frozenset({"APIGW.0101", "APIGW.0103", "APIG.0101"})
_REGION: Final = "This region does not have this operation. Check region and endpoint in the connection's extra."
_STATUS: Final = "Check the status of the job: only some allow this."
_NAMES: Final = "Check the names of the queue and of what else the job uses."
_AGENCY: Final = "Let DLI's agency, or the job's execution_agency_urn, read and write the path."

#: The only table of advice on DLI's codes: first by code, then by operation.
ADVICE: Final[Mapping[str, Mapping[str, str]]] = {
    **{code: {ANY: _REGION} for code in NO_SUCH_API},
    "DLI.0001": {
        ANY: "Check the parameters that it names.",
        _RUN: "Check the settings of the job that it names.",
        _SAVEPOINT: "Check savepoint_directory: it must be bucket/folder, in a bucket that DLI may write to.",
        _IMPORT: "Check the path of the savepoint: it must be bucket/folder.",
        _REPORT: "Check jobs: each needs a job_id that exists, a status of DLI's and create_time.",
    },
    "DLI.0002": {
        **dict.fromkeys((*_CREATE, *_UPDATE, *_BATCHES), _NAMES),
        _RUN: "Check the queue of the job; resume_savepoint needs a savepoint that still exists.",
        _SAVEPOINT: "Check savepoint_directory, and that the job exists.",
        _IMPORT: "Check the path of the savepoint: its folder must exist and hold the file _metadata.",
    },
    "DLI.0007": {
        ANY: _STATUS,
        **dict.fromkeys(_CREATE, "Check whether the settings of the job fit together."),
        **dict.fromkeys(_UPDATE, "Stop the job before these settings are changed."),
        _RUN: "Check the status of the job, and its run_mode: open-source SQL needs exclusive_cluster.",
        _STOP: "Check the status of the job: it may have ended.",
        _SAVEPOINT: "Check the status of the job: only one that runs can make a savepoint.",
        _IMPORT: "Check the status of the job: stop it before a savepoint is imported.",
        _DELETE: "Check the status of the job: stop it before it is deleted.",
    },
    "DLI.0008": dict.fromkeys((*_CREATE, *_UPDATE, *_BATCHES, _RUN), _NAMES),
    "DLI.0011": {ANY: _AGENCY},
    "DLI.1028": {ANY: "Ask for a higher quota, or end other jobs."},
    "DLI.11016": {ANY: "Authorize DLI for the bucket first, under Global Configuration in its console."},
    "DLI.13024": {ANY: "Give the job a queue: queue_name."},
}


def advice(code: str, operation: str) -> str:
    """Return what to do about a refusal; empty where nothing is known about it.

    :param code: the code, as in ``DLI.0007``.
    :param operation: method and path template of the refused operation.
    """
    lines = ADVICE.get(code, {})
    return lines.get(operation) or lines.get(ANY, "")
