"""The form of a connection of type ``dli``. Quick to import: Airflow reads it in every process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.dli.credentials.names import (
    ASSUMING,
    DEFAULT_DURATION,
    DEFAULT_METADATA,
    DEFAULT_SESSION,
    DEFAULT_WAY,
    NAMES,
)
from airflow_provider_dli.hooks.form_fields import CA_CERTIFICATE, CONNECT_TIMEOUT, READ_TIMEOUT, VERIFY, field

LANGUAGES = ("en-us", "zh-cn")

# The members of a connection's extra, as Airflow's form shows them.
FIELDS: Mapping[str, dict[str, Any]] = {
    "authentication": field(
        "Authentication",
        "keys: login is an access key, password its secret key. token: a ready token. password: login is an IAM user. "
        "metadata: the agency of the ECS machine. agency, agency_v5: an agency that is assumed. oidc: an identity "
        "token in a file. container: the agency of a pod. environment: keys in HUAWEICLOUD_SDK_AK and _SK.",
        enum=list(NAMES),
        default=DEFAULT_WAY,
    ),
    "region": field("Region", "As in cn-north-4; not needed where host or endpoint tell it, or with project_id."),
    "project_id": field("Project id", "Looked for by the region's name where it is not given."),
    "project_name": field("Project name", "Where the project has not the region's name, as in cn-north-4_team."),
    "endpoint": field("Endpoint", "DLI's address, where it is not the region's: another cloud's, or an emulator's."),
    "iam_endpoint": field(
        "IAM endpoint", "Where it is not the region's; for password, agency, and a missing project id."
    ),
    "sts_endpoint": field("STS endpoint", "Where it is not the region's; for agency_v5 and oidc."),
    "security_token": field("Security token", "For keys that are temporary.", format="password"),
    "token": field("Token", "For token.", format="password"),
    "domain": field("Account", "For password: the name of the IAM user's account."),
    "agency_with": field(
        "Agency assumed with",
        "For agency and agency_v5: the authentication that assumes the agency.",
        enum=list(ASSUMING),
        default=DEFAULT_WAY,
    ),
    "agency_name": field("Agency", "For agency: its name."),
    "agency_domain": field("Agency's account", "For agency: name or id of the account that has made it."),
    "agency_urn": field("Agency's URN", "For agency_v5 and oidc: the trust agency."),
    "session_name": field(
        "Session name", "For agency_v5 and oidc: a name that the account's logs show.", default=DEFAULT_SESSION
    ),
    "duration": field(
        "Duration",
        "For agency, agency_v5 and oidc: seconds that keys last, from 900; they are renewed in time.",
        "number",
        default=DEFAULT_DURATION,
    ),
    "provider_urn": field("Provider's URN", "For oidc: the identity provider."),
    "id_token_file": field("Identity token file", "For oidc: path of the token, as Kubernetes mounts it."),
    "metadata_address": field("Metadata address", "For metadata.", default=DEFAULT_METADATA),
    "language": field("Language", "Of DLI's own messages.", enum=list(LANGUAGES), default=LANGUAGES[0]),
    "object_store": field(
        "Object store",
        "How Airflow opens paths of OBS: s3://obs_default@ with the connection obs_default, or file:///data/obs.",
    ),
    "web_address": field("Web address", "Where people find DLI's console, where it is not Huawei Cloud's."),
    "verify": VERIFY,
    "ca_certificate": CA_CERTIFICATE,
    "connect_timeout": CONNECT_TIMEOUT,
    "read_timeout": READ_TIMEOUT,
}

UI_FIELD_BEHAVIOUR: Mapping[str, Any] = {
    # Airflow 2.11 hides "extra" at the cost of its Test button: the page's script fails without that field.
    "hidden-fields": [],
    "relabeling": {
        "host": "Host (instead of a region)",
        "port": "Port (443)",
        "schema": "Scheme (http or https)",
        "login": "Access key or IAM user",
        "password": "Secret key or password",
    },
    "placeholders": {"host": "dli.cn-north-4.myhuaweicloud.com", "schema": "https", "port": "443"},
}
