from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints.flink_job import Job
from airflow_provider_dli.dli.endpoints.flink_jobs import delete, delete_several, detail, list_jobs, run, stop
from airflow_provider_dli.dli.endpoints.outcomes import Outcomes
from airflow_provider_dli.dli.paging import every
from airflow_provider_dli.rest.errors import BadRequest, NotFound
from airflow_provider_dli.rest.flow import Flow, ask
from airflow_provider_dli.rest.request import Answer, Request
from tests.dli.endpoints.exchanges import answered, sent

ACCEPTED = {"is_success": "true", "message": "accepted"}
NO_QUEUE = {"error_code": "DLI.13024", "error_msg": "No queue."}
NEVER_RAN = {
    "job_id": 104,
    "name": "counts",
    "status": "job_init",
    "start_time": None,
    "create_time": 1578466221525,
    "sql_body": None,
    "execution_graph": "",
    "savepoint_path": None,
    "job_config": {
        "checkpoint_mode": "exactly_once",
        "runtime_config": '[{"key":"a","value":"b"}]',
        "flink_log_config": None,
        "operator_config": "{",
        "dependency_jars": None,
        "resource_config": {"jobmanager_resource_spec": {"cpu": 1, "memory": "4G"}},
        "is_new": {"a": 1},
    },
}


def outcomes(body: object) -> Outcomes:
    return Outcomes.read(Answer(200, {}, json.dumps(body).encode()))


class TestTheDetail:
    def read(self, **members: Any) -> Job:
        told = {"is_success": "true", "message": "", "job_detail": {**NEVER_RAN, **members}}
        return answered(detail(104), told).job_detail

    def test_is_asked_for_by_id(self) -> None:
        assert str(detail("104")) == "GET /v1.0/{project_id}/streaming/jobs/104"
        assert detail(104) == detail("104")

    def test_of_a_job_that_never_ran_has_much_that_is_not_set(self) -> None:
        job = self.read()
        assert (job.job_id, job.status, job.start_time, job.savepoint_path) == (104, "job_init", None, None)

    def test_says_what_json_in_a_text_says(self) -> None:
        config = self.read().job_config
        assert config
        assert config.runtime_config == [{"key": "a", "value": "b"}]
        assert (config.flink_log_config, config.operator_config) == (None, "{")

    def test_keeps_what_nobody_knows(self) -> None:
        config = self.read().job_config
        assert config
        assert config.others == {"is_new": {"a": 1}}

    def test_says_a_status_that_nobody_knows(self) -> None:
        assert self.read(status="job_dreaming").status == "job_dreaming"

    def test_of_an_old_region_tells_the_version_beside_the_name(self) -> None:
        job = self.read(flink_version="1.10", job_config=None)
        assert (job.flink_version, job.job_config) == ("1.10", None)

    def test_of_a_job_that_there_is_not_is_a_404_though_dli_says_400(self) -> None:
        with pytest.raises(NotFound, match=r"DLI\.16001"):
            answered(detail(1), {"error_code": "DLI.16001", "error_msg": "The job does not exist."}, 400)


class TestTheList:
    def test_has_the_longest_pages(self) -> None:
        assert list_jobs(offset=200).query == (("limit", "100"), ("offset", "200"))

    def test_can_be_told_what_to_find(self) -> None:
        request = list_jobs(name="counts", tags={"team": "payments", "of": "ada"}, show_detail=False)
        assert dict(request.query) == {
            "name": "counts",
            "tags": "team=payments,of=ada",
            "show_detail": "false",
            "limit": "100",
        }

    def test_equal_questions_are_equal(self) -> None:
        assert list_jobs(limit=10) == list_jobs(limit=10)

    @pytest.mark.parametrize("page", [{"total_count": 0, "jobs": []}, {"total_count": 0, "jobs": None}, {}])
    def test_may_be_empty(self, page: object) -> None:
        assert answered(list_jobs(), {"is_success": "true", "job_list": page}).jobs == ()

    def test_is_read_to_its_end(self) -> None:
        def asked(request: Request[Any]) -> Flow[Any]:
            return ask(request)

        flow = every(asked, lambda offset: list_jobs(limit=2, offset=offset), lambda page: page.jobs, 2)
        request = next(flow)
        assert isinstance(request, Request)
        request = flow.send(answered(request, self.page(1, 2)))
        assert isinstance(request, Request)
        assert dict(request.query) == {"limit": "2", "offset": "2"}
        with pytest.raises(StopIteration) as end:
            flow.send(answered(request, self.page(3)))
        assert [job.job_id for job in end.value.value] == [1, 2, 3]

    def page(self, *job_ids: int) -> Any:
        return {"is_success": "true", "job_list": {"total_count": 3, "jobs": [{"job_id": each} for each in job_ids]}}


