"""Reading of Airflow's connections, on a worker and on a triggerer's event loop."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_dli.rest.flow import Flow, Pause, Step, Work, drive, drive_async
from airflow_provider_dli.rest.patience import Patience

# Members of an extra that name files. Their content may change while their names stay.
_FILES = ("ca_certificate", "client_certificate", "client_key")

Warn = Callable[[str], object]


class Settings(NamedTuple):
    """The content of a connection.

    :param connection: Airflow's connection.
    :param extra: its extra, as a dict.
    """

    connection: Any
    extra: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """A text that differs where anything in the connection, or in its certificate files, differs."""
        fields = [getattr(self.connection, name) for name in ("host", "port", "schema", "login", "password")]
        files = [_version_of(self.extra.get(name)) for name in _FILES]
        return hashlib.sha256(
            json.dumps([fields, self.extra, files], sort_keys=True, default=repr).encode()
        ).hexdigest()


def read_settings(hook: type[BaseHook], conn_id: str) -> Settings:
    """Read a connection once. This may block, and must not be called on an event loop.

    :param hook: the class of its hook.
    :param conn_id: the connection.
    :raises ValueError: when its extra is no JSON object.
    """
    connection = hook.get_connection(conn_id)
    _check_json(connection, conn_id)
    extra = connection.extra_dejson
    if extra is None:
        extra = {}
    if not isinstance(extra, Mapping):
        raise ValueError(f"Connection {conn_id!r}: its extra must be a JSON object, and is a {type(extra).__name__}.")
    return Settings(connection, _without_prefix(extra, f"extra__{getattr(hook, 'conn_type', '')}__"))


def _check_json(connection: Any, conn_id: str) -> None:
    """Check that an extra is JSON: Airflow only logs that it is not, and continues without one.

    :raises ValueError: when it is not; does not show it.
    """
    raw = getattr(connection, "extra", None)
    try:
        if isinstance(raw, str) and raw:
            json.loads(raw)
    except ValueError as error:
        reason = getattr(error, "msg", "it cannot be decoded")
        raise ValueError(f"Connection {conn_id!r}: its extra is no JSON: {reason}.") from None


def _without_prefix(extra: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the members of an extra by their own names; Airflow 2's form sends each a second time with a prefix."""
    prefixed = {name.removeprefix(prefix): value for name, value in extra.items() if name.startswith(prefix)}
    return {**prefixed, **{name: value for name, value in extra.items() if not name.startswith(prefix)}}


def read_patiently(hook: type[BaseHook], conn_id: str, patience: Patience, warn: Warn) -> Settings:
    """Read a connection, on a worker; where that fails, again for the grace period.

    A secrets backend that is out of reach is a transient error. Airflow reports it in the same way as a connection that
    does not exist, so that is retried as well.

    :param hook: the class of its hook.
    :param conn_id: the connection.
    :param patience: the retry policy.
    :param warn: gets a sentence before each pause; it may raise, to give up.
    :raises ValueError: when its extra is no JSON object.
    """

    def perform(step: Step) -> Any:
        if isinstance(step, Work):
            return step.do()
        return time.sleep(_seconds(step, warn))

    return drive(_reading(hook, conn_id, patience), perform)


async def read_patiently_async(hook: type[BaseHook], conn_id: str, patience: Patience, warn: Warn) -> Settings:
    """Do the same as :func:`read_patiently`, on an event loop."""
    from asgiref.sync import sync_to_async

    async def perform(step: Step) -> Any:
        # Airflow's asynchronous functions for this differ from version to version, and so do those of common-compat.
        # The blocking ones work in every version in a thread of asgiref: it leads requests to the supervisor back to
        # the loop.
        if isinstance(step, Work):
            return await sync_to_async(step.do)()
        return await asyncio.sleep(_seconds(step, warn))

    return await drive_async(_reading(hook, conn_id, patience), perform)


def _reading(hook: type[BaseHook], conn_id: str, patience: Patience) -> Flow[Settings]:
    started = time.monotonic()
    for seconds in patience.pauses():
        try:
            settings: Settings = yield Work(lambda: read_settings(hook, conn_id))
        except ValueError:
            raise
        except Exception as error:
            left = patience.grace - (time.monotonic() - started)
            if left <= 0:
                raise
            reason = f"{type(error).__name__}: {error}".rstrip(".")
        else:
            return settings
        yield Pause(min(seconds, left), f"Connection {conn_id!r} could not be read ({reason}); trying again.")
    raise AssertionError("pauses never end")


def _seconds(step: Step, warn: Warn) -> float:
    assert isinstance(step, Pause)
    warn(step.seeing)
    return step.seconds


def _version_of(file: Any) -> tuple[int, int] | None:
    """Return what changes when a file is written anew; None where there is no such file."""
    with suppress(OSError, ValueError, TypeError):
        seen = Path(file).stat()
        return seen.st_mtime_ns, seen.st_size
    return None
