"""DLI's REST API as one thing: how its errors read, what they mean, and the list of its operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airflow_provider_dli.dli.advice import advice
from airflow_provider_dli.dli.complaint import complaint
from airflow_provider_dli.rest.endpoint import Api
from airflow_provider_dli.rest.request import Answer, Responder, first_line

# DLI says 400 to nearly everything; its codes tell more. Texts do not: they may be in Chinese.
_MEANT: Final[Mapping[str, int]] = {
    "DLI.0002": 404,  # an object does not exist
    "DLI.0006": 409,  # an object exists
    "DLI.0012": 503,  # a resource is not available
    "DLI.0013": 401,  # authentication of the user
    "DLI.0014": 401,  # authentication of the service
    "DLI.0015": 401,  # the token cannot be read
    "DLI.0016": 401,  # the token's role
    "DLI.0019": 504,  # time-out
    "DLI.0023": 404,  # a resource is not found
    "DLI.0999": 500,  # the server's own error
    "DLI.10001": 500,  # another of its own
    "DLI.12004": 404,  # a job does not exist
    "DLI.16001": 404,  # a Flink job does not exist
    "APIGW.0308": 429,  # throttled
    "APIG.0308": 429,
}
_REFUSED: Final = 400


def meant_status(answer: Answer) -> int:
    """Return the status that an answer should have had: by its code, and by what a success says of itself."""
    said = complaint(answer)
    if said is None:
        return answer.status
    return _MEANT.get(said.code) or (answer.status if answer.status >= 300 else _REFUSED)


def responder(answer: Answer) -> Responder:
    """Return who sent an error answer: those of the cloud, also of the gateway that is its part, have a code."""
    return Responder.API if complaint(answer) else Responder.OTHER


def explain(answer: Answer) -> str:
    """Say what a refusal says, with its code; of a success only how long it is, for it may hold what is secret."""
    said = complaint(answer)
    return str(said or (first_line(answer) if answer.status >= 300 else f"{len(answer.body)} bytes"))


def code_of(answer: Answer | None) -> str:
    """Return the code of a refusal; empty where it has none."""
    said = complaint(answer) if answer else None
    return said.code if said else ""


def advise(answer: Answer, operation: str) -> str:
    """Return what to do about a refusal of an operation; empty where that is unknown."""
    return advice(code_of(answer), operation)


DLI: Final = Api("DLI", "", explain, meant_status, frozenset({200, 201, 202, 204}), responder, advise=advise)
