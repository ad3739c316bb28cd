from __future__ import annotations

from tests.local.dli.answers import accepted, refused
from tests.local.dli.client import DliClient

VARIABLES = "/v1.0/{project_id}/variables"


def test_a_variable_is_created_changed_and_deleted(dli: DliClient) -> None:
    accepted(dli.post(VARIABLES, {"var_name": "Rate", "var_value": "3"}))
    dli.clock.advance(1)
    accepted(dli.put(f"{VARIABLES}/Rate", {"var_value": "4"}))

    [variable] = accepted(dli.get(VARIABLES))["global_vars"]  # type: ignore[misc]
    assert (variable["var_name"], variable["var_value"]) == ("Rate", "4")
    assert variable["update_time"] == variable["create_time"] + 1000
    accepted(dli.delete(f"{VARIABLES}/Rate"))
    assert accepted(dli.get(VARIABLES))["count"] == 0


def test_what_is_there_is_not_created_and_what_is_not_is_not_changed(dli: DliClient) -> None:
    body = {"var_name": "rate", "var_value": "3"}
    accepted(dli.post(VARIABLES, body))

    assert refused(dli.post(VARIABLES, body)) == "DLI.0999"
    assert refused(dli.put(f"{VARIABLES}/other", {"var_value": "1"})) == "DLI.12004"
    assert refused(dli.delete(f"{VARIABLES}/other")) == "DLI.12004"
    assert refused(dli.post(VARIABLES, {"var_name": "x"})) == "DLI.0001"


def test_a_sensitive_value_is_not_shown(dli: DliClient) -> None:
    accepted(dli.post(VARIABLES, {"var_name": "password", "var_value": "open sesame", "is_sensitive": True}))

    assert "sesame" not in dli.get(VARIABLES).text


def test_variables_are_listed_page_by_page(dli: DliClient) -> None:
    for name in "abc":
        accepted(dli.post(VARIABLES, {"var_name": name, "var_value": "1"}))

    answer = dli.get(VARIABLES, query={"limit": 2, "offset": 1}).json()
    assert ([one["var_name"] for one in answer["global_vars"]], answer["count"]) == (["b", "c"], 3)
