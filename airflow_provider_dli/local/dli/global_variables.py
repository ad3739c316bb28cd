"""Global variables: texts that SQL of many jobs shares."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request

from airflow_provider_dli.local.dli.operations import Operation, routed, success
from airflow_provider_dli.local.dli.paging import LIMIT_AND_OFFSET, limited
from airflow_provider_dli.local.dli.parameters import GivenBody, checked, flag, query, text
from airflow_provider_dli.local.dli.refusals import Refusal, dli
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.store import Document

_NEW_VARIABLE: Final = (
    text("var_name", required=True, longest=128),
    text("var_value", required=True),
    flag("is_sensitive", default=False),
)
_MASK: Final = "******"


def routes(services: Services) -> APIRouter:
    """Return the operations on global variables."""
    variables = _Variables(services)
    every = "/v1.0/{project_id}/variables"
    return routed(
        Operation("POST", every, variables.create),
        Operation("GET", every, variables.list_variables),
        Operation("PUT", f"{every}/{{var_name}}", variables.update),
        Operation("DELETE", f"{every}/{{var_name}}", variables.delete),
    )


class _Variables:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._variables = services.store.kind("global_variables")

    def create(self, body: GivenBody) -> Document:
        given = checked(body, *_NEW_VARIABLE)
        with self._services.store.change():
            if self._variables.get(given["var_name"]):
                # Elsewhere "exists" is DLI.0006; here it is what DLI says when it does not know what else to say.
                raise dli("DLI.0999", f"The variable {given['var_name']} exists already.")
            self._variables.put(given["var_name"], self._new(given))
        return success()

    def list_variables(self, request: Request) -> Document:
        asked = query(request, *LIMIT_AND_OFFSET)
        variables = self._variables.all()
        return success(global_vars=[_masked(one) for one in limited(variables, asked)], count=len(variables))

    def update(self, var_name: str, body: GivenBody) -> Document:
        given = checked(body, text("var_value", required=True))
        changed = {**given, "update_time": self._services.now()}
        if self._variables.update(var_name, lambda held: held.update(changed)) is None:
            raise _missing(var_name)
        return success()

    def delete(self, var_name: str) -> Document:
        if not self._variables.delete(var_name):
            raise _missing(var_name)
        return success()

    def _new(self, given: Document) -> Document:
        settings, now = self._services.settings, self._services.now()
        who = {"project_id": settings.project_id, "user_id": settings.user, "user_name": settings.user}
        when = {"create_time": now, "update_time": now}
        return {"id": self._variables.next_number(), **given, **who, **when}


def _missing(name: str) -> Refusal:
    return dli("DLI.12004", f"There is no variable named {name}.")


def _masked(variable: Document) -> Document:
    return {**variable, "var_value": _MASK} if variable["is_sensitive"] else variable
