"""Sends requests, told as they went over the wire from another client, through the one of Huawei.

Reads ``{"address", "keys", "requests": [{"method", "path", "query", "body"}]}``. Prints for each request what
the client's method takes and was not given; null where the client has no method for it.
"""

from __future__ import annotations

from typing import Any

from connecting import client, tell, told
from methods import Operation, operations
from models import left_out, made


def _parameters(operation: Operation, request: dict[str, Any]) -> dict[str, Any]:
    """Return all that a request has, by the names that the model knows it by on the wire."""
    values: dict[str, Any] = {}
    for name, value in request["query"]:
        values.setdefault(name, []).append(value)
    kinds = {name: operation.request.openapi_types[each] for each, name in operation.request.attribute_map.items()}
    query = {name: each if kinds.get(name, "").startswith("list") else each[0] for name, each in values.items()}
    query = {name: each == "true" if kinds.get(name) == "bool" else each for name, each in query.items()}
    body = {} if request["body"] is None else {"body": request["body"]}
    return {**query, **(operation.path_parameters(request["path"]) or {}), **body}


def _send(dli: Any, known: list[Operation], request: dict[str, Any]) -> list[str] | None:
    fitting = (each for each in known if each.method == request["method"])
    operation = next((each for each in fitting if each.path_parameters(request["path"])), None)
    if operation is None:
        return None
    parameters, kind = _parameters(operation, request), operation.request.__name__
    getattr(dli, operation.name)(made(kind, parameters))
    return sorted(set(left_out(kind, parameters)))


def main() -> None:
    task, known = told(), operations()
    dli = client(task["address"], task["keys"])
    tell([_send(dli, known, request) for request in task["requests"]])


if __name__ == "__main__":
    main()
