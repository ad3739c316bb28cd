"""The operations of an API as a list, for its documentation and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_dli.rest.client import Method
from airflow_provider_dli.rest.flow import Flow


@dataclass(frozen=True)
class Row:
    """One operation.

    :param server: what has it: ``Flink``, ``SQL Gateway`` or ``DLI``.
    :param method: the HTTP method.
    :param path: the path's template.
    :param standing: which versions of the server have it, as in ``1.17+``, ``1.11 - 1.20`` or ``up to 1.7``; of a
        server without versions ``deprecated``, or nothing.
    :param call: the method of the hook that asks for it, with its arguments.
    :param does: what it does, one sentence.
    :param permission: what a user must be allowed, where a server tells.
    """

    server: str
    method: str
    path: str
    standing: str
    call: str
    does: str
    permission: str = ""


def row(server: str, name: str, method: Method[..., object], standing: str, permission: str = "") -> Row:
    """Return the row of a method of a client.

    :param server: what has the operation.
    :param name: the method's name, as one calls it on a hook.
    :param method: the method.
    :param standing: which versions of the server have it, or that it is deprecated.
    :param permission: what a user must be allowed.
    """
    arguments = ", ".join(method.signature.parameters)
    does = (method.__doc__ or "").partition("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")
    endpoint = method.endpoint
    return Row(server, endpoint.method, endpoint.template, standing, f"{name}({arguments})", f"{does}.", permission)


def never(flow: Flow[object]) -> object:
    """Run nothing: what a client is made with that is only listed."""
    raise AssertionError("a listing sends nothing")
