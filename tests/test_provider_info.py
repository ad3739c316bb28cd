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
from airflow_provider_dli.hooks import dli_fields, flink_fields
from airflow_provider_dli.hooks.dli import DliHook
from airflow_provider_dli.hooks.flink import FlinkHook
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


HOOKS: dict[str, Any] = {"flink": FlinkHook, "dli": DliHook}
FIELDS = {"flink": flink_fields.FIELDS, "dli": dli_fields.FIELDS}
each = pytest.mark.parametrize("kind", HOOKS)
airflow_2_only = pytest.mark.skipif(AIRFLOW_3, reason="Airflow 3 makes its form of the metadata")


@each
@pytest.mark.filterwarnings("ignore:ProvidersManager.hooks is deprecated")
def test_airflow_knows_hook_and_link(kind: str) -> None:
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    hook = manager.hooks[kind]
    assert hook is not None
    assert hook.hook_class_name == f"{HOOKS[kind].__module__}.{HOOKS[kind].__name__}"
    assert hook.connection_id_attribute_name == HOOKS[kind].conn_name_attr
    assert f"airflow_provider_dli.links.{kind}.{kind.capitalize()}JobLink" in manager.extra_links_class_names


@each
def test_hook_and_metadata_agree(kind: str) -> None:
    (told,) = [each for each in get_provider_info()["connection-types"] if each["connection-type"] == kind]
    hook = HOOKS[kind]
    assert (hook.conn_type, hook.default_conn_name, hook.hook_name) == (kind, f"{kind}_default", told["hook-name"])
    behaviour = {name.replace("_", "-"): value for name, value in hook.get_ui_field_behaviour().items()}
    assert behaviour == told["ui-field-behaviour"]
    assert told["conn-fields"] == FIELDS[kind] == hook.fields


@each
@airflow_2_only
def test_the_form_of_airflow_2_has_the_same_fields(kind: str) -> None:
    widgets, fields = HOOKS[kind].get_connection_form_widgets(), FIELDS[kind]
    assert list(widgets) == list(fields)
    for name, widget in widgets.items():
        (label,) = widget.args
        assert label == fields[name]["label"]
        assert widget.kwargs["description"].startswith(fields[name]["description"])
        assert widget.field_class.__name__ == _field_class(fields[name]["schema"])
        choices = [choice for choice in fields[name]["schema"].get("enum", ()) if choice is not None]
        assert all(choice in widget.kwargs["description"] for choice in choices)


def _field_class(schema: dict[str, Any]) -> str:
    if schema["type"][0] == "boolean":
        return "BooleanField"
    return "PasswordField" if schema.get("format") == "password" else "StringField"


@each
@airflow_2_only
def test_airflow_2_shows_the_form(kind: str) -> None:
    from airflow.providers_manager import ProvidersManager

    shown = {name for name in ProvidersManager().connection_form_widgets if name.startswith(f"extra__{kind}__")}
    assert shown == {f"extra__{kind}__{name}" for name in FIELDS[kind]}


@pytest.mark.parametrize(("kind", "secrets"), [("flink", {"token", "headers"}), ("dli", {"token", "security_token"})])
def test_secrets_are_hidden_while_they_are_typed(kind: str, secrets: set[str]) -> None:
    hidden = {name for name, field in FIELDS[kind].items() if field["schema"].get("format") == "password"}
    assert hidden == secrets
