"""Queues: what jobs run on, how they are scaled and what they are told."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.queues.connectivity import Connectivity
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.queues.plans import Plans
from airflow_provider_dli.local.dli.queues.properties import Properties
from airflow_provider_dli.local.dli.queues.queues import Queues
from airflow_provider_dli.local.dli.services import Services


def routes(services: Services) -> APIRouter:
    """Return the operations on queues; the first queues are there as soon as they are."""
    Directory(services).seed()
    router = APIRouter()
    for operations in (Queues(services), Connectivity(services), Plans(services), Properties(services)):
        router.include_router(operations.routes())
    return router
