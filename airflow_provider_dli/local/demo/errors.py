"""What can go wrong with the demo itself."""

from __future__ import annotations

from airflow_provider_dli.local.errors import LocalError


class DemoError(LocalError):
    """The demo could not go on."""
