"""The agency that lets DLI act for an account, in its first form; jobs name agencies of their own today."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts


class Agency(Told):
    """What DLI may do for the account.

    :param version: the agency's version.
    :param current_roles: the roles that it has, as in ``obs_adm``.
    """

    version: str | None = None
    current_roles: tuple[str, ...] | None = None


@DLI.endpoint("POST /v2/{project_id}/agency", Told.read)
def create(roles: Sequence[str]) -> Parts:
    """Let DLI act for the account.

    :param roles: in which roles: ``obs_adm``, ``dis_adm``, ``ctable_adm``, ``vpc_netadm``, ``smn_adm``, ``te_admin``.
    """
    return Parts(json={"roles": roles}, repeatable=True)


@DLI.endpoint("GET /v2/{project_id}/agency", Agency.read)
def detail() -> Parts:
    """Ask in which roles DLI may act for the account."""
    return Parts()
