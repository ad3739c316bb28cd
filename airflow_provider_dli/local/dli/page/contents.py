"""What the page shows: jobs, requests, faults, and how to connect."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from airflow_provider_dli.local.dli.faults import Faults
from airflow_provider_dli.local.dli.gateway.reception import RequestLog
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

#: So many of each are shown, the newest first.
_SHOWN: Final = 30

#: Colours of statuses: the first whose pattern is found; what is on its way has the last one.
_COLOURS: Final = (
    (re.compile(r"fail|exception|arrearage_stopped|dead", re.IGNORECASE), "bad"),
    (re.compile(r"init|cancel_success|cancelled", re.IGNORECASE), "idle"),
    (re.compile(r"job_running|running|finish|success", re.IGNORECASE), "good"),
    (re.compile(""), "busy"),
)
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


class Contents:
    """What the page shows.

    :param services: what the emulator knows.
    :param faults: the faults that are asked for.
    :param log: the requests that came.
    """

    def __init__(self, services: Services, faults: Faults, log: RequestLog) -> None:
        self._services = services
        self._faults = faults
        self._log = log

    def all(self) -> dict[str, Any]:
        """Return everything, by the names that the page has for it."""
        return {
            "settings": self._services.settings,
            "flink_jobs": [self._flink_job(job) for job in self._newest("flink_jobs")],
            "spark_batches": [self._spark_batch(batch) for batch in self._newest("spark_batches")],
            "sql_jobs": [self._sql_job(job) for job in self._newest("sql_jobs")],
            "requests": [
                self._request(entry) for entry in self._log.matching(None, re.compile(""))[: -_SHOWN - 1 : -1]
            ],
            "faults": [_fault(fault) for fault in self._faults.waiting()],
        }

    def _newest(self, kind: str) -> list[Document]:
        return self._services.store.kind(kind).all()[: -_SHOWN - 1 : -1]

    def _flink_job(self, job: Document) -> dict[str, Any]:
        return {
            "id": job["job_id"],
            "name": job["name"],
            "type": job["job_type"],
            "queue": job.get("queue_name"),
            "savepoint": job.get("savepoint_path"),
            "reason": job.get("status_desc"),
            "link": self._in_flink((job.get("run") or {}).get("flink_job_id")),
            **self._state(job["status"], job.get("start_time") or job["create_time"]),
        }

    def _spark_batch(self, batch: Document) -> dict[str, Any]:
        return {
            "id": batch["id"],
            "name": batch["name"],
            "file": batch["told"]["file"],
            "queue": batch["queue"],
            **self._state(batch["state"], batch["create_time"]),
        }

    def _sql_job(self, job: Document) -> dict[str, Any]:
        return {
            "id": job["job_id"],
            "type": job["job_type"],
            "statement": job["statement"],
            "queue": job["queue_name"],
            "reason": job["message"],
            "link": self._in_flink(job["flink_job"]),
            **self._state(job["status"], job["start_time"]),
        }

    def _request(self, entry: dict[str, Any]) -> dict[str, Any]:
        path = entry["path"].replace(self._services.settings.project_id, "{project_id}")
        query = f"?{entry['query']}" if entry["query"] else ""
        return {**entry, "path": path + query, "colour": "bad" if (entry["status"] or 599) >= 400 else "good"}

    def _in_flink(self, job_id: str | None) -> str | None:
        address = self._services.settings.flink
        return f"{address.rstrip('/')}/#/job/running/{job_id}/overview" if address and job_id else None

    def _state(self, status: str, since: int) -> dict[str, Any]:
        return {
            "status": status,
            "colour": next(colour for pattern, colour in _COLOURS if pattern.search(status)),
            "since": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(since / 1000)),
            "ago": _ago((self._services.now() - since) / 1000),
        }


def _ago(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "now"


def _fault(fault: dict[str, Any]) -> dict[str, Any]:
    """Return a fault in words: with which requests, how often, and what."""
    beside = {"method", "path", "count"}
    told = [f"{name} {value}" for name, value in fault.items() if name not in beside and value not in (None, False, 0)]
    requests = f"{fault['method'] or 'any'} {fault['path'] or '.*'}"
    return {"requests": requests, "count": fault["count"], "what": ", ".join(told)}
