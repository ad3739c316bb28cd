"""Spark batches as they run: a process each, started again where the batch is to recover."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local.dli.refusals import Refusal
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.spark_batches.program import BatchProgram, Programs
from airflow_provider_dli.local.dli.store import Document
from airflow_provider_dli.local.errors import LocalError
from airflow_provider_dli.local.process import GuardedProcess

#: The states of a batch that has not ended.
ACTIVE: Final = ("starting", "running", "recovering")

_PATIENCE: Final = 10  # seconds that a batch has to end with the application


class Runs:
    """The batches that run. Those of an emulator that is no more are dead, as their processes are.

    :param services: what remembers the batches.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._batches = services.store.kind("spark_batches")
        self._runs: dict[str, _Run] = {}
        for batch in self._batches.all():
            if batch["state"] in ACTIVE:
                self._batches.put(batch["id"], {**batch, "state": "dead", "update_time": services.now()})

    def begin(self, batch: Document) -> None:
        """Begin a batch that has been stored."""
        run = self._runs[batch["id"]] = _Run(self._services, batch)
        run.thread.start()

    def end(self, batch_id: str) -> None:
        """Tell a batch to end; it is dead as soon as its process is."""
        self._runs[batch_id].end()

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """End all batches when the application ends."""
        yield
        for run in self._runs.values():
            run.end()
        for run in self._runs.values():
            run.thread.join(_PATIENCE)


def log_file(services: Services, batch_id: str, attempt: int) -> Path:
    """Return where a batch's output goes.

    :param services: what knows the folder.
    :param batch_id: the batch.
    :param attempt: how often it was started before.
    """
    return services.settings.folder / "spark_batches" / f"{batch_id}-{attempt}.log"


class _Run:
    def __init__(self, services: Services, batch: Document) -> None:
        self._services = services
        self._batch = batch
        self._lock = threading.Lock()
        self._process: GuardedProcess | None = None
        self._is_to_end = False
        self.thread = threading.Thread(target=self._perform, name=f"spark-batch-{batch['id']}", daemon=True)

    def end(self) -> None:
        with self._lock:
            self._is_to_end = True
            if self._process:
                self._process.end()

    def _perform(self) -> None:
        told = self._batch["told"]
        attempts = 1 + (told["max_retry_times"] if told["auto_recovery"] else 0)
        for attempt in range(attempts):
            if self._has_succeeded(attempt):
                self._change(state="success")
                return
            if self._is_to_end or attempt + 1 == attempts:
                break
            self._change(state="recovering", attempt=attempt + 1)
        self._change(state="dead")

    def _has_succeeded(self, attempt: int) -> bool:
        log = log_file(self._services, self._batch["id"], attempt)
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            process = self._started(Programs(self._services).of(self._batch["told"]), log)
        except (Refusal, LocalError, OSError) as error:
            log.write_text(f"{_words(error)}\n")
            return False
        if process is None:
            return False
        self._change(state="running")
        process.wait()
        return process.exit_code == 0

    def _started(self, program: BatchProgram, log: Path) -> GuardedProcess | None:
        with self._lock:
            if self._is_to_end:
                return None
            self._process = GuardedProcess(program.command, output=log, environment=program.environment)
            return self._process

    def _change(self, **members: Any) -> None:
        changed = {**members, "update_time": self._services.now()}
        self._services.store.kind("spark_batches").update(self._batch["id"], lambda batch: batch.update(changed))


def _words(error: Exception) -> str:
    return str(error.body["error_msg"]) if isinstance(error, Refusal) else str(error)
