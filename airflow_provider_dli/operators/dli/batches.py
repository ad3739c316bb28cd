"""What operators share for work on DLI that has a beginning and an end."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow_provider_dli.jobs.end import CANCEL, DETACH
from airflow_provider_dli.jobs.model import WaitUntil
from airflow_provider_dli.operators.dli.base import DliOperator
from airflow_provider_dli.tasks.parameters import check_choice
from airflow_provider_dli.tasks.starting_operator import StartingOperator


class DliBatchOperator(StartingOperator, DliOperator):
    """What operators share for work that has a beginning and an end, and no state that could be kept.

    :param wait_until: ``submitted``, ``running`` or ``finished``.
    :param on_kill: ``detach`` or ``cancel``. Default: ``cancel`` when waiting until it is finished, else ``detach``.
    """

    savepoint_directory: ClassVar[None] = None  # type: ignore[misc]

    def __init__(
        self, *, wait_until: str = WaitUntil.FINISHED.value, on_kill: str | None = None, **kwargs: Any
    ) -> None:
        check_choice("wait_until", wait_until, ["submitted", "running", "finished"])
        check_choice("on_kill", on_kill or CANCEL, [DETACH, CANCEL])
        super().__init__(wait_until=wait_until, on_kill=on_kill, **kwargs)
