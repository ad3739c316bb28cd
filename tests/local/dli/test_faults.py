from __future__ import annotations

from typing import Any

import httpx
import pytest

from airflow_provider_dli.local.dli.faults import Fault, Faults
from airflow_provider_dli.local.dli.faults.fault import read_fault
from airflow_provider_dli.local.dli.refusals import Refusal
from tests.local.dli.client import DliClient

PATH = "/v3/projects"
FAULTS = "/_emulator/faults"


def ask(dli: DliClient, **members: Any) -> None:
    answer = dli.post(FAULTS, members, signed=False)
    assert answer.status_code == 201, answer.text


def statuses(dli: DliClient, count: int) -> list[int]:
    return [dli.get(PATH).status_code for _ in range(count)]


class TestWhichRequests:
    @pytest.mark.parametrize(
        ("fault", "fits"),
        [
            (Fault(), True),
            (Fault(method="GET"), True),
            (Fault(method="POST"), False),
            (Fault(path="jobs/run$"), True),
            (Fault(path=r"^/v1\.0/\w+/streaming"), True),
            (Fault(path="/stop$"), False),
            (Fault(method="GET", path="/stop$"), False),
        ],
    )
    def test_by_method_and_path(self, fault: Fault, fits: bool) -> None:
        assert fault.fits("GET", "/v1.0/abc/streaming/jobs/run") is fits

    def test_the_oldest_counts_and_is_used_up(self) -> None:
        faults = Faults()
        first, second = Fault(count=2), Fault(path="x")
        faults.add(first)
        faults.add(second)
        assert [faults.take("GET", "/x") for _ in range(4)] == [first, first, second, None]

    def test_others_do_not_use_it_up(self, dli: DliClient) -> None:
        ask(dli, status=503, path="/jobs$")
        assert statuses(dli, 3) == [200, 200, 200]

    def test_the_emulators_own_paths_have_none(self, dli: DliClient) -> None:
        ask(dli, status=503, count=9)
        assert dli.get("/health").status_code == dli.get(FAULTS).status_code == 200
        assert dli.get(FAULTS).json()["faults"][0]["count"] == 9

    def test_they_can_be_forgotten(self, dli: DliClient) -> None:
        ask(dli, status=503, count=9)
        assert dli.delete(FAULTS).status_code == 204
        assert statuses(dli, 1) == [200]


class TestWhatHappens:
    def test_a_server_fails_so_many_times(self, dli: DliClient) -> None:
        ask(dli, status=502, count=2)
        assert statuses(dli, 3) == [502, 502, 200]

    @pytest.mark.parametrize(
        ("body", "kind", "text"),
        [
            ("<html>Bad Gateway</html>", "text/html", "<html>Bad Gateway</html>"),
            (
                {"error_code": "DLI.0999", "error_msg": "x"},
                "application/json",
                '{"error_code":"DLI.0999","error_msg":"x"}',
            ),
            ([{"a": 1}], "application/json", '[{"a":1}]'),
            (None, "", ""),
        ],
    )
    def test_with_a_body(self, dli: DliClient, body: Any, kind: str, text: str) -> None:
        ask(dli, status=502, body=body)
        answer = dli.get(PATH)
        assert (answer.status_code, answer.text) == (502, text)
        assert answer.headers.get("content-type", "").startswith(kind)
        assert answer.headers["X-Request-Id"]

    def test_the_gateway_throttles(self, dli: DliClient) -> None:
        ask(dli, throttle=3)
        answer = dli.get(PATH)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
        assert answer.json()["error_code"] == "APIGW.0308"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]

    @pytest.mark.parametrize("answer", [{"projects": []}, [], 0])
    def test_another_answer(self, dli: DliClient, answer: Any) -> None:
        ask(dli, answer=answer)
        received = dli.get(PATH, signed=False)
        assert (received.status_code, received.json()) == (200, answer)

    def test_a_delay_alone_changes_no_answer(self, dli: DliClient) -> None:
        ask(dli, delay=0.01)
        assert statuses(dli, 1) == [200]

    def test_all_that_was_issued_ends(self, dli: DliClient) -> None:
        body = {"auth": {"identity": {"methods": ["token"], "token": {}}}}
        found = dli.post("/v3.0/OS-CREDENTIAL/securitytokens", body).json()["credential"]
        temporary = (found["access"], found["secret"], found["securitytoken"])
        assert dli.get(PATH, key=temporary).status_code == 200
        ask(dli, expire_token=True)
        assert dli.get(PATH, key=temporary).json()["error_code"] == "APIGW.0301"
        assert dli.get(PATH).status_code == 200

    @pytest.mark.parametrize(("how", "is_carried_out"), [("drop", False), ("lose_answer", True)])
    def test_no_answer(self, dli: DliClient, how: str, is_carried_out: bool) -> None:
        ask(dli, **{how: True})
        keys = dli.store.kind("iam_keys")
        body = {"auth": {"identity": {"methods": ["token"], "token": {}}}}
        before = len(keys.all())
        with pytest.raises(ConnectionResetError):
            dli.post("/v3.0/OS-CREDENTIAL/securitytokens", body)
        assert len(keys.all()) - before == is_carried_out
        assert dli.get("/_emulator/requests").json()["requests"][-1]["status"] is None


