"""What takes a while: it is triggered under an id, and its status is asked for until it has ended."""

from __future__ import annotations

from airflow_provider_dli.flink.endpoints.failure import FailureCause
from airflow_provider_dli.rest.members import Camel, Dashed, Members
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


class SavepointResult(Dashed):
    """What a savepoint came to.

    :param location: its path, when it ended well.
    :param failure_cause: why it did not.
    """

    location: str | None = None
    failure_cause: FailureCause | None = None


class SavepointOperation(Operation):
    """How far a savepoint, or a stop with one, has come.

    :param operation: what it came to, once it has ended.
    """

    operation: SavepointResult | None = None

    @property
    def location(self) -> str | None:
        """The savepoint's path, when it ended well."""
        return self.operation.location if self.operation else None

    @property
    def failure(self) -> str | None:
        """The stack trace, when it ended badly."""
        cause = self.operation.failure_cause if self.operation else None
        return cause.stack_trace if cause else None


class DisposalResult(Dashed):
    """What the deletion of a savepoint, or of a dataset, came to.

    :param failure_cause: why it did not end well.
    """

    failure_cause: FailureCause | None = None


class Disposal(Operation):
    """How far the deletion of a savepoint, or of a dataset, has come.

    :param operation: what it came to, once it has ended.
    """

    operation: DisposalResult | None = None

    @property
    def failure(self) -> str | None:
        """The stack trace, when it ended badly."""
        cause = self.operation.failure_cause if self.operation else None
        return cause.stack_trace if cause else None


class CheckpointResult(Camel):
    """What a checkpoint came to.

    :param checkpoint_id: its id within the job, when it ended well.
    :param failure_cause: why it did not.
    """

    checkpoint_id: int | None = None
    failure_cause: FailureCause | None = None


class CheckpointOperation(Operation):
    """How far a checkpoint that was asked for has come.

    :param operation: what it came to, once it has ended.
    """

    operation: CheckpointResult | None = None

    @property
    def checkpoint_id(self) -> int | None:
        """The checkpoint's id within the job, when it ended well."""
        return self.operation.checkpoint_id if self.operation else None

    @property
    def failure(self) -> str | None:
        """The stack trace, when it ended badly."""
        cause = self.operation.failure_cause if self.operation else None
        return cause.stack_trace if cause else None
