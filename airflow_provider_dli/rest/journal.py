"""What a flow says, each thing once: a log holds changes, not polls."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_dli.rest.flow import Pause, Remark


class Journal:
    """Passes on what is new.

    :param tell: is given each new sentence.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._last = ""

    def note(self, step: Pause | Remark) -> None:
        """Pass on a remark, or what a pause sees if that has changed."""
        text = step.text if isinstance(step, Remark) else step.seeing
        if text != self._last:
            self._tell(text)
        self._last = text
