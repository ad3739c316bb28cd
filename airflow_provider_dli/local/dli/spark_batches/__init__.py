"""Spark batches: programs that run to their end, here as simple processes on this machine."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.spark_batches.batches import Batches
from airflow_provider_dli.local.dli.spark_batches.runs import Runs


def routes(services: Services) -> APIRouter:
    """Return the operations on Spark batches; what runs ends with the application."""
    runs = Runs(services)
    router = APIRouter(lifespan=runs.lifespan)
    router.include_router(Batches(services, runs).routes())
    return router
