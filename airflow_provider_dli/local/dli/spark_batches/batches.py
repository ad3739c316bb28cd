"""The operations on Spark batches."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, only, routed
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, query
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.spark_batches.members import (
    CREATED,
    LIST_QUERY,
    LISTED,
    LOG_QUERY,
    NEW_BATCH,
    SHOWN,
)
from airflow_provider_dli.local.dli.spark_batches.program import Programs
from airflow_provider_dli.local.dli.spark_batches.runs import ACTIVE, Runs, log_file
from airflow_provider_dli.local.dli.store import Document

_MEMORY: Final = re.compile(r"\d+(\.\d+)?\s*[kmgt]b?", re.IGNORECASE)
_SIZES: Final = ("driverMemory", "driverCores", "executorMemory", "executorCores", "numExecutors")


class Batches:
    """The operations on Spark batches.

    :param services: what every group is given.
    :param runs: what runs them.
    """

    def __init__(self, services: Services, runs: Runs) -> None:
        self._services = services
        self._runs = runs
        self._batches = services.store.kind("spark_batches")

    def routes(self) -> APIRouter:
        """Return the operations."""
        every = "/v2.0/{project_id}/batches"
        one = f"{every}/{{batch_id}}"
        return routed(
            Operation("POST", every, self.create),
            Operation("GET", every, self.list_batches),
            Operation("GET", one, self.show),
            Operation("GET", f"{one}/state", self.show_state),
            Operation("GET", f"{one}/log", self.show_log),
            Operation("DELETE", one, self.cancel),
        )

    def create(self, body: GivenBody) -> Document:
        """Create a batch, and begin to run it."""
        told = checked(body, *NEW_BATCH)
        _check(told)
        queue = self._queue(told)
        # What it names is looked up now, so that a wrong name is told at once.
        programs = Programs(self._services)
        for name in (told["file"], *told["jars"], *told["pyFiles"]):
            programs.file(name)
        batch = self._new(told, queue, json.dumps(body))
        self._batches.put(batch["id"], batch)
        self._runs.begin(batch)
        return only(self._with_log(batch), CREATED)

    def list_batches(self, request: Request) -> Document:
        """List batches, the newest first."""
        asked = query(request, *LIST_QUERY)
        wanted = [batch for batch in reversed(self._batches.all()) if _is_wanted(batch, asked)]
        found = _ordered(wanted, asked["order"])
        shown = [only(self._with_log(batch), LISTED) for batch in found[asked["from"] :][: asked["size"]]]
        return {"from": asked["from"], "total": len(found), "sessions": shown, "create_time": None}

    def show(self, batch_id: str) -> Document:
        """Show a batch."""
        return only(self._with_log(self._find(batch_id)), SHOWN)

    def show_state(self, batch_id: str) -> Document:
        """Show a batch's state."""
        return only(self._find(batch_id), ("id", "state"))

    def show_log(self, batch_id: str, request: Request) -> Document:
        """Show what a batch has printed: in its last attempt, or with ``type=driver`` in the one of ``index``."""
        asked = query(request, *LOG_QUERY)
        batch = self._find(batch_id)
        lines = self._lines(batch, asked["index"] if asked["type"] else batch["attempt"])
        start = asked["from"]
        return {"id": batch_id, "from": start, "total": len(lines), "log": lines[start:][: asked["size"]]}

    def cancel(self, batch_id: str) -> Document:
        """Cancel a batch that has not ended."""
        batch = self._find(batch_id)
        if batch["state"] not in ACTIVE:
            raise dli("DLI.0007", f"The batch {batch_id} is {batch['state']}; what has ended cannot be cancelled.")
        self._runs.end(batch_id)
        return {"msg": "deleted"}

    def _find(self, batch_id: str) -> Document:
        batch = self._batches.get(batch_id)
        if batch is None:
            raise dli("DLI.0002", f"There is no batch {batch_id}.")
        return batch

    def _queue(self, told: dict[str, Any]) -> str:
        name = told["queue"] or told["cluster_name"]
        if not name:
            raise dli("DLI.0001", "The parameter queue is mandatory and is missing.")
        return str(Directory(self._services).find(name)["queue_name"])

    def _new(self, told: dict[str, Any], queue: str, body: str) -> Document:
        now = self._services.now()
        by_hand = "CUSTOMIZED" if any(told[name] for name in _SIZES) else "A"
        return {
            **only(told, ("name", "image", "feature", "spark_version")),
            "id": str(uuid.uuid4()),
            "state": "starting",
            "attempt": 0,
            "appId": f"application_{now}_{self._batches.next_number():04}",
            "sc_type": told["sc_type"] or by_hand,
            "cluster_name": queue,
            "queue": queue,
            "create_time": now,
            "update_time": now,
            "owner": self._services.settings.user,
            "kind": "spark",
            "req_body": body,
            "told": told,
        }

    def _with_log(self, batch: Document) -> Document:
        until = self._services.now() if batch["state"] in ACTIVE else batch["update_time"]
        lines = self._lines(batch, batch["attempt"])[-10:]
        return {**batch, "log": lines, "duration": until - batch["create_time"]}

    def _lines(self, batch: Document, attempt: int) -> list[str]:
        file = log_file(self._services, batch["id"], attempt)
        return file.read_text(errors="replace").splitlines() if file.is_file() else []


def _check(told: dict[str, Any]) -> None:
    if told["file"].endswith(".jar") and not told["className"]:
        raise dli("DLI.0001", "The parameter className is mandatory with a jar and is missing.")
    if told["feature"] == "custom" and not told["image"]:
        raise dli("DLI.0001", "The parameter image is mandatory when feature is custom.")
    for name in ("driverMemory", "executorMemory"):
        if told[name] and not _MEMORY.fullmatch(told[name]):
            raise dli("DLI.0001", f"The parameter {name} needs a unit, as in 2G; it is {told[name]!r}.")


def _is_wanted(batch: Document, asked: dict[str, Any]) -> bool:
    wanted = {
        "queue": asked["queue_name"] or asked["cluster_name"],
        "name": asked["job_name"],
        "id": asked["job-id"],
        "state": asked["state"],
    }
    same = all(value is None or batch[name] == value for name, value in wanted.items())
    latest = asked["end"] if asked["end"] is not None else batch["create_time"]
    return same and asked["start"] <= batch["create_time"] <= latest


def _ordered(batches: Sequence[Document], order: str | None) -> Sequence[Document]:
    if order is None:
        return batches
    by_duration = order.startswith("DURATION")
    return sorted(
        batches,
        key=lambda batch: batch["update_time"] - batch["create_time"] if by_duration else batch["create_time"],
        reverse=order.endswith("DESC"),
    )
