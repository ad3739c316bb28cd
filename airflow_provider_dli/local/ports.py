"""Ports of this machine."""

from __future__ import annotations

import socket
from typing import Final

from airflow_provider_dli.local.errors import StartError

#: Where everything listens, and nowhere else.
HOST: Final = "127.0.0.1"


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


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
