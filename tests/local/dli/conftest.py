"""What the tests of the emulator share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.dli.client import DliClient


@pytest.fixture
def dli(tmp_path: Path) -> Iterator[DliClient]:
    """The emulator in this process, without a Flink, and somebody who calls it and signs."""
    client = DliClient(tmp_path / "dli")
    yield client
    client.close()
