"""A form of files, streamed: memory does not grow with them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import BinaryIO

from airflow_provider_dli.rest.request import FilePart

CHUNK = 256 * 1024


class MultipartBody:
    """The bytes of a ``multipart/form-data`` body.

    Its length is known before the first byte is read, so no server has to understand chunked encoding.

    :param parts: the files.
    :raises ValueError: while it is read, when a file is not there, or not as long as it was.
    """

    def __init__(self, parts: Sequence[FilePart]) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._parts = [(_head(boundary, part), part) for part in parts]
        self._tail = f"--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return sum(len(head) + part.size + len(b"\r\n") for head, part in self._parts) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        for head, part in self._parts:
            yield head
            yield from _content(part)
            yield b"\r\n"
        yield self._tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def _head(boundary: str, part: FilePart) -> bytes:
    filename = "" if part.filename is None else f'; filename="{_quotable(part.filename)}"'
    kind = "" if part.filename is None else "Content-Type: application/octet-stream\r\n"
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"{filename}\r\n{kind}\r\n'.encode()


def _content(part: FilePart) -> Iterator[bytes]:
    # HTTP libraries take an OSError for the connection's, and send on when a length is wrong.
    left = part.size
    with _open(part) as file:
        while left >= 0 and (chunk := file.read(CHUNK)):
            left -= len(chunk)
            if left >= 0:
                yield chunk
    if left:
        raise ValueError(f"{part} changed while it was sent; send a file that nobody writes to.")


def _open(part: FilePart) -> BinaryIO:
    try:
        return part.open()
    except OSError as error:
        raise ValueError(f"Cannot send {part}: {error}.") from error


def _quotable(filename: str) -> str:
    return filename.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
