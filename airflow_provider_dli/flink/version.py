"""What differs between Flink versions, in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from airflow_provider_dli.rest.request import Availability


class Version(NamedTuple):
    """A version of Flink, comparable.

    :param major: as 2 in 2.3.0.
    :param minor: as 3 in 2.3.0.
    """

    major: int
    minor: int

    @classmethod
    def read(cls, text: str) -> Version:
        """Read ``2.3.0``, ``1.20-SNAPSHOT`` or a vendor's ``1.17.1-xyz-3``.

        :raises ValueError: when the text does not begin with a version.
        """
        match = re.match(r"(\d+)\.(\d+)", text)
        if not match:
            raise ValueError(f"{text!r} is not a version of Flink.")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class NotInThisVersion(Exception):
    """The cluster's Flink does not have what was asked: too old for it, or too new. Says which version does."""


@dataclass(frozen=True)
class Dialect:
    """How one version of Flink wants to be spoken to.

    :param version: the cluster's version.
    """

    version: Version

    @property
    def takes_lists(self) -> bool:
        """Whether a program's arguments may be a list; they had to be one text before 1.9."""
        return self.version >= (1, 9)

    @property
    def has_applications(self) -> bool:
        """Whether a program can be run in the background, under an id of a client's choice."""
        return self.version >= (2, 3)

    @property
    def takes_configuration(self) -> bool:
        """Whether a program can be given settings of Flink, and so a mark for its jobs."""
        return self.version >= (1, 17)

    @property
    def has_thread_dumps(self) -> bool:
        """Whether the JobManager shows its threads."""
        return self.version >= (1, 15)

    @property
    def own_trigger_id(self) -> bool:
        """Whether a client may choose the id of a savepoint or stop."""
        return self.version >= (1, 15)

    @property
    def must_send_flags(self) -> bool:
        """Whether ``cancel-job`` and ``drain`` must be there: 1.9 to 1.12 cannot read their absence."""
        return self.version < (1, 13)

    @property
    def claim_mode_field(self) -> str:
        """The member of the run request's body that says who owns the savepoint.

        :raises NotInThisVersion: before 1.15.
        """
        self.require("claim_mode", (1, 15))
        return "claimMode" if self.version >= (1, 20) else "restoreMode"

    @property
    def job_graph_field(self) -> str:
        """The member of a submitted job's form that names the file with its graph."""
        return "executionPlanFileName" if self.version >= (2, 0) else "jobGraphFileName"

    @property
    def restore_key(self) -> str:
        """The name of the setting for the savepoint or checkpoint that a job starts from."""
        return "execution.state-recovery.path" if self.version >= (1, 20) else "execution.savepoint.path"

    @property
    def savepoint_directory_key(self) -> str:
        """The name of the cluster's setting for a default savepoint directory."""
        return "execution.checkpointing.savepoint-dir" if self.version >= (1, 20) else "state.savepoints.dir"

    def require(self, what: str, since: tuple[int, int]) -> None:
        """Check that the version has something.

        :raises NotInThisVersion: when it does not.
        """
        if self.version < since:
            raise NotInThisVersion(f"{what} needs Flink {Version(*since)} or newer; the cluster runs {self.version}.")

    def check(self, operation: Availability) -> None:
        """Check that the version has an operation.

        :raises NotInThisVersion: when it does not.
        """
        self.require(operation.operation, Version.read(operation.since))
        if operation.until and self.version > Version.read(operation.until):
            raise NotInThisVersion(
                f"{operation.operation} is served by Flink up to {operation.until}; the cluster runs {self.version}. "
                f"{operation.instead}".rstrip()
            )
