"""Tests whether a queue reaches an address, a database's for instance, before a job is sent to find out."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts


class Started(Told):
    """A test that has been started.

    :param task_id: its id.
    """

    task_id: int | None = None


class Result(Told):
    """What a test has shown.

    :param connectivity: a word for it; DLI documents none of them.
    """

    connectivity: str | None = None


@DLI.endpoint("POST /v1.0/{project_id}/queues/:queue_name/connection-test", Started.read)
def start(queue_name: str, address: str) -> Parts:
    """Start a test whether a queue reaches an address.

    :param queue_name: the queue's name.
    :param address: the address with its port, as in ``db.example.com:5432`` or ``192.168.0.7:9092``.
    """
    return Parts([queue_name], json={"address": address}, repeatable=True)


@DLI.endpoint("GET /v1.0/{project_id}/queues/:queue_name/connection-test/:task_id", Result.read)
def result(queue_name: str, task_id: int | str) -> Parts:
    """Ask what a test has shown.

    :param queue_name: the queue's name.
    :param task_id: the test's id, as :func:`start` tells it.
    """
    return Parts([queue_name, str(task_id)])
