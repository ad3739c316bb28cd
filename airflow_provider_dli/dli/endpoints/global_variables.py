"""Global variables: names that stand for values in SQL, so that no secret has to stand there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import Field

from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.members import Told
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.flow import Flow
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Request

_PAGE: Final = 100


class Variable(Members):
    """A global variable. Its value is not shown where this is printed.

    :param id: its id.
    :param var_name: its name.
    :param var_value: its value; whether DLI masks what is sensitive is not documented.
    :param is_sensitive: whether the value is sensitive.
    :param project_id: the project that it is in.
    :param user_id: the id of the user who has made it.
    :param user_name: the name of the user who has made it.
    :param create_time: when it was made, in milliseconds since the epoch.
    :param update_time: when it was last changed, in milliseconds since the epoch.
    """

    id: int | None = None
    var_name: str | None = None
    var_value: str | None = Field(None, repr=False)
    is_sensitive: bool | None = None
    project_id: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    create_time: int | None = None
    update_time: int | None = None


class Variables(Told):
    """A page of the list of global variables.

    :param global_vars: a row for each.
    :param count: how many there are.
    """

    global_vars: tuple[Variable, ...] | None = None
    count: int | None = None


@DLI.endpoint("POST /v1.0/{project_id}/variables", Told.read)
def create(var_name: str, var_value: str, *, is_sensitive: bool | None = None) -> Parts:
    """Create a global variable. Of one that exists already DLI says that it has an error of its own, DLI.0999.

    :param var_name: its name: up to 128 letters, digits and ``_``, not digits alone and no ``_`` at the beginning.
    :param var_value: its value.
    :param is_sensitive: whether the value is sensitive; it is not where this is left out.
    """
    return Parts(json={"var_name": var_name, "var_value": var_value, "is_sensitive": is_sensitive})


@DLI.endpoint("PUT /v1.0/{project_id}/variables/:var_name", Told.read)
def update(var_name: str, var_value: str) -> Parts:
    """Give a global variable another value.

    :param var_name: its name.
    :param var_value: its value.
    """
    return Parts([var_name], json={"var_value": var_value}, repeatable=True)


@DLI.endpoint("DELETE /v1.0/{project_id}/variables/:var_name", Told.read)
def delete(var_name: str) -> Parts:
    """Delete a global variable.

    :param var_name: its name.
    """
    return Parts([var_name])


@DLI.endpoint("GET /v1.0/{project_id}/variables", Variables.read)
def overview(*, limit: int | None = None, offset: int | None = None) -> Parts:
    """List global variables, a page of them.

    :param limit: how many at most; 100 where it is left out.
    :param offset: how many to pass over.
    """
    return Parts(query={"limit": limit, "offset": offset})


def all_variables(ask: Callable[[Request[Variables]], Flow[Variables]]) -> Flow[list[Variable]]:
    """Return all global variables.

    :param ask: sends a request, as :meth:`.gate.Gate.ask` does.
    """
    return every(
        ask,
        lambda offset: overview(offset=offset, limit=_PAGE),
        lambda page: page.global_vars or (),
        _PAGE,
    )
