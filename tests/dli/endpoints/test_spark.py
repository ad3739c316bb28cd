from __future__ import annotations

import json

import pytest

from airflow_provider_dli.dli.endpoints import spark_batches, spark_templates
from airflow_provider_dli.rest.errors import UnexpectedAnswer
from tests.dli.endpoints.exchanges import answered, sent


def test_a_batch_is_spelled_as_dli_spells_it() -> None:
    request = spark_batches.create("a.py", "", py_files=["b.py"], driver_memory="2G", queue="batches", args=["1"])
    assert sent(request) == {
        "file": "a.py",
        "className": "",
        "pyFiles": ["b.py"],
        "driverMemory": "2G",
        "queue": "batches",
        "args": ["1"],
    }
    assert not request.repeatable


def test_a_batch_is_read_whichever_success_dli_says() -> None:
    told = {"id": "0a32", "appId": "", "state": "starting", "log": [], "req_body": '{"file":"a.py"}'}
    batch = answered(spark_batches.create("a.py", ""), told, 201)
    assert (batch.id, batch.state, batch.req_body) == ("0a32", "starting", {"file": "a.py"})


def test_a_batch_without_an_id_is_none() -> None:
    with pytest.raises(UnexpectedAnswer, match="id"):
        answered(spark_batches.create("a.py", ""), {"state": "starting"})


def test_the_state_is_told_as_it_came() -> None:
    assert answered(spark_batches.state("0a32"), {"id": "0a32", "state": "Success"}).state == "Success"


def test_a_list_has_words_that_python_keeps_to_itself() -> None:
    request = spark_batches.list_batches(job_id="0a32", from_=10, queue_name="batches")
    assert dict(request.query) == {"job-id": "0a32", "from": "10", "queue_name": "batches", "size": "100"}
    page = answered(request, {"from": 10, "total": 11, "sessions": [{"id": "0a32", "state": "dead"}]})
    assert (page.from_, [batch.state for batch in page.sessions or ()]) == (10, ["dead"])


def test_a_log_is_asked_for() -> None:
    request = spark_batches.log("0a32", type="driver", index=2)
    assert (request.path, dict(request.query)) == (
        "/v2.0/{project_id}/batches/0a32/log",
        {"type": "driver", "index": "2"},
    )


def test_a_cancellation_is_not_repeated() -> None:
    request = spark_batches.cancel("0a32")
    assert (str(request), request.repeatable) == ("DELETE /v2.0/{project_id}/batches/0a32", False)
    assert answered(request, {"msg": "deleted"}).msg == "deleted"


@pytest.mark.parametrize("body", [{"file": "a.py", "className": ""}, '{"file": "a.py", "className": ""}'])
def test_the_content_of_a_template_is_sent_as_a_text(body: dict[str, str] | str) -> None:
    request = spark_templates.create("counts", body)
    assert json.loads(sent(request)["body"]) == {"file": "a.py", "className": ""}
    assert sent(request)["type"] == "SPARK"
    assert sent(spark_templates.update("t1", "counts", body))["body"] == sent(request)["body"]


@pytest.mark.parametrize("body", [{"file": "a.py"}, '{"file": "a.py"}'])
def test_the_content_of_a_template_is_read_whichever_way_it_comes(body: dict[str, str] | str) -> None:
    assert answered(spark_templates.detail("t1"), {"id": "t1", "body": body}).body == {"file": "a.py"}


def test_templates_are_listed_with_their_type() -> None:
    assert spark_templates.overview(page_size=10).query == (("type", "spark"), ("page-size", "10"))
