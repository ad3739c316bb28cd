"""What Flink's own clients say to an operator's coordinator, as to fetch the result of a query.

Both sides speak serialized Java in base64, which is passed on as it is.
"""

from __future__ import annotations

from airflow_provider_dli.flink.api import FLINK
from airflow_provider_dli.rest.endpoint import Parts
from airflow_provider_dli.rest.members import Camel
from airflow_provider_dli.rest.request import Answer


class _Result(Camel):
    serialized_coordination_result: str


def _result(answer: Answer) -> str:
    return _Result.read(answer).serialized_coordination_result


@FLINK.endpoint(
    "POST /jobs/:jobid/coordinators/:operatorid",
    _result,
    since="1.11",
    until="1.20",
    instead="Use coordinators.send (POST /jobs/:jobid/coordinators/:operatorUid), which wants the operator's uid.",
)
def send_by_operator_id(job_id: str, operator_id: str, serialized_request: str) -> Parts:
    """Send a request to the coordinator of an operator, and return what it answers.

    :param job_id: the job's id, 32 hex digits.
    :param operator_id: the operator's id, 32 hex digits.
    :param serialized_request: the request, serialized by Java, in base64.
    """
    return Parts([job_id, operator_id], json={"serializedCoordinationRequest": serialized_request})


@FLINK.endpoint("POST /jobs/:jobid/coordinators/:operatorUid", _result, since="2.0")
def send(job_id: str, operator_uid: str, serialized_request: str) -> Parts:
    """Send a request to the coordinator of an operator, and return what it answers. ``send_by_operator_id`` up to 1.20.

    :param job_id: the job's id, 32 hex digits.
    :param operator_uid: the operator's uid, as its program has set it.
    :param serialized_request: the request, serialized by Java, in base64.
    """
    return Parts([job_id, operator_uid], json={"serializedCoordinationRequest": serialized_request})
