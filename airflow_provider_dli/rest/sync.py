"""The sender for workers, on ``requests``, and the driver that runs flows with it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_dli.rest.exchange import exchange, failure, read
from airflow_provider_dli.rest.flow import Flow, Pause, Step, Work, drive
from airflow_provider_dli.rest.journal import Journal
from airflow_provider_dli.rest.outgoing import Outgoing
from airflow_provider_dli.rest.reason import causes
from airflow_provider_dli.rest.request import Answer, Request
from airflow_provider_dli.rest.target import Rotation, Target
from airflow_provider_dli.rest.turn import Held, Turn

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

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
        session.mount("https://", _adapter(self._context))
        return session

    def _perform(self, step: Outgoing | Turn) -> Answer | Held:
        return step.take() if isinstance(step, Turn) else self._transmit(step)

    def _transmit(self, outgoing: Outgoing) -> Answer:
        import requests

        timeouts = self._target.timeouts(outgoing.request)
        try:
            response = self._session.request(
                outgoing.request.method,
                outgoing.url,
                data=outgoing.body,
                headers=dict(outgoing.headers),
                timeout=timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise failure(outgoing, timeouts, error, connecting=_connecting(error)) from error
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


def _adapter(context: ssl.SSLContext) -> HTTPAdapter:
    """Return what makes ``requests`` use a context as it is, and no authorities of its own or the environment's.

    Its connections report each failure before they are ready for a request as a connection that was not made. urllib3
    reports a reset during the handshake, or in a proxy, as it reports one after the request was sent.
    """
    from http.client import HTTPException

    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import NewConnectionError

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            try:
                super().connect()
            except (OSError, HTTPException) as error:
                raise NewConnectionError(self, str(error)) from error

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    pools = {"http": HTTPConnectionPool, "https": Pool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = pools
            return manager

        def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
            host, _ = super().build_connection_pool_key_attributes(*args, **kwargs)
            return host, {"ssl_context": context}

        def cert_verify(self, *args: Any, **kwargs: Any) -> None:
            pass

    return Adapter()


def _connecting(error: requests.RequestException) -> bool:
    """Return whether nothing was sent yet."""
    import requests
    from urllib3.exceptions import NewConnectionError

    return isinstance(error, requests.ConnectTimeout) or any(
        isinstance(cause, NewConnectionError) for cause in causes(error)
    )
