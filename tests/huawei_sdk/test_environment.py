from __future__ import annotations

from pathlib import Path

import pytest

from tests.huawei_sdk import environment


def test_where_huaweis_client_is_not_there_tests_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path)
    with pytest.raises(pytest.fail.Exception, match=r"make \.venv/huawei-sdk/ready"):
        environment.run_script("sign_requests", {})


def test_a_script_that_fails_says_why() -> None:
    with pytest.raises(AssertionError, match="KeyError: 'keys'"):
        environment.run_script("sign_requests", {})
