"""Runs the emulator: ``python -m airflow_provider_dli.local.dli FILE``, a file that its settings were written to."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from airflow_provider_dli.local.dli.application import application
from airflow_provider_dli.local.dli.services import Services
from airflow_provider_dli.local.dli.settings import read_settings
from airflow_provider_dli.local.dli.store import DamagedStateError, Store


def main(file: Path) -> None:
    """Answer requests until told to end.

    :param file: what the settings were written to.
    """
    settings = read_settings(file)
    try:
        store = Store(settings.folder / "state.db")
    except DamagedStateError as error:
        sys.exit(str(error))
    # One implementation of each, so that it behaves the same wherever it runs.
    config = uvicorn.Config(
        application(Services(settings, store)),
        host=settings.host,
        port=settings.port,
        http="h11",
        loop="asyncio",
        ws="none",
        access_log=False,
        # A caller that looks every ten seconds finds its connection open.
        timeout_keep_alive=60,
        # The answer says what the emulator's own clock says.
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
