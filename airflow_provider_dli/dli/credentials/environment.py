"""Keys that stand in the environment, under the names that Huawei Cloud's own tools know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from airflow_provider_dli.dli.credentials.sources import GivenKeys
from airflow_provider_dli.dli.credentials.values import Credentials

ACCESS_KEY: Final = "HUAWEICLOUD_SDK_AK"
SECRET_KEY: Final = "HUAWEICLOUD_SDK_SK"  # noqa: S105
SECURITY_TOKEN: Final = "HUAWEICLOUD_SDK_SECURITY_TOKEN"  # noqa: S105
PROJECT_ID: Final = "HUAWEICLOUD_SDK_PROJECT_ID"
CONTAINER_URI: Final = "HC_CONTAINER_CREDENTIALS_FULL_URI"
CONTAINER_TOKEN_FILE: Final = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105


@dataclass(frozen=True)
class EnvironmentKeys(GivenKeys):
    """Keys that stand in the environment."""

    advice: ClassVar[str] = f"Check {ACCESS_KEY}, {SECRET_KEY} and {SECURITY_TOKEN} in the environment of this process."


def keys_of(environment: Mapping[str, str]) -> EnvironmentKeys:
    """Return the keys that stand in an environment.

    :param environment: the variables.
    :raises ValueError: when one of them is missing.
    """
    missing = [name for name in (ACCESS_KEY, SECRET_KEY) if not environment.get(name)]
    if missing:
        raise ValueError(
            f"authentication 'environment' needs {' and '.join(missing)} in the environment of workers and triggerers."
        )
    token = environment.get(SECURITY_TOKEN) or None
    return EnvironmentKeys(Credentials(environment[ACCESS_KEY], environment[SECRET_KEY], token))
