"""The reason at the bottom of a chain of exceptions."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from socket import gaierror


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it was raised from, also where a library only passes them as an argument."""
    seen: list[BaseException] = []
    deeper: BaseException | None = error
    while deeper and deeper not in seen:
        yield deeper
        seen.append(deeper)
        deeper = _deeper(deeper)


def root(error: BaseException) -> BaseException:
    """Return the exception that the others were raised from."""
    *_, last = causes(error)
    return last


def reason(error: BaseException) -> str:
    """Return the root's message, in the operating system's own words where it is from there."""
    cause = root(error)
    if isinstance(cause, ssl.SSLEOFError) or not str(cause):
        return "cut off"
    if isinstance(cause, (ssl.SSLError, gaierror)) and cause.strerror:
        return cause.strerror.partition(" (_ssl.c:")[0].rstrip(".")
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return str(cause).rstrip(".")


def _deeper(error: BaseException) -> BaseException | None:
    # Of a group, as of a host with several addresses, the first speaks for all.
    candidates = (getattr(error, "reason", None), error.__cause__, *getattr(error, "exceptions", ()), *error.args)
    return next((one for one in candidates if isinstance(one, BaseException)), None)
