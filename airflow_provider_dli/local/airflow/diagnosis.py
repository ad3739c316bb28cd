"""What went wrong, from what Airflow wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from airflow_provider_dli.local.diagnosis import last_line

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
#: The end of a stack trace, or a line that was logged as an error.
_ERROR: Final = re.compile(
    r"^(?:[\w.]+(?:Error|Exception|Exit)\b.*|.*(?:\[error|\[critical|ERROR|CRITICAL).*)$", re.MULTILINE
)
_PLACE: Final = re.compile(r'File "(.+)", line (\d+)')


def why_ended(component: str, log: Path) -> str:
    """Say in a sentence why a component ended.

    :param component: its name.
    :param log: what it wrote.
    """
    said = last_word(log.read_text(errors="replace") if log.exists() else "")
    reason = " its port is taken, choose another one." if "address already in use" in said.lower() else ""
    return f"Airflow's {component} ended{':' if reason else '.'}{reason} It wrote last: {said}"


def last_word(written: str) -> str:
    """Return the last line that matters: the last error, or else simply the last line."""
    plain = _COLOUR.sub("", written)
    errors = _ERROR.findall(plain)
    return errors[-1].strip() if errors else last_line(plain)


def cause(trace: str) -> str:
    """Return what a stack trace ends with, and where that came from.

    :param trace: as Python writes it.
    """
    places = _PLACE.findall(trace)
    where = f" ({places[-1][0]}, line {places[-1][1]})" if places else ""
    return last_line(trace) + where
