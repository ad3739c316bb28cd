"""Plans to scale a queue at certain hours. They are kept and shown; no queue is scaled by them."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, flag, integer, integers, text, texts
from airflow_provider_dli.local.dli.queues.directory import Directory
from airflow_provider_dli.local.dli.refusals import dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_PLAN: Final = (
    text("plan_name", required=True),
    integer("target_cu", required=True, least=1),
    integer("start_hour", required=True, least=0, most=23),
    integer("start_minute", required=True, least=0, most=59),
    texts("repeat_day", required=True, allowed=_DAYS),
    integer("valid_date_begin"),
    integer("valid_date_end"),
    flag("activate", default=True),
)


class Plans:
    """The operations on the plans of a queue.

    :param services: what every group is given.
    """

    def __init__(self, services: Services) -> None:
        self._directory = Directory(services)
        self._plans = services.store.kind("queue_plans")

    def routes(self) -> APIRouter:
        """Return the operations."""
        plans = "/v1/{project_id}/queues/{queue_name}/plans"
        return routed(
            Operation("POST", plans, self.create),
            Operation("GET", plans, self.list_plans),
            Operation("POST", f"{plans}/batch-delete", self.delete_several),
            Operation("PUT", f"{plans}/{{plan_id}}", self.update),
            Operation("DELETE", f"{plans}/{{plan_id}}", self.delete),
        )

    def create(self, queue_name: str, body: GivenBody) -> Document:
        """Create a plan."""
        given = checked(body, *_PLAN)
        queue = self._directory.find(queue_name)["queue_name"]
        self._check_name(queue, given["plan_name"])
        number = self._plans.next_number()
        self._plans.put(number, {"id": number, **given, "last_execute_time": None, "queue_name": queue})
        return success()

    def list_plans(self, queue_name: str) -> Document:
        """List a queue's plans."""
        plans = self._of(self._directory.find(queue_name)["queue_name"])
        return success(plans=[{name: plan[name] for name in plan if name != "queue_name"} for plan in plans])

    def update(self, queue_name: str, plan_id: str, body: GivenBody) -> Document:
        """Replace a plan."""
        given = checked(body, *_PLAN)
        plan = self._find(queue_name, plan_id)
        self._check_name(plan["queue_name"], given["plan_name"], plan["id"])
        self._plans.update(plan_id, lambda held: held.update(given))
        return success(queue_name=plan["queue_name"], plan_id=plan["id"])

    def delete(self, queue_name: str, plan_id: str) -> Document:
        """Delete a plan."""
        self._plans.delete(self._find(queue_name, plan_id)["id"])
        return success()

    def delete_several(self, queue_name: str, body: GivenBody) -> Document:
        """Delete plans, all of them or none."""
        given = checked(body, integers("plan_ids", required=True))
        for plan in [self._find(queue_name, number) for number in given["plan_ids"]]:
            self._plans.delete(plan["id"])
        return success()

    def _of(self, queue: str) -> list[Document]:
        return [plan for plan in self._plans.all() if plan["queue_name"] == queue]

    def _find(self, queue_name: str, plan_id: Any) -> Document:
        queue = self._directory.find(queue_name)["queue_name"]
        plan = self._plans.get(plan_id)
        if plan is None or plan["queue_name"] != queue:
            raise dli("DLI.0002", f"The queue {queue} has no plan {plan_id}.")
        return plan

    def _check_name(self, queue: str, name: str, own: int | None = None) -> None:
        if any(plan["plan_name"] == name and plan["id"] != own for plan in self._of(queue)):
            raise dli("DLI.0006", f"The queue {queue} has a plan named {name} already.")
