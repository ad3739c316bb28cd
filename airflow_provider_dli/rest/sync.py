"""The sender for workers, on ``requests``, and the driver that runs flows with it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_dli.rest.errors import ConnectionLost, NoAnswer, NotReachable, NotTrusted, RestError
from airflow_provider_dli.rest.exchange import exchange
from airflow_provider_dli.rest.flow import Flow, Pause, Step, drive
from airflow_provider_dli.rest.journal import Journal
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.reason import reason, root
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target

if TYPE_CHECKING:
    import requests

T = TypeVar("T")


class Sender:
    """Sends requests from the thread that asks.

    :param target: where they go.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._rotation = Rotation(target.addresses)

    def send(self, request: Request[T]) -> T:
        """Send one request, once, and return its decoded answer.

        :raises RestError: when that did not succeed.
        """
        return drive(exchange(request, self._target, self._rotation), self._transmit)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        session = requests.Session()
        # Without an authentication of its own, requests lets a .netrc entry overwrite the Authorization header.
        session.auth = lambda prepared: prepared
        return session

    def _transmit(self, outgoing: Outgoing) -> Answer:
        import requests

        try:
            response = self._session.request(
                outgoing.request.method,
                outgoing.url,
                data=outgoing.body,
                headers=dict(outgoing.headers),
                timeout=(
                    self._target.connect_timeout,
                    outgoing.request.read_timeout or self._target.read_timeout,
                ),
                allow_redirects=False,
                verify=self._target.tls.trust,
                cert=self._target.tls.shown,
            )
        except requests.RequestException as error:
            raise _failure(outgoing, error) from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)


class Driver:
    """Runs flows in the thread that asks.

    :param sender: sends their requests.
    :param tell: is told what flows remark and what they see, once for each change.
    :param sleep: lets seconds pass.
    """

    def __init__(
        self, sender: Sender, tell: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._sender = sender
        self._journal = Journal(tell)
        self._sleep = sleep

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        return drive(flow, self._perform)

    def _perform(self, step: Step) -> Any:
        if isinstance(step, Request):
            return self._sender.send(step)
        self._journal.note(step)
        if isinstance(step, Pause):
            self._sleep(step.seconds)
        return None


def _failure(outgoing: Outgoing, error: requests.RequestException) -> RestError:
    kind, what = _meaning(error)
    return kind(f"{what}: {reason(error)}.", outgoing.request, outgoing.address)


def _meaning(error: requests.RequestException) -> tuple[type[RestError], str]:
    import requests
    import urllib3

    cause = root(error)
    if isinstance(error, requests.exceptions.SSLError):
        return NotTrusted, "TLS failed"
    if isinstance(error, requests.ReadTimeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return NoAnswer, "No answer in time"
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError, ValueError)):
        return NotReachable, "No connection"
    if isinstance(cause, (ConnectionRefusedError, socket.gaierror, urllib3.exceptions.NewConnectionError)):
        return NotReachable, "No connection"
    return ConnectionLost, "The connection broke"
