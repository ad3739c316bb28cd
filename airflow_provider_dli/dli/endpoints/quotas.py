"""Quotas: how much of each thing the project may have."""

from __future__ import annotations

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Quota(Members):
    """A quota.

    :param type: of what.
    :param min: the lowest value that the quota may have.
    :param max: the highest value that the quota may have.
    :param quota: how much there may be.
    :param used: how much of it is used.
    """

    type: str | None = None
    min: int | None = None
    max: int | None = None
    quota: int | None = None
    used: int | None = None


class QuotaList(Members):
    """What holds the quotas.

    :param resources: a row for each.
    """

    resources: tuple[Quota, ...] | None = None


class Quotas(Told):
    """The project's quotas.

    :param quotas: what holds them.
    """

    quotas: QuotaList | None = None


@DLI.endpoint("GET /v3/{project_id}/quotas", Quotas.read)
def overview() -> Parts:
    """Ask how much the project may have of each thing, and how much it has."""
    return Parts()
