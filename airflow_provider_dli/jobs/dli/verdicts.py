"""DLI's refusals, as errors of jobs."""

from __future__ import annotations

from typing import Final

from airflow_provider_dli.dli.api import code_of
from airflow_provider_dli.jobs.errors import BackendTrouble, JobError
from airflow_provider_dli.rest.errors import Refused, RestError

#: Codes that may heal by themselves.
_PASSING: Final = frozenset({"DLI.0009", "DLI.0012", "DLI.0019", "DLI.0999", "DLI.10001"})


def is_no(error: RestError) -> bool:
    """Tell whether a change was refused, so that nothing was done."""
    return isinstance(error, Refused) and not error.unclear


def refused(error: RestError, kind: type[JobError], job_id: str | None = None) -> JobError:
    """Return the error for a refused request: the server's own words, and the advice on its code.

    :param error: the refusal.
    :param kind: which error it becomes where DLI itself refuses. A refusal of anything in front of DLI, also of the
        cloud's own gateway, becomes :class:`.BackendTrouble`, and a retry of the task may succeed.
    :param job_id: the job, where there is one.
    """
    code = code_of(error.answer)
    if not code.startswith("DLI."):
        return BackendTrouble(str(error), job_id=job_id, hopeless=False)
    return kind(str(error), job_id=job_id, hopeless=code not in _PASSING and error.is_final)
