"""IAM, STS and the metadata of a machine: where credentials come from."""

from __future__ import annotations

from fastapi import APIRouter

from airflow_provider_dli.local.dli.iam.agencies import Agencies
from airflow_provider_dli.local.dli.iam.machine import Machine
from airflow_provider_dli.local.dli.iam.projects import Projects
from airflow_provider_dli.local.dli.iam.security_tokens import SecurityTokens
from airflow_provider_dli.local.dli.iam.tokens import Tokens
from airflow_provider_dli.local.dli.services import Services


def routes(services: Services) -> APIRouter:
    """Return the operations that credentials come from."""
    router = APIRouter()
    for operations in (Tokens, Projects, SecurityTokens, Agencies, Machine):
        router.include_router(operations(services).routes())
    return router
