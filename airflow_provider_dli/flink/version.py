"""What differs between Flink versions, in one place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


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
    """The cluster's Flink is too old for what was asked.

    :param what: what was asked for.
    :param since: the first version that has it.
    :param version: the cluster's own.
    """

    def __init__(self, what: str, since: Version, version: Version) -> None:
        super().__init__(what, since, version)
        self.what = what

    def __str__(self) -> str:
        what, since, version = self.args
        return f"{what} needs Flink {since} or newer; the cluster runs {version}."


@dataclass(frozen=True)
class Dialect:
    """How one version of Flink wants to be spoken to.

    :param version: the cluster's version.
    """

    version: Version

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
    def savepoint_directory_key(self) -> str:
        """The name of the cluster's setting for a default savepoint directory."""
        return "execution.checkpointing.savepoint-dir" if self.version >= (1, 20) else "state.savepoints.dir"

    def require(self, what: str, since: tuple[int, int]) -> None:
        """Check that the version has something.

        :raises NotInThisVersion: when it does not.
        """
        if self.version < since:
            raise NotInThisVersion(what, Version(*since), self.version)
