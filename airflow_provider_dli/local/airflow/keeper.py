"""Runs one component of Airflow; when that ends, or is to end, all that it has started ends with it.

``python -m airflow_provider_dli.local.airflow.keeper PATIENCE COMMAND…``, with the seconds that all of it has to end by
itself. A component has workers, and these have tasks: told to end, it would wait for them, and killed, it would leave
them behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from airflow_provider_dli.local.airflow.process_tree import end_members


def main(patience: str, *command: str) -> int:
    """Run the command, and return its exit code when nothing of it is left."""
    os.setsid()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        return subprocess.Popen(command).wait()
    finally:
        end_members(os.getpid(), float(patience))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
