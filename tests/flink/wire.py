"""What came over the wire, and what became of it: nothing may be lost, nothing invented."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Request


def told(decoded: Any) -> Any:
    """Return a decoded answer as the JSON that it was read from."""
    if isinstance(decoded, Members):
        return decoded.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(decoded, (tuple, list)):
        return [told(each) for each in decoded]
    return decoded


# Answers with one member, of which only that is returned.
_UNWRAPPED: Mapping[str, str] = {
    "GET /applications/overview": "applications",
    "GET /jars/:jarid/plan": "plan",
    "GET /jobs": "jobs",
    "GET /jobs/:jobid/jobmanager/log-url": "url",
    "GET /jobs/:jobid/status": "status",
    "GET /jobs/:jobid/taskmanagers/:taskmanagerid/log-url": "url",
    "POST /jars/:jarid/plan": "plan",
    "POST /jars/:jarid/run-application": "applicationid",
    "POST /jobs": "jobUrl",
    "POST /jobs/:jobid/checkpoints": "request-id",
    "POST /jobs/:jobid/savepoints": "request-id",
    "POST /jobs/:jobid/stop": "request-id",
    "POST /savepoint-disposal": "request-id",
    "DELETE /datasets/:datasetid": "request-id",
}


def as_told(request: Request[Any], decoded: Any, json: Any) -> bool:
    """Tell whether a decoded answer says what the JSON says that it was read from."""
    assert request.availability
    member = _UNWRAPPED.get(request.availability.operation)
    if decoded is None:
        return json in ({}, None)
    again = told(decoded)
    return same({member: again} if member and not (isinstance(again, dict) and member in again) else again, json)


def same(one: Any, other: Any) -> bool:
    """Tell whether two pieces of JSON say the same; a number that is none may be told as a text."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return _same_number(one, other)
    return bool(one == other)


def _same_number(one: Any, other: Any) -> bool:
    try:
        return float(one) == float(other) or (math.isnan(float(one)) and math.isnan(float(other)))
    except (TypeError, ValueError):
        return False


def unnamed_members(decoded: Any) -> Iterator[str]:
    """Yield the members in a decoded answer that have no field."""
    if isinstance(decoded, Members):
        yield from decoded.others
        decoded = [getattr(decoded, name) for name in type(decoded).model_fields]
    if isinstance(decoded, Mapping):
        decoded = list(decoded.values())
    if isinstance(decoded, (tuple, list)):
        for each in decoded:
            yield from unnamed_members(each)
