"""The cluster as a whole: ``/config``, ``/overview`` and ``/cluster``."""

from __future__ import annotations

from pydantic import Field

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Dashed, nothing


class Features(Dashed):
    """What a cluster lets its users do; None where its version does not say.

    :param web_submit: whether jars can be uploaded and run (Flink 1.9+).
    :param web_cancel: whether its web UI offers to cancel jobs; the REST API does in any case (Flink 1.14+).
    :param web_history: whether this is a history server (Flink 1.16+).
    :param web_rescale: whether running jobs can be rescaled, which takes the adaptive scheduler (Flink 1.18+).
    """

    web_submit: bool | None = None
    web_cancel: bool | None = None
    web_history: bool | None = None
    web_rescale: bool | None = None


class Configuration(Dashed):
    """How a cluster describes itself.

    :param flink_version: Flink's version, as the cluster writes it.
    :param flink_revision: the commit that it was built from.
    :param refresh_interval: milliseconds after which its web UI looks again.
    :param timezone_name: its time zone.
    :param timezone_offset: milliseconds that this is ahead of UTC.
    :param features: what it lets its users do.
    """

    flink_version: str
    flink_revision: str = ""
    refresh_interval: int | None = None
    timezone_name: str = ""
    timezone_offset: int | None = None
    features: Features = Field(default_factory=Features)


class Overview(Dashed):
    """How big a cluster is, how much of it is free, and how its jobs do.

    :param flink_version: Flink's version, as the cluster writes it.
    :param flink_commit: the commit that it was built from.
    :param taskmanagers: how many TaskManagers are registered.
    :param slots_total: how many slots they have.
    :param slots_available: how many of these are free.
    :param jobs_running: how many jobs have not ended.
    :param jobs_finished: how many have ended well; forgotten ones are counted as well.
    :param jobs_cancelled: how many were cancelled.
    :param jobs_failed: how many have failed.
    :param taskmanagers_blocked: how many TaskManagers take no more tasks (Flink 1.16+, only where there are any).
    :param slots_free_and_blocked: how many free slots these have.
    """

    taskmanagers: int | None = None
    slots_total: int
    slots_available: int
    jobs_running: int | None = None
    jobs_finished: int | None = None
    jobs_cancelled: int | None = None
    jobs_failed: int | None = None
    flink_version: str = ""
    flink_commit: str = ""
    taskmanagers_blocked: int | None = None
    slots_free_and_blocked: int | None = None


@FLINK.endpoint("GET /config", Configuration.read)
def configuration() -> Parts:
    """Ask which version of Flink the cluster runs, and what it lets its users do."""
    return Parts()


@FLINK.endpoint("GET /overview", Overview.read)
def overview() -> Parts:
    """Ask how many TaskManagers, slots and jobs there are."""
    return Parts()


@FLINK.endpoint("DELETE /cluster", nothing)
def shutdown() -> Parts:
    """Shut the whole cluster down, with all its jobs. It answers, and then its port closes."""
    return Parts()
