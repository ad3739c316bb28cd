"""Connections of the sender for workers: an adapter for ``requests`` with what neither it nor urllib3 can be set to."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter


class ToConnect(float):
    """Seconds to wait for a connection; they come with the seconds that each write may take after that.

    urllib3 hands them on to its connections as they are, and has no setting of its own for writes.
    """

    write: float

    def __new__(cls, connect: float, write: float) -> ToConnect:
        """Return seconds for a connection, with those for a write."""
        made = super().__new__(cls, connect)
        made.write = write
        return made


def adapter(context: ssl.SSLContext) -> HTTPAdapter:
    """Return an adapter that uses a TLS context as it is, and no authorities of its own or the environment's.

    :param context: the context.
    """
    from requests.adapters import HTTPAdapter

    pools = _pools()

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


def _pools() -> dict[str, Any]:
    """Return the pools of connections for each scheme.

    The connections report each failure before they are ready for a request as a connection that was not made. urllib3
    reports a reset during the handshake, or in a proxy, as it reports one after the request was sent. They also give
    each write the time of a read: urllib3 takes the time for a connection, so that an upload could not pause.
    """
    from http.client import HTTPException

    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import NewConnectionError

    class Made:
        """Mixed into a connection of urllib3, for each scheme."""

        timeout: Any
        sock: Any

        def connect(self) -> None:
            try:
                super().connect()  # type: ignore[misc]
            except NewConnectionError:
                raise
            except (OSError, HTTPException) as error:
                raise NewConnectionError(self, str(error)) from error  # type: ignore[arg-type]
            self.sock.settimeout(_write_timeout(self.timeout))

        def request(self, *args: Any, **kwargs: Any) -> None:
            if self.sock is not None:
                self.timeout = _write_timeout(self.timeout)
            super().request(*args, **kwargs)  # type: ignore[misc]

    class Connection(Made, HTTPConnection):
        pass

    class SecureConnection(Made, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


def _write_timeout(timeout: Any) -> Any:
    return getattr(timeout, "write", timeout)
