"""Why something failed, where Flink tells of it in a successful answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from airflow_provider_dli.rest.members import Dashed


class FailureCause(Dashed):
    """An exception of Flink's.

    :param class_name: the whole name of its class.
    :param stack_trace: its stack trace, as Flink wrote it.
    :param serialized_throwable: the same for Java programs, in base64.
    """

    class_name: str = Field("", alias="class")
    stack_trace: str = ""
    serialized_throwable: Any = None
