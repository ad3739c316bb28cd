"""What a Java stack trace says, once its frames are taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass

# "org.example.SomeException: message", also with nothing behind the name.
_HEADING = re.compile(r"^(?P<kind>[\w$]+(?:\.[\w$]+)+)(?:: (?P<message>.*))?$", re.DOTALL)
_CAUSED_BY = "Caused by: "
# Flink puts these around what it sends with a 500.
_WRAPPING = re.compile(r"^<Exception on server side:\n|\n*End of exception on server side>$")


@dataclass(frozen=True)
class Throwable:
    """One exception of a chain.

    :param kind: the whole name of its class; empty where only a message came.
    :param message: its message, which may have several lines.
    """

    kind: str
    message: str

    @property
    def name(self) -> str:
        """The name of its class, without the package."""
        return self.kind.rpartition(".")[2].rpartition("$")[2]

    def __str__(self) -> str:
        return ": ".join(part for part in (self.name, self.message) if part)


def chain(trace: str) -> tuple[Throwable, ...]:
    """Return the exceptions of a stack trace, the outermost first, the cause of them all last."""
    headings: list[str] = []
    inside_frames = False
    for line in _WRAPPING.sub("", trace).splitlines():
        if line.startswith(_CAUSED_BY):
            headings.append(line.removeprefix(_CAUSED_BY))
            inside_frames = False
        elif line.startswith("\t"):
            inside_frames = True
        elif not headings:
            headings.append(line)
        elif not inside_frames:
            headings[-1] += f"\n{line}"
    return tuple(_read(heading.strip()) for heading in headings)


def deepest(trace: str) -> Throwable:
    """Return the cause of them all: the innermost exception that has a message, or else the innermost."""
    throwables = chain(trace) or (Throwable("", ""),)
    return next((one for one in reversed(throwables) if one.message), throwables[-1])


def _read(heading: str) -> Throwable:
    """Read one heading; a message that only repeats another exception's heading is taken for that exception."""
    match = _HEADING.match(heading)
    if not match:
        return Throwable("", heading)
    message = match["message"] or ""
    return _read(message) if _HEADING.match(message) else Throwable(match["kind"], message)
