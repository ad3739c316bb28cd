"""Runs a command and ends it when the process that asked for it ends, whatever ends that one.

``python guardian.py PATIENCE COMMAND…``, with a pipe for standard input whose other end the asking process alone holds.
The guardian prints the command's process id and ends when the command does; when the pipe ends, it ends the command,
which has PATIENCE seconds to do so by itself. The command writes to the guardian's standard error.

Why so: the kernel's own signal at a parent's death comes already when the *thread* ends that started the child, has to
be asked for between fork and exec, where threads make it unsafe, and exists on Linux only. A pipe is closed by the
kernel at every kind of death, SIGKILL included, on every Unix.

It is run by its path, isolated, with the standard library only: it starts quickly, whatever the environment is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading


def main(patience: str, *command: str) -> int:
    """Run the command until it ends or the pipe does; return its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    print(child.pid, flush=True)
    threading.Thread(target=_end_with_the_pipe, args=[child, float(patience)], daemon=True).start()
    return child.wait()


def _end_with_the_pipe(child: subprocess.Popen[bytes], patience: float) -> None:
    os.read(sys.stdin.fileno(), 1)
    child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
