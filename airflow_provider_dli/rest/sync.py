"""The sender for workers, on ``requests``, and the driver that runs flows with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_dli.rest.connections import ToConnect, adapter
from airflow_provider_dli.rest.exchange import Phase, exchange, failure, read
from airflow_provider_dli.rest.flow import Flow, Pause, Step, Work, drive
from airflow_provider_dli.rest.journal import Journal
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.reason import causes
from airflow_provider_dli.rest.redaction import secrets_of
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target
from airflow_provider_dli.rest.turn import Held, Turn

if TYPE_CHECKING:
    import requests

T = TypeVar("T")


class Sender:
    """Sends requests from the thread that asks.

    :param target: where they go.
    :raises ValueError: when a certificate file of the target cannot be used.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._context = target.tls.context()
        self._rotation = Rotation(target.addresses)

    def send(self, request: Request[T]) -> T:
        """Send one request, once, and return its decoded answer.

        :raises RestError: when that did not succeed.
        """
        return read(request, *drive(exchange(request, self._target, self._rotation), self._perform))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        session = requests.Session()
        # Without an authentication of its own, requests lets a .netrc entry overwrite the Authorization header.
        session.auth = lambda prepared: prepared
        made = adapter(self._context)
        session.mount("https://", made)
        session.mount("http://", made)
        return session

    def _perform(self, step: Outgoing | Turn) -> Answer | Held:
        return step.take() if isinstance(step, Turn) else self._transmit(step)

    def _transmit(self, outgoing: Outgoing) -> Answer:
        import requests

        connect, read = timeouts = self._target.timeouts(outgoing.request)
        try:
            response = self._session.request(
                outgoing.request.method,
                outgoing.url,
                data=outgoing.body,
                headers=dict(outgoing.headers),
                timeout=(ToConnect(connect, read), read),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise failure(outgoing, timeouts, error, _phase(error)) from error
        received = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, received, response.content, secrets_of(outgoing.headers))


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

    def use(self, sender: Sender) -> None:
        """Send the next requests with another sender, in the middle of a flow.

        :param sender: the other one.
        """
        self._sender = sender

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        return drive(flow, self._perform)

    def _perform(self, step: Step) -> Any:
        if isinstance(step, Request):
            return self._sender.send(step)
        if isinstance(step, Work):
            return step.do()
        self._journal.note(step)
        if isinstance(step, Pause):
            self._sleep(step.seconds)
        return None


def _phase(error: requests.RequestException) -> Phase:
    """Return how far an exchange had come."""
    import requests
    from urllib3.exceptions import NewConnectionError, ReadTimeoutError

    kinds = tuple(map(type, causes(error)))
    if isinstance(error, requests.ConnectTimeout) or any(issubclass(kind, NewConnectionError) for kind in kinds):
        return Phase.CONNECTING
    is_late = issubclass(kinds[-1], TimeoutError) and not any(issubclass(kind, ReadTimeoutError) for kind in kinds)
    return Phase.SENDING if is_late else Phase.WAITING
