"""Whether a queue reaches an address. It is tried from this machine, where the queue's jobs run."""

from __future__ import annotations

import socket
from typing import Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, text
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_PATIENCE: Final = 2  # seconds


class Connectivity:
    """The operations that try an address.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)
        self._tasks = services.store.kind("connectivity_tasks")

    def routes(self) -> APIRouter:
        """Return the operations."""
        tests = "/v1.0/{project_id}/queues/{queue_name}/connection-test"
        return routed(Operation("POST", tests, self.create), Operation("GET", f"{tests}/{{task_id}}", self.show))

    def create(self, queue_name: str, body: GivenBody) -> Document:
        """Try an address, as in ``kafka.example.com:9092``."""
        address = checked(body, text("address", required=True))["address"]
        name = self._directory.find(queue_name)["queue_name"]
        number = self._tasks.next_number()
        self._tasks.put(number, {"queue_name": name, "connectivity": _tried(*_host_and_port(address))})
        return success(task_id=number)

    def show(self, queue_name: str, task_id: str) -> Document:
        """Show whether an address was reached."""
        name = self._directory.find(queue_name)["queue_name"]
        task = self._tasks.get(task_id)
        if task is None or task["queue_name"] != name:
            raise dli("DLI.0002", f"The queue {name} has no connectivity task {task_id}.")
        return success(connectivity=task["connectivity"])


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and int(port) < 65536):
        raise dli("DLI.0001", f"The parameter address must be host:port; it is {address!r}.")
    return host.strip("[]"), int(port)


def _tried(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError:
        return "UNREACHABLE"
    return "REACHABLE"
