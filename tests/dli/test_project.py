from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_dli.dli.credentials.ways import PROJECT_OF_TOKEN
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.dli.iam.projects import Projects
from airflow_provider_dli.dli.project import NoProject, by_name, given, of_token
from airflow_provider_dli.rest.errors import BadRequest, Forbidden, NoAnswer
from airflow_provider_dli.rest.request import Request
from tests.rest.simulation import Simulation, failed, refused

IAM = "https://iam.cn-north-4.myhuaweicloud.com"


def projects(**ids: str) -> Projects:
    return Projects.model_validate({"projects": [{"id": key, "name": name} for key, name in ids.items()]})


def test_one_that_is_given_costs_nothing() -> None:
    cloud = Simulation([])
    assert cloud.run(given("p1")) == "p1"
    assert not cloud.sent


def test_it_is_looked_for_by_the_regions_name() -> None:
    cloud = Simulation([projects(p2="cn-north-4_team", p1="cn-north-4")])
    assert cloud.run(by_name(IAM, "cn-north-4")) == "p1"
    (request,) = cloud.sent
    assert (request.server, request.path, request.query) == (IAM, "/v3/projects", (("name", "cn-north-4"),))


def test_a_token_knows_its_project() -> None:
    cloud = Simulation(["p1"])
    assert cloud.run(of_token(IAM, "cn-north-4")) == "p1"
    assert cloud.sent == [PROJECT_OF_TOKEN]


def test_a_ready_token_does_not_tell_its_project() -> None:
    cloud = Simulation([None, projects(p1="cn-north-4")])
    assert cloud.run(of_token(IAM, "cn-north-4")) == "p1"


def test_a_gate_looks_for_it_once() -> None:
    cloud = Simulation([projects(p1="cn-north-4"), "one", "two"])
    gate = Gate(lambda: by_name(IAM, "cn-north-4"))
    request: Request[Any] = Request("GET", "/v1.0/{project_id}/x", lambda answer: answer)
    assert [cloud.run(gate.ask(request)), cloud.run(gate.ask(request))] == ["one", "two"]
    assert [each.path for each in cloud.sent] == ["/v3/projects", "/v1.0/p1/x", "/v1.0/p1/x"]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (projects(), f"IAM ({IAM}) shows these credentials no project of the name 'cn-north-4'."),
        (
            projects(p1="cn-north-4_b", p2="cn-north-1"),
            f"IAM ({IAM}) shows these credentials no project of the name 'cn-north-4'; it tells of cn-north-1, "
            "cn-north-4_b.",
        ),
        (
            projects(p1="cn-north-4", p2="cn-north-4"),
            f"IAM ({IAM}) knows 2 projects of the name 'cn-north-4': p1, p2.",
        ),
    ],
)
def test_it_is_not_clear(listed: Projects, told: str) -> None:
    with pytest.raises(NoProject) as caught:
        Simulation([listed]).run(by_name(IAM, "cn-north-4"))
    hint = "Put the project's id into the connection, as project_id; the console shows it below My Credentials."
    assert str(caught.value) == f"{told} {hint}"


def test_there_is_no_name_to_look_for() -> None:
    with pytest.raises(NoProject, match="neither a project nor a region"):
        Simulation([None]).run(of_token(IAM, ""))


@pytest.mark.parametrize(("status", "kind"), [(403, Forbidden), (400, BadRequest)])
def test_who_may_not_list_is_told_what_to_do(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        Simulation([refused(status, PROJECT_OF_TOKEN)]).run(by_name(IAM, "cn-north-4"))
    assert "This was to find the project 'cn-north-4'. Put the project's id into the connection" in str(caught.value)


def test_a_hiccup_is_not_explained_away() -> None:
    with pytest.raises(NoAnswer) as caught:
        Simulation([failed(NoAnswer, PROJECT_OF_TOKEN)]).run(by_name(IAM, "cn-north-4"))
    assert "project_id" not in str(caught.value)
