"""What a Java stack trace says, once its frames are taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# "org.example.SomeException: message", also with nothing behind the name.
_HEADING = re.compile(
    r"^(?P<kind>(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)[\w$]*)(?:: (?P<message>.*))?$", re.DOTALL
)
_CAUSED_BY = re.compile("^Caused by: ", re.MULTILINE)
# Flink puts these around what it sends with a 500.
_WRAPPING = re.compile(r"^<Exception on server side:\n|\n*End of exception on server side>$")


@dataclass(frozen=True)
class Throwable:
    """One exception of a chain.

    :param kind: the whole name of its class; empty where only a message came.
    :param message: its message, which may have several lines.
    :param place: its topmost frame, as in ``at org.example.Some.method(Some.java:1)``; empty where none came.
    """

    kind: str
    message: str
    place: str = ""

    @property
    def name(self) -> str:
        """The name of its class, without the package."""
        return self.kind.rpartition(".")[2].rpartition("$")[2]

    def __str__(self) -> str:
        return ": ".join(part for part in (self.name, self.message or self.place) if part)


def chain(trace: str) -> tuple[Throwable, ...]:
    """Return the exceptions of a stack trace, the outermost first, the cause of them all last."""
    blocks = _CAUSED_BY.split(_WRAPPING.sub("", trace))
    return tuple(_read_block(block) for block in blocks if block.strip())


def deepest(trace: str) -> Throwable:
    """Return the cause of them all: the innermost exception. One without a message borrows that of the next outer."""
    *outer, cause = chain(trace) or (Throwable("", ""),)
    told = next((one for one in reversed(outer) if one.message), None)
    if cause.message or not told:
        return cause
    return replace(cause, message=f"{cause.place or 'no message'} (under {told})")


def _read_block(block: str) -> Throwable:
    heading, _, frames = block.partition("\n\t")
    frame = frames.partition("\n")[0].strip()
    return _read(heading.strip(), frame if frame.startswith("at ") else "")


def _read(heading: str, place: str) -> Throwable:
    """Read one heading; a message that only repeats another exception's heading is taken for that exception."""
    match = _HEADING.match(heading)
    if not match:
        return Throwable("", heading, place)
    message = match["message"] or ""
    return _read(message, place) if _HEADING.match(message) else Throwable(match["kind"], message, place)
