"""Signs requests with the signer of Huawei's client.

Reads ``{"keys", "requests": [{"method", "host", "path", "query", "headers", "content"}]}``; the path is as it
is sent, the query decoded, and all headers are signed. Prints the ``Authorization`` of each.
"""

from __future__ import annotations

from typing import Any

from connecting import credentials, tell, told
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer


def _signed(signer: Signer, request: dict[str, Any]) -> str:
    made = SdkRequest(
        method=request["method"],
        schema="http",
        host=request["host"],
        resource_path=request["path"],
        query_params=list(map(tuple, request["query"])),
        header_params=dict(request["headers"]),
        body=request["content"],
    )
    authorization: str = signer.sign(made).header_params["Authorization"]
    return authorization


def main() -> None:
    task = told()
    signer = Signer(credentials(task["keys"]))
    tell([_signed(signer, request) for request in task["requests"]])


if __name__ == "__main__":
    main()
