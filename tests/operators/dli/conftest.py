from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow_provider_dli.local.cluster import LocalFlink
    from tests.dli_project import Project


@pytest.fixture
def project_where(
    flink: LocalFlink, airflow_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Project]]:
    """Makes a project of its own, on an emulator with these switches; ``dli_default`` leads to it."""
    from airflow_provider_dli.local.dli.emulator import LocalDli
    from airflow_provider_dli.local.dli.switches import Switches
    from tests.dli_project import Project, connect

    with ExitStack() as stack:

        def make(**switches: Any) -> Project:
            dli = stack.enter_context(LocalDli(flink=flink.address, switches=Switches(**switches)))
            project = Project(flink, dli)
            stack.callback(project.clear)
            connect(monkeypatch, project.connection())
            return project

        yield make
