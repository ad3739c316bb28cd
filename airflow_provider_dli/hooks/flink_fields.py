"""The form of a connection of type ``flink``. Quick to import: Airflow reads it in every process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_dli.hooks.form_fields import CA_CERTIFICATE, CONNECT_TIMEOUT, READ_TIMEOUT, VERIFY, field

DEFAULT_PORT = 8081

# The members of a connection's extra, as Airflow's form shows them.
FIELDS: Mapping[str, dict[str, Any]] = {
    "path_prefix": field("Path prefix", "Where a gateway mounts Flink, as in /flink-a."),
    "addresses": field(
        "Further addresses",
        "Other addresses of the same cluster, separated by commas; tried when one cannot be reached.",
    ),
    "token": field("Bearer token", "Sent instead of login and password.", format="password"),
    "headers": field("Headers", 'Sent with every request, as JSON: {"X-Team": "a"}.', format="password"),
    "verify": VERIFY,
    "ca_certificate": CA_CERTIFICATE,
    "client_certificate": field("Client certificate", "Path of the PEM certificate to show."),
    "client_key": field("Client key", "Path of its PEM key, where it is not in the same file."),
    "connect_timeout": CONNECT_TIMEOUT,
    "read_timeout": READ_TIMEOUT,
    "sql_gateway": field("SQL Gateway", "Address of Flink's SQL Gateway, as in http://sql.example.com:8083."),
    "web_address": field("Web address", "Where people find Flink's web UI, where it is not the API's address."),
}

UI_FIELD_BEHAVIOUR: Mapping[str, Any] = {
    # Airflow 2.11 hides "extra" at the cost of its Test button: the page's script fails without that field.
    "hidden-fields": [],
    "relabeling": {"schema": "Scheme (http or https)", "login": "Login (Basic)", "password": "Password (Basic)"},
    "placeholders": {"host": "jobmanager.example.com", "port": str(DEFAULT_PORT), "schema": "http"},
}