class TestWhatIsNoFault:
    @pytest.mark.parametrize(
        ("told", "word"),
        [
            (None, "an object"),
            ([], "an object"),
            ({"statsu": 503}, "statsu"),
            ({"path": "("}, "a regular expression"),
            ({"path": 1}, "a regular expression"),
            ({"method": 1}, "an HTTP method"),
            ({"count": 0}, "at least 1"),
            ({"count": 1.5}, "at least 1"),
            ({"count": True}, "at least 1"),
            ({"delay": -1}, "seconds"),
            ({"delay": "1"}, "seconds"),
            ({"drop": 1}, "true or false"),
            ({"status": 42}, "an HTTP status"),
            ({"throttle": "1"}, "seconds"),
            ({"drop": True, "status": 500}, "at most one"),
            ({"lose_answer": True, "answer": {}}, "at most one"),
        ],
    )
    def test_it_is_refused(self, told: Any, word: str) -> None:
        with pytest.raises(Refusal) as caught:
            read_fault(told)
        assert caught.value.status == 400
        assert word in caught.value.body["error_msg"]

    def test_over_the_wire(self, dli: DliClient) -> None:
        assert dli.post(FAULTS, {"statsu": 503}).json()["error_code"] == "DLI.0001"
        assert dli.get(FAULTS).json() == {"faults": []}


class TestClock:
    def shift(self, dli: DliClient, seconds: Any) -> httpx.Response:
        return dli.put("/_emulator/clock", {"shift": seconds})

    def test_it_is_put_forward_and_back(self, dli: DliClient) -> None:
        assert self.shift(dli, 1000).json() == {"shift": 1000, "now": dli.clock() + 1000}
        assert statuses(dli, 1) == [401]
        self.shift(dli, 0)
        assert statuses(dli, 1) == [200]

    @pytest.mark.parametrize("seconds", [None, "1", True])
    def test_what_is_no_time(self, dli: DliClient, seconds: Any) -> None:
        assert self.shift(dli, seconds).status_code == 400


class TestLog:
    def test_it_can_be_searched_and_cleared(self, dli: DliClient) -> None:
        dli.get(PATH)
        dli.post("/v3/auth/tokens", {})

        def found(**query: str) -> list[str]:
            return [each["path"] for each in dli.get("/_emulator/requests", query=query).json()["requests"]]

        assert found() == [PATH, "/v3/auth/tokens"]
        assert found(method="POST") == found(path="tokens$") == ["/v3/auth/tokens"]
        assert dli.get("/_emulator/requests", query={"path": "("}).status_code == 400
        dli.delete("/_emulator/requests")
        assert found() == []
