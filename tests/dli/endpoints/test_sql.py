from __future__ import annotations

import pytest

from airflow_provider_dli.dli.endpoints import sql_jobs, sql_progress, sql_results, sql_templates
from airflow_provider_dli.rest.errors import BadRequest, UnexpectedAnswer
from tests.dli.endpoints.exchanges import answered, sent

ID = "8ecb0777-9c70-4529-9935-29ea0946039c"


class TestSubmitting:
    def test_options_are_written_as_dli_wants_them(self) -> None:
        request = sql_jobs.submit("SELECT 1", conf={"a": "b", "c": "d"}, tags={"team": "payments"})
        assert sent(request) == {
            "sql": "SELECT 1",
            "conf": ["a=b", "c=d"],
            "tags": [{"key": "team", "value": "payments"}],
        }
        assert not request.repeatable

    def test_can_be_waited_for(self) -> None:
        assert sql_jobs.submit("SHOW TABLES", read_timeout=120).read_timeout == 120

    def test_a_statement_that_goes_on_has_an_id(self) -> None:
        told = answered(sql_jobs.submit("SELECT 1"), {"is_success": True, "job_id": ID, "job_mode": "async"})
        assert (told.job_id, told.job_mode, told.rows) == (ID, "async", None)

    def test_a_statement_that_has_ended_has_rows(self) -> None:
        body = {
            "is_success": True,
            "job_id": ID,
            "job_mode": "sync",
            "schema": [{"name": "string"}, {"count": "int"}],
            "rows": [["a", 1], ["b", None]],
        }
        told = answered(sql_jobs.submit("SHOW TABLES"), body)
        assert told.columns == ({"name": "string"}, {"count": "int"})
        assert told.rows == (("a", 1), ("b", None))

    def test_bad_sql_is_refused(self) -> None:
        with pytest.raises(BadRequest, match=r"DLI\.0004: mismatched input"):
            answered(sql_jobs.submit("SELEC"), {"error_code": "DLI.0004", "error_msg": "mismatched input"}, 400)

    def test_an_answer_without_an_id_says_so(self) -> None:
        with pytest.raises(UnexpectedAnswer, match="job_id"):
            answered(sql_jobs.submit("SELECT 1"), {"is_success": True})


class TestWatching:
    def test_that_a_job_failed_is_no_failure_of_the_question(self) -> None:
        body = {"is_success": True, "message": "DLI.0999: out of memory", "job_id": ID, "status": "FAILED"}
        told = answered(sql_jobs.status(ID), body)
        assert (told.status, told.message) == ("FAILED", "DLI.0999: out of memory")

    def test_columns_and_options_are_read_out_of_their_texts(self) -> None:
        body = {"is_success": True, "job_id": ID, "detail": '{"type":"struct"}', "user_conf": '{"a":"b"}'}
        told = answered(sql_jobs.status(ID), body)
        assert (told.detail, told.user_conf) == ({"type": "struct"}, {"a": "b"})

    def test_progress_has_another_version_in_its_path(self) -> None:
        request = sql_progress.progress(ID)
        assert request.path == f"/v1/{{project_id}}/jobs/{ID}/progress"
        told = answered(request, {"is_success": True, "progress": 0, "sub_jobs": None})
        assert (told.progress, told.sub_job_id) == (0.0, None)

    def test_the_names_of_filters_are_dli_s_own(self) -> None:
        request = sql_jobs.list_jobs(job_status="RUNNING", queue_name="default", page_size=10, current_page=2)
        assert dict(request.query) == {
            "job-status": "RUNNING",
            "queue_name": "default",
            "page-size": "10",
            "current-page": "2",
        }

    def test_a_filter_of_several_is_sent_once_for_each(self) -> None:
        request = sql_jobs.list_jobs(job_types=["DDL", "QUERY"])
        assert request.query == (("job_types", "DDL"), ("job_types", "QUERY"), ("page-size", "100"))

    def test_a_filter_of_none_is_not_sent(self) -> None:
        assert sql_jobs.list_jobs(job_types=[]).query == (("page-size", "100"),)

    def test_a_cancellation_is_not_repeated(self) -> None:
        assert (str(sql_jobs.cancel(ID)), sql_jobs.cancel(ID).repeatable) == (
            f"DELETE /v1.0/{{project_id}}/jobs/{ID}",
            False,
        )

    def test_a_check_may_be_repeated(self) -> None:
        assert sql_jobs.check("SELECT 1").repeatable


class TestResults:
    def test_a_preview_has_columns_and_rows(self) -> None:
        request = sql_results.preview(ID, queue_name="default", page_size=2)
        assert dict(request.query) == {"queue-name": "default", "page-size": "2"}
        told = answered(request, {"is_success": True, "row_count": 1, "schema": [{"a": "int"}], "rows": [[1]]})
        assert (told.columns, told.rows) == (({"a": "int"},), ((1,),))

    def test_an_export_is_a_job_of_its_own(self) -> None:
        request = sql_results.export_result(ID, "obs://bucket/a", limit_num=0)
        assert sent(request) == {"data_path": "obs://bucket/a", "data_type": "csv", "limit_num": 0}
        assert answered(request, {"is_success": True, "job_id": "other"}).job_id == "other"

    def test_a_table_is_exported_without_compression(self) -> None:
        assert sent(sql_results.export_table("obs://bucket/a", "db", "counts"))["compress"] == "none"

    def test_a_table_is_imported_with_options(self) -> None:
        assert sent(sql_results.import_table("obs://bucket/a", "csv", "db", "counts", conf={"a": "b"}))["conf"] == [
            "a=b"
        ]


class TestTemplates:
    def test_one_is_created(self) -> None:
        request = sql_templates.create("one", "SELECT 1")
        assert sent(request) == {"sql_name": "one", "sql": "SELECT 1"}
        assert answered(request, {"is_success": True, "sql_id": "t1"}).sql_id == "t1"

    def test_several_are_deleted(self) -> None:
        assert sent(sql_templates.delete_several(("t1", "t2"))) == {"sql_ids": ["t1", "t2"]}
