from __future__ import annotations

import json
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest

from airflow_provider_dli import __version__
from airflow_provider_dli.get_provider_info import get_provider_info
from airflow_provider_dli.hooks.flink import FlinkHook
from airflow_provider_dli.hooks.flink_connection import FIELDS
from tests.conftest import AIRFLOW_3

NAME = "airflow-provider-dli"


def modules() -> list[str]:
    kinds = ("hooks", "operators", "sensors", "triggers")
    return [module for kind in kinds for each in get_provider_info()[kind] for module in each["python-modules"]]


def test_airflows_own_schema_accepts_it() -> None:
    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)
    json.dumps(get_provider_info())


def test_every_module_in_it_can_be_imported() -> None:
    assert modules()
    for module in modules():
        import_module(module)


def test_every_class_in_it_is_there() -> None:
    info = get_provider_info()
    paths = [*info["extra-links"], *(each["hook-class-name"] for each in info["connection-types"])]
    for path in paths:
        module, _, name = path.rpartition(".")
        assert getattr(import_module(module), name)


def test_the_entry_point_leads_to_it() -> None:
    (point,) = [each for each in entry_points(group="apache_airflow_provider") if each.dist and each.dist.name == NAME]
    assert point.load()() == get_provider_info()


def test_airflow_finds_the_provider() -> None:
    from airflow.cli.cli_parser import get_parser

    arguments = get_parser().parse_args(["providers", "get", NAME, "--output", "json"])
    printed = StringIO()
    with redirect_stdout(printed):
        arguments.func(arguments)
    assert f'"{__version__}"' in printed.getvalue()


@pytest.mark.filterwarnings("ignore:ProvidersManager.hooks is deprecated")
def test_airflow_knows_hook_and_link() -> None:
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    hook = manager.hooks["flink"]
    assert hook is not None
    assert (hook.hook_class_name, hook.connection_id_attribute_name) == (
        "airflow_provider_dli.hooks.flink.FlinkHook",
        FlinkHook.conn_name_attr,
    )
    assert "airflow_provider_dli.links.flink.FlinkJobLink" in manager.extra_links_class_names


def test_hook_and_metadata_agree() -> None:
    (told,) = get_provider_info()["connection-types"]
    assert told["connection-type"] == FlinkHook.conn_type
    assert told["hook-name"] == FlinkHook.hook_name
    behaviour = {name.replace("_", "-"): value for name, value in FlinkHook.get_ui_field_behaviour().items()}
    assert behaviour == told["ui-field-behaviour"]


@pytest.mark.skipif(AIRFLOW_3, reason="Airflow 3 makes its form of the metadata")
def test_the_form_of_airflow_2_has_the_same_fields() -> None:
    widgets = FlinkHook.get_connection_form_widgets()
    assert list(widgets) == list(FIELDS)
    for name, widget in widgets.items():
        (label,) = widget.args
        assert label == FIELDS[name]["label"]
        assert widget.kwargs["description"] == FIELDS[name]["description"]
        assert widget.field_class.__name__ == _field_class(FIELDS[name]["schema"])


def _field_class(schema: dict[str, Any]) -> str:
    if schema["type"][0] == "boolean":
        return "BooleanField"
    return "PasswordField" if schema.get("format") == "password" else "StringField"


@pytest.mark.skipif(AIRFLOW_3, reason="Airflow 3 makes its form of the metadata")
def test_airflow_2_shows_the_form() -> None:
    from airflow.providers_manager import ProvidersManager

    shown = {name for name in ProvidersManager().connection_form_widgets if name.startswith("extra__flink__")}
    assert shown == {f"extra__flink__{name}" for name in FIELDS}


def test_secrets_are_hidden_while_they_are_typed() -> None:
    assert {name for name, field in FIELDS.items() if field["schema"].get("format") == "password"} == {
        "token",
        "headers",
    }
