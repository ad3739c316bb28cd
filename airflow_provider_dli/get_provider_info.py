"""What Airflow is told about this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FLINK, DLI = "Apache Flink", "Huawei Cloud DLI"


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the shape of Airflow's ``provider_info.schema.json``."""
    from airflow_provider_dli.hooks import dli_fields, flink_fields

    return {
        "package-name": "airflow-provider-dli",
        "name": "Flink jobs on Huawei Cloud DLI and Flink's REST API",
        "description": "Run, watch, back up, upgrade and stop Flink jobs.",
        "integrations": [
            {
                "integration-name": FLINK,
                "external-doc-url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/ops/rest_api/",
                "tags": ["apache"],
            },
            {
                "integration-name": DLI,
                "external-doc-url": "https://support.huaweicloud.com/intl/en-us/api-dli/dli_02_0174.html",
                "tags": ["service"],
            },
        ],
        "connection-types": [
            _connection("flink", FLINK, "flink.FlinkHook", flink_fields.FIELDS, flink_fields.UI_FIELD_BEHAVIOUR),
            _connection("dli", DLI, "dli.DliHook", dli_fields.FIELDS, dli_fields.UI_FIELD_BEHAVIOUR),
        ],
        "hooks": _modules("hooks"),
        "operators": _modules("operators"),
        "sensors": _modules("sensors"),
        "triggers": [
            {"integration-name": each, "python-modules": ["airflow_provider_dli.triggers.flow"]}
            for each in (FLINK, DLI)
        ],
        "config": {
            "airflow_provider_dli": {
                "description": "Settings of the provider for Flink jobs on Huawei Cloud DLI and Flink's REST API.",
                "options": {
                    "namespace": {
                        "description": (
                            "Name of this Airflow installation. It becomes part of the ids of jobs and savepoints. "
                            "Set it where several installations before Airflow 3.2 run jobs on the same cluster. "
                            "Changing it makes waiting retries start new jobs."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "staging",
                        "default": "",
                    },
                },
            },
        },
        "extra-links": ["airflow_provider_dli.links.flink.FlinkJobLink", "airflow_provider_dli.links.dli.DliJobLink"],
    }


def _connection(
    kind: str, name: str, hook: str, fields: Mapping[str, Any], behaviour: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "connection-type": kind,
        "hook-class-name": f"airflow_provider_dli.hooks.{hook}",
        "hook-name": name,
        "ui-field-behaviour": dict(behaviour),
        "conn-fields": dict(fields),
    }


def _modules(kind: str) -> list[dict[str, Any]]:
    return [
        {"integration-name": name, "python-modules": [f"airflow_provider_dli.{kind}.{module}"]}
        for name, module in ((FLINK, "flink"), (DLI, "dli"))
    ]
