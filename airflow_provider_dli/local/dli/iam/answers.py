"""What IAM's answers are made of: times and temporary keys, in the forms of its versions."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow_provider_dli.local.dli.store import Document


def written(seconds: float) -> str:
    """Return a time as IAM writes it, with microseconds."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def credential(key: Document) -> Document:
    """Return a temporary key as version 3 and the metadata of a machine have it."""
    return {
        "access": key["access"],
        "secret": key["secret"],
        "securitytoken": key["security_token"],
        "expires_at": written(key["expires_at"]),
    }


def credentials(key: Document) -> Document:
    """Return a temporary key as version 5 has it, with milliseconds."""
    return {
        "access_key_id": key["access"],
        "secret_access_key": key["secret"],
        "security_token": key["security_token"],
        "expiration": f"{written(key['expires_at'])[:-4]}Z",
    }
