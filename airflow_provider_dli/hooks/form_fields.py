"""How the members of a connection are described, so that Airflow can make a form of them. Quick to import."""

from __future__ import annotations

from typing import Any


def field(label: str, description: str, kind: str = "string", **schema: Any) -> dict[str, Any]:
    """Return a member of a connection's extra, as Airflow's form shows it.

    :param label: its label.
    :param description: what it is for.
    :param kind: its type in JSON Schema.
    :param schema: what else its schema says.
    """
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


# The members that every connection has whose server is spoken to over HTTP.
VERIFY = field("Verify TLS", "Whether the server's certificate is checked.", "boolean", default=True)
CA_CERTIFICATE = field("CA certificate", "Path of a PEM file with the authorities to believe.")
CONNECT_TIMEOUT = field("Connect time-out", "Seconds to wait for a connection.", "number", default=10)
READ_TIMEOUT = field("Read time-out", "Seconds to wait for an answer.", "number", default=30)
