"""Ports of this machine."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from typing import Final

from airflow_provider_dli.local.errors import StartError

#: Where everything listens, and nowhere else.
HOST: Final = "127.0.0.1"


#: Below those that systems hand out to whoever connects: such a one may be taken before we listen at it.
_OURS: Final = range(20_000, 32_000)


def free_port() -> int:
    """Return a port that nothing listens at, and that hardly anybody else will choose meanwhile."""
    while True:
        port = secrets.choice(_OURS)
        with suppress(StartError):
            require_free(port)
            return port


def require_free(port: int) -> None:
    """Make sure that nothing listens at a port: something else that does would answer for ours.

    :raises StartError: if something does.
    """
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError) as error:
        raise StartError(f"Port {port} cannot be used ({_reason(error)}): choose another one.") from error


def _reason(error: Exception) -> str:
    # Python adds the address to the system's words.
    return str(error.strerror if isinstance(error, OSError) else error).partition(" (while")[0]
