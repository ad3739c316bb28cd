"""A form with one file, streamed: memory does not grow with the file."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO

from airflow_provider_dli.rest.request import FilePart

CHUNK = 256 * 1024


class MultipartBody:
    """The bytes of a ``multipart/form-data`` body with one file part.

    Its length is known before the first byte is read, so no server has to understand chunked encoding.

    :param part: the file.
    :raises ValueError: while it is read, when the file is not there, or not as long as it was.
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
        yield from self._content()
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def _content(self) -> Iterator[bytes]:
        # HTTP libraries take an OSError for the connection's, and send on when a length is wrong.
        left = self._part.size
        with self._open() as file:
            while left >= 0 and (chunk := file.read(CHUNK)):
                left -= len(chunk)
                if left >= 0:
                    yield chunk
        if left:
            raise ValueError(f"{self._part.filename} changed while it was sent; send a file that nobody writes to.")

    def _open(self) -> BinaryIO:
        try:
            return self._part.open()
        except OSError as error:
            raise ValueError(f"Cannot send {self._part.filename}: {error}.") from error


def _quotable(filename: str) -> str:
    return filename.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
