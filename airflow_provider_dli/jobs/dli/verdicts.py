"""DLI's refusals, as errors of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.jobs.errors import BackendTrouble, JobError
from airflow_provider_dli.rest.errors import Refused, RestError

#: What to do about a code.
_ADVICE: Final[Mapping[str, str]] = {
    "DLI.0001": "Check the parameters that it names.",
    "DLI.0002": "Check the names of the queue and of what else the job uses.",
    "DLI.0007": "Look at the job's status first: this is only possible in some.",
    "DLI.0008": "Check the names of the queue and of what else the job uses.",
    "DLI.0011": "Let DLI's agency, or the job's execution_agency_urn, read and write the path.",
    "DLI.1028": "Ask for a higher quota, or end other jobs.",
    "DLI.11016": "Authorize DLI for the bucket first, under Global Configuration in its console.",
    "DLI.13024": "Give the job a queue: queue_name.",
}
#: Codes that may heal by themselves.
_PASSING: Final = frozenset({"DLI.0009", "DLI.0012", "DLI.0019", "DLI.0999", "DLI.10001"})


def is_no(error: RestError) -> bool:
    """Tell whether a change was refused, so that nothing was done."""
    return isinstance(error, Refused) and not error.unclear


def refused(error: RestError, kind: type[JobError], job_id: str | None = None) -> JobError:
    """Return the error for a refused request: the server's own words, and what to do.

    :param error: the refusal.
    :param kind: which error it becomes where DLI itself refuses. A refusal of anything in front of DLI, also of the
        cloud's own gateway, becomes :class:`.BackendTrouble`, and a retry of the task may succeed.
    :param job_id: the job, where there is one.
    """
    code = code_of(error.answer)
    if not code.startswith("DLI."):
        return BackendTrouble(str(error), job_id=job_id, hopeless=False)
    told = " ".join(filter(None, (str(error), _ADVICE.get(code))))
    return kind(told, job_id=job_id, hopeless=code not in _PASSING and error.is_final)
