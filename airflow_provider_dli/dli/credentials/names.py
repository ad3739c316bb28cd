"""The names of the ways to authenticate, and what is taken where a setting is not given. Quick to import."""

from __future__ import annotations

from typing import Final

NAMES: Final = ("keys", "token", "password", "metadata", "agency", "agency_v5", "oidc", "container", "environment")
#: The ways that can assume an agency.
ASSUMING: Final = tuple(name for name in NAMES if not name.startswith("agency"))

#: Who is asking, and who assumes an agency, unless it is told otherwise.
DEFAULT_WAY: Final = "keys"
DEFAULT_METADATA: Final = "http://169.254.169.254"
DEFAULT_DURATION: Final = 3600
DEFAULT_SESSION: Final = "airflow"
