"""What every operation answers on live clusters, with a job in each state, held to what came over the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_dli.flink.version import Version
from airflow_provider_dli.local.cluster import LocalFlink
from tests.flink.contract import OPTIONS, Contract
from tests.flink.operations import OPERATIONS
from tests.flink.wire import as_told, unnamed_members

pytestmark = pytest.mark.live

VERSIONS = (pytest.param("1.16.3", marks=pytest.mark.long), "1.20.5", "2.3.0")
# What these clusters refuse, and how.
REFUSED = {
    # For programs in Java, which only they can call well.
    ("coordinators.send", "", 500),
    ("coordinators.send_by_operator_id", "", 500),
    ("jobs.submit", "", 400),
    # It was replaced by a stop with a savepoint.
    ("jobs.stop_by_get", "", 308),
    # A job that has ended has none.
    *(("rescaling.requirements", about, 500) for about in ("finished", "failed", "cancelled")),
}


@pytest.fixture(scope="module", params=VERSIONS)
def contract(request: pytest.FixtureRequest) -> Iterator[Contract]:
    with LocalFlink(request.param, configuration=OPTIONS) as flink:
        contract = Contract(flink)
        contract.run_everything()
        yield contract


def test_every_answer_is_read_whole(contract: Contract) -> None:
    for call in (call for call in contract.calls if not call.error):
        wire = call.wire
        assert as_told(call.request, call.decoded, wire), f"{call.name} of {call.about}: {wire!r:.500}"


def test_only_what_must_be_is_refused(contract: Contract) -> None:
    refused = {(call.name, call.about, call.answer.status): str(call.error) for call in contract.calls if call.error}
    # A job that is just starting may have no tasks yet, which is news to some of Flink's own code.
    known = REFUSED | {call for call in refused if call[1] == "starting" and call[2] in {404, 500}}
    assert not {call: told for call, told in refused.items() if call not in known}


def test_every_member_has_a_type(contract: Contract) -> None:
    unnamed = {(call.name, member) for call in contract.calls for member in unnamed_members(call.decoded)}
    # These are the ids of the job's vertices.
    assert {name for name, _ in unnamed} <= {"rescaling.requirements"}


def test_every_operation_that_the_version_has_was_called(contract: Contract) -> None:
    version = Version.read(contract.flink.version)
    called = contract.operations
    there = {str(one) for one in OPERATIONS if one.is_there_in(version)}
    # Refused for good since 1.9.
    assert there - called == {"PATCH /jobs/:jobid/rescaling", "GET /jobs/:jobid/rescaling/:triggerid"}
    assert called <= there


def test_what_the_version_lacks_was_not_sent(contract: Contract) -> None:
    version = Version.read(contract.flink.version)
    lacking = {contract.methods[name].endpoint.availability.operation for name in contract.not_there}
    there = {str(one) for one in OPERATIONS if one.is_there_in(version)}
    assert lacking
    assert not lacking & (there | contract.operations)
