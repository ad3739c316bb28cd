from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_dli.dli.endpoints.flink_sql_jobs import create, update
from airflow_provider_dli.rest.errors import BadRequest, UnexpectedAnswer
from tests.dli.endpoints.exchanges import answered, sent

SAYS_NO = {"error_code": "DLI.11016", "error_msg": "The bucket is not authorized."}


class TestCreating:
    def test_says_what_kind_of_job_it_is_and_where_it_runs(self) -> None:
        request = create("counts", sql_body="SELECT 1", queue_name="streams")
        assert (request.method, request.path) == ("POST", "/v1.0/{project_id}/streaming/sql-jobs")
        assert sent(request) == {
            "name": "counts",
            "sql_body": "SELECT 1",
            "queue_name": "streams",
            "job_type": "flink_opensource_sql_job",
            "run_mode": "exclusive_cluster",
        }

    def test_is_not_repeated(self) -> None:
        assert not create("counts").repeatable

    @pytest.mark.parametrize(
        ("mode", "number"), [(1, 1), (2, 2), ("exactly_once", 1), ("at_least_once", 2), ("2", 2), (None, None)]
    )
    def test_sends_the_checkpoint_mode_as_a_number(self, mode: Any, number: int | None) -> None:
        assert sent(create("counts", checkpoint_mode=mode)).get("checkpoint_mode") == number

    @pytest.mark.parametrize("mode", ["EXACTLY_ONCE", 0, 3, ""])
    def test_knows_no_other_checkpoint_mode(self, mode: Any) -> None:
        with pytest.raises(ValueError, match=r"checkpoint_mode is 1 or exactly_once, 2 or at_least_once, and not"):
            create("counts", checkpoint_mode=mode)

    def test_writes_options_as_dli_wants_them(self) -> None:
        options = {"state.backend.type": "rocksdb", "taskmanager.numberOfTaskSlots": 2, "rest.flamegraph.enabled": True}
        assert json.loads(sent(create("counts", runtime_config=options))["runtime_config"]) == [
            {"key": "state.backend.type", "value": "rocksdb"},
            {"key": "taskmanager.numberOfTaskSlots", "value": "2"},
            {"key": "rest.flamegraph.enabled", "value": "true"},
        ]

    @pytest.mark.parametrize("options", ['[{"key":"a","value":"b"}]', "", "not even JSON"])
    def test_leaves_options_that_are_a_text_as_they_are(self, options: str) -> None:
        assert sent(create("counts", runtime_config=options))["runtime_config"] == options

    def test_takes_options_in_the_form_of_dli(self) -> None:
        options = [{"key": "a", "value": "b"}]
        assert json.loads(sent(create("counts", runtime_config=options))["runtime_config"]) == options

    def test_writes_other_settings_as_a_text(self) -> None:
        levels = {"root_logger_level": "INFO"}
        assert json.loads(sent(create("counts", flink_log_config=levels))["flink_log_config"]) == levels

    def test_writes_tags_as_dli_wants_them(self) -> None:
        assert sent(create("counts", tags={"team": "payments"}))["tags"] == [{"key": "team", "value": "payments"}]

    def test_sends_what_is_false_and_what_is_zero(self) -> None:
        body = sent(create("counts", checkpoint_enabled=False, idle_state_retention=0))
        assert (body["checkpoint_enabled"], body["idle_state_retention"]) == (False, 0)

    def test_a_setting_that_there_is_not_is_told_by_name(self) -> None:
        with pytest.raises(TypeError, match="paralel_number"):
            create("counts", paralel_number=2)  # type: ignore[call-arg]

    def test_a_job_without_a_name_is_none(self) -> None:
        with pytest.raises(TypeError, match="name"):
            create(sql_body="SELECT 1")  # type: ignore[call-arg]

    def test_tells_the_id_of_the_job(self) -> None:
        told = {"is_success": "true", "message": "", "job": {"job_id": 7, "status_name": "job_init", "status_desc": ""}}
        assert answered(create("counts"), told).job.job_id == 7

    def test_an_answer_without_an_id_says_so(self) -> None:
        with pytest.raises(UnexpectedAnswer, match="job"):
            answered(create("counts"), {"is_success": "true", "message": ""})

    def test_a_refusal_says_why(self) -> None:
        with pytest.raises(BadRequest, match=r"DLI\.11016: The bucket is not authorized"):
            answered(create("counts"), SAYS_NO, 400)


class TestChanging:
    def test_sends_what_is_given_alone(self) -> None:
        request = update(7, parallel_number=4)
        assert (request.method, request.path) == ("PUT", "/v1.0/{project_id}/streaming/sql-jobs/7")
        assert sent(request) == {"parallel_number": 4}

    def test_may_be_repeated(self) -> None:
        assert update("7", parallel_number=4).repeatable

    def test_writes_the_settings_of_operators_as_a_text(self) -> None:
        operators = {"operator_list": [{"id": "a", "parallel": 2}]}
        body = sent(update(7, operator_config=operators, static_estimator_config="{}"))
        assert json.loads(body["operator_config"]) == operators
        assert body["static_estimator_config"] == "{}"

    def test_tells_when(self) -> None:
        told = {"is_success": "true", "message": "", "job": {"update_time": 1578905682534}}
        job = answered(update(7), told).job
        assert job
        assert job.update_time == 1578905682534
