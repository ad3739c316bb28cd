"""What DLI may do on its user's behalf: use buckets, and act through an agency."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.flink_jobs.views import accepted
from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, texts
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_ROLES: Final = ("obs_adm", "dis_adm", "ctable_adm", "vpc_netadm", "smn_adm", "te_admin")
_AGENCY: Final = "dli_admin_agency"


def routes(services: Services) -> APIRouter:
    """Return the operations on authorized buckets and on the agency."""
    delegation = _Delegation(services)
    return routed(
        Operation("POST", "/v1.0/{project_id}/dli/obs-authorize", delegation.authorize_buckets),
        Operation("POST", "/v2/{project_id}/agency", delegation.create_agency),
        Operation("GET", "/v2/{project_id}/agency", delegation.show_agency),
    )


class _Delegation:
    def __init__(self, services: Services) -> None:
        self._buckets = services.store.kind("authorized_buckets")
        self._agencies = services.store.kind("agencies")
        self._services = services

    def authorize_buckets(self, body: GivenBody) -> Document:
        for bucket in checked(body, texts("obs_buckets", required=True))["obs_buckets"]:
            self._buckets.put(bucket, {"bucket": bucket})
        return accepted(self._services)

    def create_agency(self, body: GivenBody) -> Document:
        roles = checked(body, texts("roles", required=True, allowed=_ROLES))["roles"]
        self._agencies.put(_AGENCY, {"version": "v2", "current_roles": roles})
        return success()

    def show_agency(self) -> Document:
        agency = self._agencies.get(_AGENCY)
        if agency is None:
            raise dli("DLI.0001", f"There is no agency {_AGENCY}. Create it first.", 404)
        return success(**agency)
