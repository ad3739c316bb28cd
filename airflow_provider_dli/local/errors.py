"""What can go wrong on this machine. Each error is one sentence: what is wrong, and what to do."""

from __future__ import annotations


class LocalError(Exception):
    """Something on this machine is not as it must be to run Flink here."""


class UnknownVersionError(LocalError):
    """There is no such Flink to be had."""


class NoJavaError(LocalError):
    """There is no Java runtime for this platform to be had."""


class DownloadError(LocalError):
    """A package could not be downloaded."""


class StartError(LocalError):
    """A process on this machine did not come up, or did not stay up."""


class AlreadyRunningError(LocalError):
    """A Flink that was started on the command line still runs."""
