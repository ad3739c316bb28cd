"""Plans that change a queue's size at set times. All of it is deprecated: a pool's scaling policies have taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.endpoints.arguments import takes
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Members


class Plan(Members):
    """A plan.

    :param id: its id.
    :param plan_name: its name.
    :param target_cu: the size that it gives the queue, in CUs.
    :param start_hour: the hour when it does so, 0 to 23.
    :param start_minute: the minute, 0 to 59.
    :param repeat_day: on which days, as in ``MONDAY``.
    :param valid_date_begin: the day from which on it holds, in milliseconds since the epoch.
    :param valid_date_end: the day until which it holds, in milliseconds since the epoch.
    :param activate: whether it is switched on.
    :param last_execute_time: when it last did its work, in milliseconds since the epoch.
    """

    id: int | None = None
    plan_name: str | None = None
    target_cu: int | None = None
    start_hour: int | None = None
    start_minute: int | None = None
    repeat_day: tuple[str, ...] | None = None
    valid_date_begin: int | None = None
    valid_date_end: int | None = None
    activate: bool | None = None
    last_execute_time: int | None = None


class Plans(Told):
    """The plans of a queue.

    :param plans: a row for each.
    """

    plans: tuple[Plan, ...] | None = None


class Updated(Told):
    """A plan that has been changed.

    :param queue_name: the queue's name.
    :param plan_id: the plan's id.
    """

    queue_name: str | None = None
    plan_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """What a plan is to do.

    :param queue_name: the queue's name.
    :param plan_name: the plan's name.
    :param target_cu: the size that it gives the queue, in CUs.
    :param start_hour: the hour when it does so, 0 to 23.
    :param start_minute: the minute, 0 to 59.
    :param repeat_day: on which days, ``MONDAY`` to ``SUNDAY``.
    :param valid_date_begin: the day from which on it holds, in milliseconds since the epoch.
    :param valid_date_end: the day until which it holds, in milliseconds since the epoch.
    :param activate: whether it is switched on; it is where this is left out.
    """

    queue_name: str
    plan_name: str
    target_cu: int
    start_hour: int
    start_minute: int
    repeat_day: Sequence[str]
    valid_date_begin: int | None = None
    valid_date_end: int | None = None
    activate: bool | None = None

    def body(self) -> Mapping[str, Any]:
        """Return the members of a request's body."""
        return {name: value for name, value in vars(self).items() if name not in ("queue_name", "plan_id")}


@dataclass(frozen=True, kw_only=True)
class ChangedPlan(NewPlan):
    """What a plan is to do from now on.

    :param plan_id: the plan's id, as :func:`overview` tells it.
    """

    plan_id: int | str


@DLI.endpoint("POST /v1/{project_id}/queues/:queue_name/plans", Told.read)
@takes(NewPlan)
def create(plan: NewPlan) -> Parts:
    """Plan that a queue gets another size at a set time."""
    return Parts([plan.queue_name], json=plan.body())


@DLI.endpoint("GET /v1/{project_id}/queues/:queue_name/plans", Plans.read)
def overview(queue_name: str) -> Parts:
    """List the plans of a queue.

    :param queue_name: the queue's name.
    """
    return Parts([queue_name])


@DLI.endpoint("PUT /v1/{project_id}/queues/:queue_name/plans/:plan_id", Updated.read)
@takes(ChangedPlan)
def update(plan: ChangedPlan) -> Parts:
    """Put another plan in the place of one."""
    return Parts([plan.queue_name, str(plan.plan_id)], json=plan.body(), repeatable=True)


@DLI.endpoint("DELETE /v1/{project_id}/queues/:queue_name/plans/:plan_id", Told.read)
def delete(queue_name: str, plan_id: int | str) -> Parts:
    """Delete a plan.

    :param queue_name: the queue's name.
    :param plan_id: the plan's id, as :func:`overview` tells it.
    """
    return Parts([queue_name, str(plan_id)])


@DLI.endpoint("POST /v1/{project_id}/queues/:queue_name/plans/batch-delete", Told.read)
def delete_several(queue_name: str, plan_ids: Sequence[int | str]) -> Parts:
    """Delete several plans.

    :param queue_name: the queue's name.
    :param plan_ids: the plans' ids, as :func:`overview` tells them.
    """
    return Parts([queue_name], json={"plan_ids": [int(each) for each in plan_ids]})
