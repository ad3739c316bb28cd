"""The processes that a process has started, near and far, and their end."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Final

import psutil

#: Seconds between two looks at processes that end.
_LOOK_EVERY: Final = 0.05


def members(session: int) -> list[psutil.Process]:
    """Return the living processes of a session and all their children; the session's leader is not among them.

    A session keeps those whose parent has died; a child that left it, for a session of its own, has a parent in it.

    :param session: the process id of the session's leader.
    """
    found = {process.pid: process for process in psutil.process_iter() if _session_of(process) == session}
    for process in list(found.values()):
        with suppress(psutil.NoSuchProcess):
            found |= {child.pid: child for child in process.children(recursive=True)}
    return [process for process in found.values() if process.pid != session and _is_alive(process)]


def end_members(session: int, seconds: float) -> None:
    """End all processes of a session but its leader, also those that they start meanwhile.

    :param session: the process id of the session's leader.
    :param seconds: how long they have to end by themselves, before SIGKILL.
    """
    for process in members(session):
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _wait_for_end(session, seconds)
    kill_members(session)


def kill_members(session: int) -> None:
    """End all processes of a session but its leader with SIGKILL, as a crash would.

    :param session: the process id of the session's leader.
    """
    while found := members(session):
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def suspend_members(session: int) -> None:
    """Have all processes of a session but its leader do nothing, until they are resumed.

    :param session: the process id of the session's leader.
    """
    while found := [process for process in members(session) if not _is_suspended(process)]:
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.suspend()


def resume_members(session: int) -> None:
    """Let all processes of a session go on that were suspended.

    :param session: the process id of the session's leader.
    """
    for process in members(session):
        with suppress(psutil.NoSuchProcess):
            process.resume()


def _wait_for_end(session: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while members(session) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)


def _is_alive(process: psutil.Process) -> bool:
    # One that has ended stays in the books until its parent has asked for it.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_suspended(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_STOPPED
    return True


def _session_of(process: psutil.Process) -> int | None:
    # Gone by now, or none of ours.
    with suppress(OSError):
        return os.getsid(process.pid)
    return None
