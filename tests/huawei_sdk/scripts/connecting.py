"""How scripts that run with Huawei's client are told what to do, and come to a client."""

from __future__ import annotations

import json
import sys
from typing import Any

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkdli.v1 import DliClient


def told() -> Any:
    """Return what a script was told."""
    return json.load(sys.stdin)


def tell(result: Any) -> None:
    """Print what a script has found."""
    json.dump(result, sys.stdout)


def credentials(keys: dict[str, str]) -> Any:
    made = BasicCredentials(keys["access_key"], keys["secret_key"], keys["project_id"])
    return made.with_security_token(keys["security_token"]) if keys.get("security_token") else made


def client(address: str, keys: dict[str, str]) -> Any:
    return DliClient.new_builder().with_credentials(credentials(keys)).with_endpoints([address]).build()
