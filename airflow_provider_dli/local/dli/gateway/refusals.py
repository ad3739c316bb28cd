"""How the gateway refuses, in either of its languages."""

from __future__ import annotations

from typing import Final

from airflow_provider_dli.local.dli.refusals import Refusal

_CHINESE: Final = {
    "APIGW.0101": "API不存在或未发布",
    "APIGW.0201": "请求体过大",
    "APIGW.0301": "IAM认证信息错误",
    "APIGW.0302": "IAM用户不允许访问该API",
    "APIGW.0308": "超出流控限制",
}


def gateway(code: str, sentence: str, status: int, headers: dict[str, str] | None = None) -> Refusal:
    """Return a refusal of the gateway; what answers it adds the request's id.

    :param code: as in ``APIGW.0301``.
    :param sentence: what is wrong.
    :param status: the HTTP status.
    :param headers: further headers.
    """
    return Refusal(status, {"error_code": code, "error_msg": sentence}, headers)


def no_such_api() -> Refusal:
    """Return the refusal of a path, or a method, that is not there."""
    return gateway("APIGW.0101", "The API does not exist or has not been published in the environment.", 404)


def too_large(limit: int) -> Refusal:
    """Return the refusal of a body that is too large to be signed."""
    return gateway("APIGW.0201", f"Request entity too large: a signed one may have {limit} bytes.", 413)


def not_authenticated(why: str) -> Refusal:
    """Return the refusal of credentials."""
    return gateway("APIGW.0301", f"Incorrect IAM authentication information: {why}", 401)


def not_allowed(why: str) -> Refusal:
    """Return the refusal of good credentials at the wrong place."""
    return gateway("APIGW.0302", f"The IAM user is not allowed to access the API: {why}", 403)


def throttled(seconds: int) -> Refusal:
    """Return the refusal of too many requests.

    :param seconds: after how many the next one is welcome.
    """
    sentence = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second"
    return gateway("APIGW.0308", sentence, 429, {"Retry-After": str(seconds)})


def in_chinese(refusal: Refusal) -> Refusal:
    """Return the gateway's refusal in Chinese; one in other words where it has none."""
    sentence = _CHINESE.get(refusal.body["error_code"], refusal.body["error_msg"])
    return Refusal(refusal.status, {**refusal.body, "error_msg": sentence}, refusal.headers)
