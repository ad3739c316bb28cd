"""The folders of this user, as the XDG base directories have it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_NAME: Final = "airflow-provider-dli"


def cache_folder() -> Path:
    """Where downloads are kept; all of it can be had again."""
    return _base("XDG_CACHE_HOME", ".cache") / _NAME


def state_folder() -> Path:
    """Where it stands what runs on this machine."""
    return _base("XDG_STATE_HOME", ".local/state") / _NAME


def _base(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default)
