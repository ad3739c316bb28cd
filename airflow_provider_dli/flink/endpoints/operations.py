"""What takes a while: it is triggered under an id, and its status is asked for until it has ended."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from airflow_provider_dli.flink.endpoints.failure import FailureCause
from airflow_provider_dli.rest.members import NEEDED, Dashed, Members
from airflow_provider_dli.rest.request import Answer


class _Triggered(Dashed):
    request_id: str


def triggered(answer: Answer) -> str:
    """Read the id of an operation that was triggered."""
    return _Triggered.read(answer).request_id


class Progress(Members):
    """How far an operation has come.

    :param id: ``IN_PROGRESS`` or ``COMPLETED``, which is not to say that it ended well.
    """

    id: str


class Operation(Members):
    """What all operations tell of their status.

    :param status: how far it has come.
    """

    status: Progress

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.status.id == "COMPLETED"


class Result(Dashed):
    """What an operation came to.

    :param failure_cause: why it did not end well.
    """

    failure_cause: FailureCause | None = None


class Followed(Operation):
    """An operation that tells what it came to.

    :param operation: what it came to, once it has ended.
    """

    operation: Annotated[Result | None, NEEDED] = None

    @property
    def failure(self) -> str | None:
        """The stack trace, when it ended badly."""
        cause = self.operation.failure_cause if self.operation else None
        return cause.stack_trace if cause else None


class SavepointResult(Result):
    """What a savepoint came to.

    :param location: its path, when it ended well.
    """

    location: Annotated[str | None, NEEDED] = None


class SavepointOperation(Followed):
    """How far a savepoint, or a stop with one, has come.

    :param operation: what it came to, once it has ended.
    """

    operation: Annotated[SavepointResult | None, NEEDED] = None

    @property
    def location(self) -> str | None:
        """The savepoint's path, when it ended well."""
        return self.operation.location if self.operation else None


class Disposal(Followed):
    """How far the deletion of a savepoint, or of a dataset, has come."""


class CheckpointResult(Result):
    """What a checkpoint came to; Flink spells this one in another way.

    :param checkpoint_id: its id within the job, when it ended well.
    :param failure_cause: why it did not.
    """

    checkpoint_id: Annotated[int | None, NEEDED] = Field(None, alias="checkpointId")
    failure_cause: FailureCause | None = Field(None, alias="failureCause")


class CheckpointOperation(Followed):
    """How far a checkpoint that was asked for has come.

    :param operation: what it came to, once it has ended.
    """

    operation: Annotated[CheckpointResult | None, NEEDED] = None

    @property
    def checkpoint_id(self) -> int | None:
        """The checkpoint's id within the job, when it ended well."""
        return self.operation.checkpoint_id if self.operation else None
