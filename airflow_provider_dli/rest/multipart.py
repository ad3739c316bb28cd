"""A form with one file, streamed: memory does not grow with the file."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator

from airflow_provider_dli.rest.request import FilePart

CHUNK = 256 * 1024


class MultipartBody:
    """The bytes of a ``multipart/form-data`` body with one file part.

    Its length is known before the first byte is read, so no server has to understand chunked encoding.

    :param part: the file.
    """

    def __init__(self, part: FilePart) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._part = part
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"; '
            f'filename="{_quotable(part.filename)}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._part.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self._part.open() as file:
            yield from iter(lambda: file.read(CHUNK), b"")
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def _quotable(filename: str) -> str:
    return filename.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
