"""Why a Flink process ended, from what it wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_REASONS: Final = (
    (r"BindException|Address already in use", "a port is taken: choose another one."),
    (
        r"Could not reserve enough space|Not enough space|Cannot allocate memory|insufficient memory"
        r"|Invalid maximum heap size|exceeds the maximum|OutOfMemoryError",
        "there is not enough memory: end something else, or configure another size.",
    ),
    (r"UnsupportedClassVersionError", "its Java is too old."),
    (r"Unrecognized (?:VM )?option", "its Java does not know an option."),
)

_LONGEST_QUOTE: Final = 300


def why_ended(process: str, logs: Path) -> str:
    """Say in a sentence why a process ended, and what to do about it.

    :param process: what it is called; its files in ``logs`` are called the same.
    :param logs: the folder of its logs.
    """
    written = "".join(_text(logs / f"{process}{suffix}") for suffix in (".log", ".out"))
    for pattern, reason in _REASONS:
        if found := re.search(f".*(?:{pattern}).*", written):
            return f"The {process} ended: {reason} It wrote: {_quote(found[0])}"
    return f"The {process} ended. It wrote last: {_quote(_last_cause(written))}"


def last_line(written: str) -> str:
    """Return the last line that says something."""
    return next((line.strip() for line in reversed(written.splitlines()) if line.strip()), "nothing")


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""


def _last_cause(written: str) -> str:
    causes = re.findall(r"^Caused by: .*", written, re.MULTILINE)
    return causes[-1] if causes else last_line(written)


def _quote(line: str) -> str:
    return line.strip()[:_LONGEST_QUOTE]
