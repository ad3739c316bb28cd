"""What an Airflow of one's own needs to be told: where everything is, and to be quick about it."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from airflow_provider_dli.local.ports import HOST

#: Somebody waits for each step; with few DAGs and tasks, it is cheap to look for the next one often.
_QUICK: Final = {
    "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # Airflow may notice only after this time that a task's process has ended. When the task was deferred and goes on
    # just then, Airflow takes the old end for the new one, and fails the task.
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
}

_QUIET: Final = {
    "CORE__LOAD_EXAMPLES": "False",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
    "SCHEDULER__ENABLE_HEALTH_CHECK": "False",
}

_SMALL: Final = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "4",
    "API__WORKERS": "1",
}

#: Whoever can reach it on this machine may do anything: the address is of this machine only.
_OPEN: Final = {
    "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "CORE__TEST_CONNECTION": "Enabled",
}


def environment(
    home: Path,
    dags: Path,
    port: int,
    connections: Mapping[str, Mapping[str, Any]],
    overrides: Mapping[str, str],
) -> dict[str, str]:
    """Put together the environment variables that all components of an Airflow share.

    :param home: its own directory.
    :param dags: the folder with the DAG files.
    :param port: where its API server listens.
    :param connections: by id; what they consist of.
    :param overrides: further settings, as ``SECTION__KEY``; they win.
    """
    settings = {**_QUICK, **_QUIET, **_SMALL, **_OPEN, **_secrets(), **_places(home, dags, port), **overrides}
    return {
        **without_proxy(_environment_of_others()),
        "AIRFLOW_HOME": str(home),
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        **{f"AIRFLOW_CONN_{name.upper()}": json.dumps(members) for name, members in connections.items()},
    }


def database_address(file: Path, seconds: int = 30) -> str:
    """Return how Airflow is told of a database in a file.

    :param file: the SQLite database.
    :param seconds: how long it waits while somebody else writes.
    """
    return f"sqlite:///{file}?timeout={seconds}"


def of_api_server(home: Path) -> dict[str, str]:
    """Return what the API server alone is told.

    It writes from its event loop as well, and then may wait for a thread of its own that waits for the loop. So it is
    the first to give up: who has asked, asks again.

    :param home: Airflow's own directory.
    """
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_address(home / "airflow.db", seconds=2)}


def without_proxy(variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables with which no proxy stands between processes of this machine.

    :param variables: the variables as they are.
    """
    hosts = ",".join(filter(None, (variables.get("NO_PROXY") or variables.get("no_proxy"), HOST)))
    return {**variables, "NO_PROXY": hosts, "no_proxy": hosts}


def _environment_of_others() -> dict[str, str]:
    """Return this process's environment without the settings of another Airflow."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}


def _places(home: Path, dags: Path, port: int) -> dict[str, str]:
    address = f"http://{HOST}:{port}"
    return {
        "CORE__DAGS_FOLDER": str(dags),
        "DATABASE__SQL_ALCHEMY_CONN": database_address(home / "airflow.db"),
        "API__HOST": HOST,
        "API__PORT": str(port),
        "API__BASE_URL": address,
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
    }


def _secrets() -> dict[str, str]:
    """Return fresh ones: each component would make up its own, and not believe the others."""
    return {
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "API__SECRET_KEY": secrets.token_hex(32),
        "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