class TestSeveralAtOnce:
    @pytest.mark.parametrize("job_ids", [[104, 105], ["104", "105"], (104, "105")])
    def test_ids_are_sent_as_numbers(self, job_ids: Any) -> None:
        assert sent(run(job_ids, resume_savepoint=True)) == {"job_ids": [104, 105], "resume_savepoint": True}

    @pytest.mark.parametrize("job_id", [104, "104"])
    def test_one_may_stand_alone(self, job_id: Any) -> None:
        assert sent(stop(job_id)) == {"job_ids": [104]}
        assert sent(delete_several(job_id)) == {"job_ids": [104]}

    def test_a_stop_with_savepoint_is_spelled_as_dli_knows_it(self) -> None:
        assert sent(stop(104, trigger_savepoint=True)) == {"job_ids": [104], "trigger_savepoint": True}

    @pytest.mark.parametrize("job_id", ["counts", "", "10.4"])
    def test_a_name_is_no_id(self, job_id: str) -> None:
        with pytest.raises(ValueError, match=r"is no id: those of Flink jobs are whole numbers"):
            stop([job_id])

    def test_nobody_is_asked_for_nothing(self) -> None:
        with pytest.raises(ValueError, match="no id of a job"):
            run([])

    @pytest.mark.parametrize("request_", [run(1), stop(1), delete(1), delete_several([1])], ids=str)
    def test_none_is_repeated(self, request_: Request[Any]) -> None:
        assert not request_.repeatable

    @pytest.mark.parametrize("body", [ACCEPTED, [ACCEPTED]])
    def test_an_outcome_may_stand_alone(self, body: object) -> None:
        (outcome,) = answered(run(104), body)
        assert (outcome.message, outcome.refused) == ("accepted", False)

    def test_a_refusal_in_a_list_is_one(self) -> None:
        with pytest.raises(BadRequest, match=r"DLI\.13024: No queue") as refused:
            answered(run(104), [NO_QUEUE], 400)
        assert refused.value.answer
        assert Outcomes.read(refused.value.answer).by_job([104])[104]

    @pytest.mark.parametrize("status", [200, 400])
    def test_one_refusal_among_successes_is_one(self, status: int) -> None:
        with pytest.raises(BadRequest, match=r"DLI\.13024") as refused:
            answered(run([1, 2]), [ACCEPTED, NO_QUEUE], status)
        assert refused.value.answer
        told = Outcomes.read(refused.value.answer).by_job([1, 2])
        assert [outcome.refused for outcome in told.values() if outcome] == [False, True]

    def test_outcomes_are_told_apart_by_their_places(self) -> None:
        told = outcomes([{"is_success": "true"}, {"is_success": "false"}]).by_job(["7", 8])
        assert {job_id: outcome and outcome.refused for job_id, outcome in told.items()} == {7: False, 8: True}

    @pytest.mark.parametrize("body", [[ACCEPTED], ACCEPTED, [], [ACCEPTED] * 3])
    def test_where_there_are_more_or_fewer_nobody_knows(self, body: object) -> None:
        assert outcomes(body).by_job([7, 8]) == {7: None, 8: None}

    @pytest.mark.parametrize("body", [["accepted"], "accepted", [[]], 7])
    def test_what_is_no_outcome_is_told(self, body: object) -> None:
        with pytest.raises(ValueError, match="Input should be"):
            outcomes(body)


def test_a_job_is_deleted() -> None:
    assert str(delete(104)) == "DELETE /v1.0/{project_id}/streaming/jobs/104"
    assert answered(delete(104), ACCEPTED).message == "accepted"
