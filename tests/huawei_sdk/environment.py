"""Runs scripts with Huawei's own client for DLI, which stands in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

_HERE: Final = Path(__file__).parent
ENVIRONMENT: Final = _HERE.parents[1] / ".venv" / "huawei-sdk"
_PATIENCE: Final = 240


def run_script(name: str, told: Any) -> Any:
    """Run a script in the environment of Huawei's client, and return what it prints.

    :param name: the script's name, as in ``send_requests``.
    :param told: what it reads.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        pytest.fail("Huawei's client is not there: make .venv/huawei-sdk/ready")
    with tempfile.TemporaryDirectory(prefix="huawei-sdk-") as home:
        ended = subprocess.run(
            [python, _HERE / "scripts" / f"{name}.py"],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            # It writes into its user's home as soon as it is imported; and a proxy has no business here.
            env={"HOME": home, "PYTHONIOENCODING": "utf-8"},
        )
    assert ended.returncode == 0, f"{name} failed:\n{ended.stderr[-4000:]}"
    return json.loads(ended.stdout)
