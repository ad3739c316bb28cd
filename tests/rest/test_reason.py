from __future__ import annotations

import errno
import socket
import ssl

import pytest

from airflow_provider_dli.rest.reason import causes, reason, root


def raised_from(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


DEEP = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)")


class WithReason(Exception):
    reason = DEEP


@pytest.mark.parametrize(
    "error",
    [DEEP, raised_from(ValueError("outer"), DEEP), ValueError("outer", DEEP), WithReason("outer")],
    ids=["itself", "cause", "argument", "reason"],
)
def test_the_root_is_found_on_every_way(error: Exception) -> None:
    assert root(raised_from(RuntimeError("outermost"), error)) is DEEP


def test_what_was_only_being_handled_is_no_cause() -> None:
    late = TimeoutError()
    late.__context__ = KeyError("handled meanwhile")
    assert list(causes(late)) == [late]


def test_a_circle_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    raised_from(one, raised_from(two, one))
    assert list(causes(one)) == [one, two]


WRONG_VERSION = "[SSL: WRONG_VERSION_NUMBER] wrong version number"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DEEP, "Connection refused"),
        (OSError(errno.EHOSTUNREACH, "whatever a library says"), "No route to host"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (ssl.SSLError(1, f"{WRONG_VERSION} (_ssl.c:1006)"), WRONG_VERSION),
        (ssl.SSLError("odd"), "('odd',)"),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1006)"), "cut off"),
        (ValueError("Server disconnected."), "Server disconnected"),
        (ValueError(), "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_words_do_not_depend_on_the_library(error: Exception, words: str) -> None:
    assert reason(raised_from(RuntimeError("outer"), error)) == words
