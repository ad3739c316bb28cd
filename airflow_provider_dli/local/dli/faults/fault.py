"""What shall go wrong, with which requests, and how often."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from airflow_provider_dli.local.dli.refusals import Refusal, dli


@dataclass
class Fault:
    """What shall go wrong. A delay comes on top of anything else; of the others, one at most is told.

    :param method: with requests of this method only; None takes all.
    :param path: with requests in whose path this regular expression is found.
    :param count: with so many requests.
    :param delay: so many seconds pass before anything else.
    :param drop: the connection is closed, and the request is not carried out.
    :param lose_answer: the request is carried out, and the connection is closed in place of the answer.
    :param status: this HTTP status is answered, and the request is not carried out.
    :param body: what is answered with it: JSON, or a text, which is sent as an HTML page.
    :param answer: this JSON is answered with 200, and the request is not carried out.
    :param throttle: the gateway's 429 is answered, with so many seconds as ``Retry-After``.
    :param expire_token: all tokens and temporary keys that were issued end now, before the request is looked at.
    """

    method: str | None = None
    path: str = ""
    count: int = 1
    delay: float = 0
    drop: bool = False
    lose_answer: bool = False
    status: int | None = None
    body: Any = None
    answer: Any = None
    throttle: int | None = None
    expire_token: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is meant."""
        return self.method in (None, method) and re.search(self.path, path) is not None


def read_fault(told: Any) -> Fault:
    """Return the fault that somebody asks for.

    :param told: its members by name.
    :raises Refusal: if it can mean nothing; the sentence says what is wrong.
    """
    if not isinstance(told, dict):
        raise _refused("it must be an object")
    unknown = sorted(set(told) - {field.name for field in fields(Fault)})
    if unknown:
        raise _refused(f"nobody knows {', '.join(unknown)}")
    for name, value in told.items():
        _check(name, value)
    if sum(told.get(name) not in (None, False) for name in _EXCLUSIVE) > 1:
        raise _refused(f"at most one of {', '.join(_EXCLUSIVE)} can happen to a request")
    return Fault(**told)


class Faults:
    """The faults that were asked for and are still to come, oldest first. A restart forgets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Ask for a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that is meant for a request, which counts; None where there is none."""
        with self._lock:
            fault = next((each for each in self._faults if each.fits(method, path)), None)
            if fault is not None:
                fault.count -= 1
                self._faults = [each for each in self._faults if each.count > 0]
        return fault

    def waiting(self) -> list[dict[str, Any]]:
        """Return the faults that are still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._faults.clear()


_EXCLUSIVE: Final = ("drop", "lose_answer", "status", "answer", "throttle")


def _is_number(value: Any, least: float, most: float = float("inf")) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most


def _is_whole(value: Any, least: int, most: float = float("inf")) -> bool:
    return isinstance(value, int) and _is_number(value, least, most)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return isinstance(value, str)


_CHECKS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "method": (lambda value: value is None or isinstance(value, str), "an HTTP method"),
    "path": (_is_pattern, "a regular expression"),
    "count": (lambda value: _is_whole(value, 1), "a number, at least 1"),
    "delay": (lambda value: _is_number(value, 0), "a number of seconds"),
    "drop": (_is_flag, "true or false"),
    "lose_answer": (_is_flag, "true or false"),
    "status": (lambda value: value is None or _is_whole(value, 200, 599), "an HTTP status from 200 to 599"),
    "throttle": (lambda value: value is None or _is_whole(value, 0), "a number of seconds"),
    "expire_token": (_is_flag, "true or false"),
}


def _check(name: str, value: Any) -> None:
    check, wanted = _CHECKS.get(name, (lambda _: True, ""))
    if not check(value):
        raise _refused(f"{name} must be {wanted}, not {value!r}")


def _refused(why: str) -> Refusal:
    return dli("DLI.0001", f"This is no fault: {why}.")
