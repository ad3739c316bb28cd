from __future__ import annotations

import socket

import pytest

from airflow_provider_dli.local import ports
from airflow_provider_dli.local.errors import StartError
from airflow_provider_dli.local.ports import HOST, free_port, require_free


def test_a_free_port_is_none_that_a_system_hands_out_by_itself() -> None:
    assert all(20_000 <= free_port() < 32_000 for _ in range(20))


def test_a_port_that_is_taken_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {taken} cannot be used"):
            require_free(taken)
        free = free_port()
        chosen = iter([taken, free])
        monkeypatch.setattr(ports.secrets, "choice", lambda _: next(chosen))
        assert free_port() == free
