"""Kills on a worker are tested before the same server as kills in the triggerer."""

from tests.triggers.conftest import server

__all__ = ["server"]
