"""SQL jobs, which run on a real Flink in batch mode."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.sql_jobs.follower import Follower
from airflow_provider_dli.local.dli.sql_jobs.lookups import Lookups
from airflow_provider_dli.local.dli.sql_jobs.submission import Submission
from airflow_provider_dli.local.dli.sql_jobs.transfers import Transfers


def routes(services: Services) -> APIRouter:
    """Return the operations on SQL jobs; while the application runs, so does what follows them."""
    router = APIRouter(lifespan=Follower(services).lifespan)
    for operations in (Submission(services), Transfers(services), Lookups(services)):
        router.include_router(operations.routes())
    return router
