from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from airflow_provider_dli.local.dli.sql_jobs.documents import SqlJobs
from tests.local.dli.answers import accepted
from tests.local.dli.client import DliClient

JOB = {"name": "orders", "job_type": "flink_jar_job", "queue_name": "flink", "create_time": 0, "start_time": None}


class Reader(HTMLParser):
    """What somebody sees, without what has to be unfolded first, and what else the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in {"meta", "link"}:
            self._open.append(tag)
        if tag == "a":
            self.links.append(told["href"] or "")
        elif address := told.get("src") or told.get("href"):
            self.resources.append(address)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        hidden = "details" in self._open and "summary" not in self._open
        if data.strip() and not hidden and not {"style", "script"} & set(self._open):
            self.seen.append(data.strip())


def read(dli: DliClient) -> Reader:
    response = dli.get("/", signed=False)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    reader = Reader()
    reader.feed(response.text)
    return reader


def put_job(dli: DliClient, number: int, status: str, **more: Any) -> None:
    dli.store.kind("flink_jobs").put(number, {"job_id": number, **JOB, "status": status, "run": None, **more})


def test_an_empty_emulator_has_a_page(dli: DliClient) -> None:
    seen = read(dli).seen

    assert "No Flink job was created yet." in seen
    assert "No SQL was submitted yet." in seen
    assert dli.settings.address in seen
    assert dli.settings.access_key in seen


def test_it_loads_nothing_from_elsewhere(dli: DliClient) -> None:
    assert read(dli).resources == ["data:,"]


def test_secrets_are_shown_to_who_asks_only(dli: DliClient) -> None:
    page = read(dli)

    assert not [text for text in page.seen if dli.settings.secret_key in text or dli.settings.password in text]
    assert dli.settings.secret_key in dli.get("/", signed=False).text


def test_it_shows_flink_jobs_with_a_link_into_the_flink(tmp_path: Path) -> None:
    dli = DliClient(tmp_path, flink="http://flink:8081/")
    put_job(dli, 1001, "job_init")
    told = {"run": {"flink_job_id": "abc", "active": True}, "savepoint_path": "state/1002/a", "start_time": 1}
    put_job(dli, 1002, "job_running", **told)
    put_job(dli, 1003, "job_submit_fail", status_desc="no such class")
    page = read(dli)

    assert page.seen.index("1003") < page.seen.index("1002") < page.seen.index("1001")
    assert {"job_running", "job_init", "job_submit_fail", "no such class", "state/1002/a"} <= set(page.seen)
    assert "http://flink:8081/#/job/running/abc/overview" in page.links
    text = dli.get("/", signed=False).text
    for colour, status in (("idle", "job_init"), ("good", "job_running"), ("bad", "job_submit_fail")):
        assert f'<span class="word {colour}">{status}</span>' in text
    dli.close()


def test_names_of_jobs_are_no_part_of_the_page(dli: DliClient) -> None:
    put_job(dli, 1001, "job_init", name="<script>alert(1)</script>")

    assert "<script>alert(1)</script>" in read(dli).seen
    assert "<script>alert" not in dli.get("/", signed=False).text


def test_it_shows_sql_jobs_requests_and_faults(dli: DliClient) -> None:
    jobs = SqlJobs(dli.services)
    jobs.end(jobs.add("QUERY", "SELECT 1 / 0", {})["job_id"], "FAILED", "Division by zero")
    dli.get("/v1.0/{project_id}/queues", query={"queue_type": "all"})
    dli.get("/v1.0/{project_id}/nothing")
    fault = {"method": "POST", "path": "/run$", "count": 2, "status": 503}
    accepted(dli.post("/_emulator/faults", fault, signed=False), 201)
    seen = read(dli).seen

    assert {"SELECT 1 / 0", "FAILED", "Division by zero"} <= set(seen)
    assert {"/v1.0/{project_id}/queues?queue_type=all", "/v1.0/{project_id}/nothing", "404"} <= set(seen)
    assert {"POST /run$", "2 times", "status 503"} <= set(seen)
