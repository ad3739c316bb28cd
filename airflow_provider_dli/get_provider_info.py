"""What Airflow is told about this package."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the shape of Airflow's ``provider_info.schema.json``."""
    from airflow_provider_dli.hooks.flink_connection import FIELDS, UI_FIELD_BEHAVIOUR

    return {
        "package-name": "airflow-provider-dli",
        "name": "Flink jobs on Huawei Cloud DLI and Flink's REST API",
        "description": "Run, watch, back up, upgrade and stop Flink jobs.",
        "integrations": [
            {
                "integration-name": "Apache Flink",
                "external-doc-url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/ops/rest_api/",
                "tags": ["apache"],
            }
        ],
        "connection-types": [
            {
                "connection-type": "flink",
                "hook-class-name": "airflow_provider_dli.hooks.flink.FlinkHook",
                "hook-name": "Apache Flink",
                "ui-field-behaviour": dict(UI_FIELD_BEHAVIOUR),
                "conn-fields": dict(FIELDS),
            }
        ],
        "hooks": [_modules("hooks")],
        "operators": [_modules("operators")],
        "sensors": [_modules("sensors")],
        "triggers": [{"integration-name": "Apache Flink", "python-modules": ["airflow_provider_dli.triggers.flow"]}],
        "extra-links": ["airflow_provider_dli.links.flink.FlinkJobLink"],
    }


def _modules(kind: str) -> dict[str, Any]:
    return {"integration-name": "Apache Flink", "python-modules": [f"airflow_provider_dli.{kind}.flink"]}
