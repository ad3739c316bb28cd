"""Tokens in files."""

from __future__ import annotations

from pathlib import Path

from airflow_provider_dli.rest.reason import reason


def token_in(path: str) -> str:
    """Return the token that a file holds.

    :param path: the file.
    :raises ValueError: when it cannot be read, or holds none.
    """
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except OSError as error:
        raise ValueError(f"Cannot read the token in {path}: {reason(error)}.") from error
    except UnicodeDecodeError:
        raise ValueError(f"{path} holds no token: it is no text.") from None
    if not token:
        raise ValueError(f"{path} holds no token: it is empty.")
    return token
