"""Every operation of DLI's is held to the table: what is sent is known there, and what is answered is read whole."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Collection, Mapping
from inspect import Parameter, signature
from typing import Any

import pytest

from airflow_provider_dli.dli import endpoints
from airflow_provider_dli.dli.api import DLI
from airflow_provider_dli.dli.client import Dli
from airflow_provider_dli.dli.gate import Gate
from airflow_provider_dli.rest.client import methods
from airflow_provider_dli.rest.endpoint import Endpoint
from airflow_provider_dli.rest.members import Members
from airflow_provider_dli.rest.request import Answer, Request
from tests.dli import arguments_jobs, arguments_resources
from tests.dli.operations import (
    OPERATIONS,
    Operation,
    Samples,
    answer,
    missing,
    plain,
    strangers,
    with_strangers,
    without,
)
from tests.flink.wire import same, told, unnamed_members

for module in pkgutil.iter_modules(endpoints.__path__):
    importlib.import_module(f"{endpoints.__name__}.{module.name}")


def spelled(operation: str) -> str:
    """Return an operation with the names of its path spelled in one way, whichever names they are."""
    return re.sub(r":\w+|\{(?!project_id)\w+\}", "{}", operation)


def listed(name: str) -> Mapping[str, Any]:
    """Return one table of what is said of operations, from both modules that say it."""
    tables = [getattr(module, name, {}) for module in (arguments_jobs, arguments_resources)]
    return {spelled(operation): said for table in tables for operation, said in table.items()}


ARGUMENTS = listed("ARGUMENTS")
NOT_OFFERED: Mapping[str, Collection[str]] = listed("NOT_OFFERED")
ESSENTIAL: Mapping[str, Collection[str]] = listed("ESSENTIAL")

every = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
answering = pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.answer], ids=str)
demanding = pytest.mark.parametrize(
    ("operation", "place"),
    [(each, place) for each in OPERATIONS for place in ESSENTIAL.get(spelled(each.operation), ())],
    ids=str,
)


def endpoint(operation: Operation) -> Endpoint[..., Any]:
    (found,) = (each for each in DLI.endpoints if spelled(each.availability.operation) == spelled(operation.operation))
    return found


def arguments(operation: Operation) -> Mapping[str, Any]:
    assert spelled(operation.operation) in ARGUMENTS, f"tests/dli/arguments_*.py has no arguments for {operation}"
    given: Mapping[str, Any] = ARGUMENTS[spelled(operation.operation)]
    return given


def called(operation: Operation) -> Request[Any]:
    return endpoint(operation)(**arguments(operation))


def called_with_least(operation: Operation) -> Request[Any]:
    wanted = [name for name, each in signature(endpoint(operation)).parameters.items() if each.default is each.empty]
    return endpoint(operation)(**{name: arguments(operation)[name] for name in wanted})


def body(request: Request[Any]) -> Any:
    return {} if request.json is None else json.loads(request.json)


def known(operation: Operation) -> Mapping[str, Any]:
    return operation.body or {}


def samples(operation: Operation) -> Samples:
    return Samples(ESSENTIAL.get(spelled(operation.operation), ()))


def read(operation: Operation, value: Any) -> Any:
    return endpoint(operation).decode(answer(value, operation.success))


class TestTheTable:
    @every
    def test_has_one_endpoint_for_each_operation(self, operation: Operation) -> None:
        assert endpoint(operation)

    def test_has_each_endpoint(self) -> None:
        there = {spelled(each.operation) for each in OPERATIONS}
        assert not [each for each in DLI.endpoints if spelled(each.availability.operation) not in there]

    def test_has_each_operation_that_something_is_said_of(self) -> None:
        there = {spelled(each.operation) for each in OPERATIONS}
        assert not (ARGUMENTS.keys() | NOT_OFFERED.keys() | ESSENTIAL.keys()) - there

    def test_has_what_the_client_offers(self) -> None:
        offered = [method.endpoint for _, method in methods(Dli(lambda flow: None, Gate(lambda: iter(()))))]
        assert sorted(map(repr, offered)) == sorted(map(repr, DLI.endpoints))


class TestWhatIsSent:
    @every
    def test_there_are_arguments_for_each_parameter(self, operation: Operation) -> None:
        assert set(arguments(operation)) == set(signature(endpoint(operation)).parameters)

    @every
    def test_each_parameter_is_documented(self, operation: Operation) -> None:
        documentation = endpoint(operation).__doc__ or ""
        assert sorted(re.findall(r":param (\w+):", documentation)) == sorted(signature(endpoint(operation)).parameters)

    @every
    def test_no_parameter_is_a_rest(self, operation: Operation) -> None:
        kinds = {each.kind for each in signature(endpoint(operation)).parameters.values()}
        assert not kinds & {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}

    @every
    def test_the_path_leads_to_the_operation_alone(self, operation: Operation) -> None:
        request = called(operation)
        assert DLI.find(request.method, request.path) is endpoint(operation)
        assert request.path.startswith(operation.operation.split(" ")[1].partition("{project_id}")[0] + "{project_id}")

    @every
    def test_the_body_is_known(self, operation: Operation) -> None:
        request = called(operation)
        assert not [*strangers(body(request), known(operation))]
        assert (request.json is None) == (operation.body is None)

    @every
    def test_the_query_is_known(self, operation: Operation) -> None:
        assert {name for name, _ in called(operation).query} <= {plain(name) for name in operation.query}

    @every
    def test_all_that_is_known_can_be_sent(self, operation: Operation) -> None:
        request = called(operation)
        left_out = {*missing(body(request), known(operation), all_of_them=True)}
        left_out |= {plain(name) for name in operation.query} - {name for name, _ in request.query}
        assert left_out == set(NOT_OFFERED.get(spelled(operation.operation), ()))

    @every
    def test_what_must_be_sent_cannot_be_left_out(self, operation: Operation) -> None:
        request = called_with_least(operation)
        assert not [*missing(body(request), known(operation), all_of_them=False)]
        must = {plain(name) for name in operation.query if name.endswith("!")}
        assert must <= {name for name, _ in request.query}

    @every
    def test_what_is_not_given_is_not_sent_as_null(self, operation: Operation) -> None:
        assert b"null" not in (called_with_least(operation).json or b"")


class TestWhatIsAnswered:
    @answering
    def test_is_read_whole(self, operation: Operation) -> None:
        value = samples(operation).whole(operation.answer)
        decoded = read(operation, value)
        assert not [*unnamed_members(decoded)]
        assert same(told(decoded), value) or _spelled_in_our_way(told(decoded), value)

    @answering
    def test_is_read_when_it_is_the_least_that_there_can_be(self, operation: Operation) -> None:
        read(operation, samples(operation).least(operation.answer))

    @answering
    def test_is_read_when_all_the_rest_is_null(self, operation: Operation) -> None:
        read(operation, samples(operation).least(operation.answer, others=True))

    @answering
    def test_is_read_when_it_has_members_that_nobody_knows(self, operation: Operation) -> None:
        decoded = read(operation, with_strangers(samples(operation).whole(operation.answer), operation.answer))
        tops = decoded if isinstance(decoded, tuple) else (decoded,)
        assert all(top.others == {"brand_new": [{"a": 1}]} for top in tops if isinstance(top, Members))

    @demanding
    def test_is_refused_by_name_when_it_lacks_what_matters(self, operation: Operation, place: str) -> None:
        value = samples(operation).whole(operation.answer)
        with pytest.raises(ValueError, match=re.escape(place)):
            read(operation, without(value, place))

    @every
    def test_is_a_success_with_the_status_that_it_has(self, operation: Operation) -> None:
        # An answer that has a code is none.
        value = without(samples(operation).whole(operation.answer), "error_code") if operation.answer else None
        request = called(operation)
        assert operation.success in request.success
        assert request.meant_status(answer(value, operation.success)) == operation.success

    @every
    def test_is_no_page_for_people(self, operation: Operation) -> None:
        page = Answer(200, {"content-type": "text/html"}, b"<html>Log in</html>")
        with pytest.raises(ValueError, match=r".+"):
            endpoint(operation).decode(page)


def _spelled_in_our_way(ours: Any, theirs: Any) -> bool:
    """Tell whether the metrics of 2020, which call their holder ``payload``, are told as those of today."""
    if not (isinstance(theirs, dict) and "payload" in theirs):
        return False
    return same(ours, {"metrics" if name == "payload" else name: value for name, value in theirs.items()})
