"""The cluster as a whole: ``/config`` and ``/overview``."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.flink.version import Version
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.request import Answer


@dataclass(frozen=True)
class Overview:
    """How big a cluster is and how much of it is free.

    :param version: Flink's version, as the cluster writes it.
    :param taskmanagers: how many TaskManagers are registered.
    :param slots_total: how many slots they have.
    :param slots_available: how many of these are free.
    """

    version: str
    taskmanagers: int
    slots_total: int
    slots_available: int

    @classmethod
    def read(cls, answer: Answer) -> Overview:
        """Read the answer of ``/overview``."""
        told = answer.json()
        return cls(told["flink-version"], told["taskmanagers"], told["slots-total"], told["slots-available"])


def _version(answer: Answer) -> Version:
    return Version.read(answer.json()["flink-version"])


@FLINK.endpoint("GET /config", _version)
def version() -> Parts:
    """Ask for the version of Flink that the cluster runs."""
    return Parts()


@FLINK.endpoint("GET /overview", Overview.read)
def overview() -> Parts:
    """Ask how many TaskManagers and slots there are."""
    return Parts()
