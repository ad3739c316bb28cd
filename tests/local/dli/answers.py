"""What tests ask of an answer."""

from __future__ import annotations

import httpx


def refused(response: httpx.Response, status: int = 400) -> str:
    """Return the code of a refusal."""
    assert response.status_code == status, response.text
    assert response.json()["error_msg"]
    return str(response.json()["error_code"])


def accepted(response: httpx.Response, status: int = 200) -> dict[str, object]:
    """Return the body of an answer of success."""
    assert response.status_code == status, response.text
    return dict(response.json())
