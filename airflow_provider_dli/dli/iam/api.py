"""The services that know identities, as one thing: how their refusals read, and how one of them is asked."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import ConfigDict

from airflow_provider_dli.dli.api import explain, meant_status, responder
from airflow_provider_dli.rest.authentication import Anonymous, Authentication, Wire
from airflow_provider_dli.rest.endpoint import Api
from airflow_provider_dli.rest.exchange import read
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.outgoing import prepare
from airflow_provider_dli.rest.request import Request

T = TypeVar("T")

_SUCCESS: Final = frozenset({200, 201})
IAM: Final = Api("IAM", "", explain, meant_status, _SUCCESS, responder)
STS: Final = Api("STS", "", explain, meant_status, _SUCCESS, responder)
# A machine's own metadata: nothing stands in front of it, and its refusals have no code.
METADATA: Final = Api("Metadata", "", explain, meant_status, _SUCCESS)


class Discreet(Members):
    """An object that may hold a secret: it keeps nothing that has no field, and no error quotes it."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


def call(request: Request[T], address: str, authentication: Authentication | None = None) -> Wire[T]:
    """Ask a service, in the middle of another exchange, and return its decoded answer.

    :param request: what it is asked.
    :param address: where it is.
    :param authentication: who is asking; None for nobody.
    :raises RestError: when that did not succeed.
    """
    answer = yield from (authentication or Anonymous()).send(prepare(request, address, {}))
    return read(request, address, answer)
